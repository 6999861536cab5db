import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { signIn, signInOnce } from '../api/http';
import { closeSession, expired } from '../api/session';
import { ErrorPanel } from '../ui/parts';
import { useTitle } from '../ui/title';

/** The one-time code of the start-up banner. */
interface OneTimeLink {
  site: string;
  code: string;
}

/** Takes the one-time code out of the address: `#site=…&code=…`. A fragment is sent neither to the server nor to another site. */
function takeOneTimeLink(): OneTimeLink | undefined {
  const found = new URLSearchParams(location.hash.slice(1));
  const [site, code] = [found.get('site'), found.get('code')];
  if (site === null || code === null) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  closeSession();
  return { site, code };
}

let link = takeOneTimeLink();

/** Asks for site, client id and secret, or uses the code of a link. The address stays, so the page behind it opens afterwards. */
export function SignIn(): JSX.Element {
  useTitle('Sign in');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = (work: Promise<void>): void => {
    setBusy(true);
    setError(undefined);
    work.catch(setError).finally(() => setBusy(false));
  };
  useEffect(() => {
    if (link !== undefined) run(signInOnce(link.site, link.code));
    link = undefined;
  }, []);
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => (form.get(name) as string).trim();
    run(signIn(text('site'), text('client_id'), text('client_secret')));
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Purchasing console</h1>
        {expired.value !== undefined && (
          <p role="status">
            Your token has expired or its credential was revoked. Sign in to return to the page that you were on.
          </p>
        )}
        <label>
          Site
          <input
            name="site"
            required
            autocomplete="organization"
            spellcheck={false}
            defaultValue={expired.value?.site}
          />
        </label>
        <label>
          Client id
          <input
            name="client_id"
            required
            autocomplete="username"
            spellcheck={false}
            defaultValue={expired.value?.clientId}
          />
        </label>
        <label>
          Client secret
          <input name="client_secret" type="password" required autocomplete="current-password" />
        </label>
        <button type="submit" class="button-main" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
        <ErrorPanel error={error} />
        <p class="muted small">The start-up banner prints the credentials of the demo site.</p>
      </form>
    </main>
  );
}
