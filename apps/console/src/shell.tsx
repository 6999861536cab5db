import { useEffect, useState } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import { ErrorBoundary, lazy, Route, Router, useLocation } from 'preact-iso';
import { isOnline } from './api/http';
import { closeSession, may, session } from './api/session';
import { Account } from './pages/account';
import { Activity } from './pages/activity';
import { DryRun } from './pages/dry-run';
import { PurchasePage } from './pages/purchase';
import { Purchases } from './pages/purchases';
import { SignIn } from './pages/sign-in';
import { setZone, zone } from './ui/format';
import { addShortcuts, handleKey, shortcuts } from './ui/shortcuts';

/** Loaded when it is opened: it brings the chart library. */
const Operations = lazy(() => import('./pages/operations').then((page) => page.Operations));

const THEME_KEY = 'purchasing.theme';

function applyTheme(theme: string): void {
  if (theme === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

applyTheme(localStorage.getItem(THEME_KEY) ?? '');

function toggleTheme(): void {
  const isDark =
    document.documentElement.dataset.theme === 'dark' ||
    (document.documentElement.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
  const next = isDark ? 'light' : 'dark';
  localStorage.setItem(THEME_KEY, next);
  applyTheme(next);
}

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

function Help({ close }: { close: () => void }): JSX.Element {
  useEffect(() => addShortcuts([{ key: 'Escape', does: 'close this help', run: close }]), [close]);
  const known = [...new Map(shortcuts.value.map((each) => [each.key, each])).values()];
  return (
    <div class="overlay" onClick={close}>
      <div class="dialog" role="dialog" aria-modal="true" aria-label="Keyboard shortcuts">
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
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </div>
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
          aria-label={`Times in ${zone.value === 'utc' ? 'UTC' : 'your zone'}; change`}
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

/** Asks the API whether it is back while it does not answer, and lets the pages load again. */
function useReconnect(reloadPages: () => void): void {
  const online = isOnline.value;
  useEffect(() => {
    if (online) return;
    const timer = setInterval(() => {
      fetch('/health/live').then(
        () => {
          isOnline.value = true;
          reloadPages();
        },
        () => {},
      );
    }, 2_000);
    return () => clearInterval(timer);
  }, [online]);
}

const Home = (): JSX.Element | null => {
  const { route } = useLocation();
  useEffect(() => route('/purchases', true), []);
  return null;
};

const Missing = (): JSX.Element => (
  <main>
    <h1>No such page</h1>
    <a href="/purchases">To the purchases</a>
  </main>
);

function Pages(): JSX.Element {
  return (
    <ErrorBoundary>
      <Router>
        <Route path="/" component={Home} />
        <Route path="/purchases" component={Purchases} />
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
  const [version, setVersion] = useState(0);
  useReconnect(() => setVersion((before) => before + 1));
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
  const pages = <Pages key={version} />;
  if (isEmbedded()) return pages;
  return (
    <Frame>
      {pages}
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </Frame>
  );
}
