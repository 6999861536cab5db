import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import { ErrorBoundary, lazy, Route, Router, useLocation } from 'preact-iso';
import { call, isOnline } from './api/http';
import { closeSession, may, type Scope, session } from './api/session';
import { Account } from './pages/account';
import { Activity } from './pages/activity';
import { DryRun } from './pages/dry-run';
import { PurchasePage } from './pages/purchase';
import { PurchaseHistory } from './pages/purchase-history';
import { Purchases } from './pages/purchases';
import { SignIn } from './pages/sign-in';
import { setZone, zone } from './ui/format';
import { addShortcuts, handleKey, shortcuts } from './ui/shortcuts';
import { toggleTheme } from './ui/theme';
import { useTitle } from './ui/title';

const NotLoaded = (): JSX.Element => (
  <main>
    <h1>Operations</h1>
    <div class="panel panel-error" role="alert">
      <p>This page could not be loaded.</p>
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  </main>
);

/** Sets a language when the browser names one that Intl refuses, such as `en-US@posix`. The chart library formats numbers in it while it is loaded. */
function ensureLanguage(): void {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US' });
  }
}

/** Loaded when it is opened: it brings the chart library. */
const Operations = lazy(async () => {
  ensureLanguage();
  return import('./pages/operations').then(
    (page) => page.Operations,
    () => NotLoaded,
  );
});

const PAGES = [
  { path: '/purchases', name: 'Purchases', scope: 'read' },
  { path: '/activity', name: 'Activity', scope: 'read' },
  { path: '/dry-run', name: 'Dry run', scope: 'write' },
  { path: '/account', name: 'My Account', scope: 'read' },
  { path: '/operations', name: 'Operations', scope: 'operate' },
] as const;

function Navigation(): JSX.Element {
  const { path } = useLocation();
  return (
    <nav aria-label="Pages">
      {PAGES.filter(({ scope }) => may(scope)).map((page) => (
        <a key={page.path} href={page.path} aria-current={path.startsWith(page.path) ? 'page' : undefined}>
          {page.name}
        </a>
      ))}
    </nav>
  );
}

/** The shortcuts of the open page. The dialog keeps the focus and gives it back when it closes. */
function Help({ close }: { close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const known = [...new Map(shortcuts.value.map((each) => [each.key, each])).values()];
  return (
    <dialog ref={dialog} aria-label="Keyboard shortcuts" onClose={close}>
      <h2>Keyboard shortcuts</h2>
      <dl class="keys">
        {known.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

function Header(): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="/purchases">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span>Purchasing</span>
      </a>
      <Navigation />
      <div class="top-right">
        <span class="site" title={`Credential ${session.value?.clientId ?? ''}`}>
          {session.value?.site}
        </span>
        <button
          type="button"
          class="button-quiet"
          onClick={() => setZone(zone.value === 'utc' ? 'local' : 'utc')}
          title="Change the zone of all times"
        >
          {zone.value === 'utc' ? 'UTC' : 'Local time'}
        </button>
        <button type="button" class="button-quiet" onClick={toggleTheme} aria-label="Change between dark and light">
          ◐
        </button>
        <button type="button" class="button-quiet" onClick={closeSession}>
          Sign out
        </button>
      </div>
    </header>
  );
}

const Offline = (): JSX.Element | null =>
  isOnline.value ? null : (
    <div class="offline" role="status">
      The service does not answer. The console tries again.
    </div>
  );

const RECONNECT_MS = 2_000;

/** Polls the API while it is unavailable; afterwards the pages repeat their failed loads. */
function useReconnect(): void {
  const online = isOnline.value;
  useEffect(() => {
    if (online) return;
    const timer = setInterval(() => void call('getLiveness').catch(() => {}), RECONNECT_MS);
    return () => clearInterval(timer);
  }, [online]);
}

const Home = (): JSX.Element | null => {
  const { route } = useLocation();
  useEffect(() => route('/purchases', true), []);
  return null;
};

function Missing(): JSX.Element {
  useTitle('No such page');
  return (
    <main>
      <h1>No such page</h1>
      <a href="/purchases">To the purchases</a>
    </main>
  );
}

/** Shown in place of a page whose calls would be refused. */
function Forbidden({ name, scope }: { name: string; scope: Scope }): JSX.Element {
  useTitle(name);
  return (
    <main>
      <h1>{name}</h1>
      <div class="panel panel-error" role="alert">
        <strong>Your credential may not open this page</strong>
        <p>
          It needs the scope <code>{scope}</code>.
        </p>
      </div>
    </main>
  );
}

function Pages(): JSX.Element {
  const { path } = useLocation();
  const page = PAGES.find((each) => path === each.path || path.startsWith(`${each.path}/`));
  if (page !== undefined && !may(page.scope)) return <Forbidden name={page.name} scope={page.scope} />;
  return (
    <ErrorBoundary>
      <Router>
        <Route path="/" component={Home} />
        <Route path="/purchases" component={Purchases} />
        <Route path="/purchases/by-id/:purchaseId" component={PurchaseHistory} />
        <Route path="/purchases/:lookupBy/:identifier" component={PurchasePage} />
        <Route path="/activity" component={Activity} />
        <Route path="/dry-run" component={DryRun} />
        <Route path="/account/:customer?" component={Account} />
        <Route path="/operations" component={Operations} />
        <Route default component={Missing} />
      </Router>
    </ErrorBoundary>
  );
}

const Frame = ({ children }: { children: ComponentChildren }): JSX.Element => (
  <>
    <a class="skip" href="#content">
      Skip to content
    </a>
    <Header />
    <Offline />
    <div id="content">{children}</div>
  </>
);

/** The page that can be embedded shows no navigation. */
const isEmbedded = (): boolean => new URLSearchParams(location.search).get('embed') === 'true';

export function Shell(): JSX.Element {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useReconnect();
  useEffect(() => {
    addEventListener('keydown', handleKey);
    const remove = addShortcuts([
      { key: '?', does: 'show the keyboard shortcuts', run: () => setHelpOpen(true) },
      { key: 't', does: 'change between dark and light', run: toggleTheme },
    ]);
    return () => {
      removeEventListener('keydown', handleKey);
      remove();
    };
  }, []);
  if (session.value === undefined)
    return (
      <>
        <Offline />
        <SignIn />
      </>
    );
  if (isEmbedded())
    return (
      <>
        <Offline />
        <Pages />
      </>
    );
  return (
    <Frame>
      <Pages />
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </Frame>
  );
}
