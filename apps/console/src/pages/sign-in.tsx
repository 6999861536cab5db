import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { signIn, signInOnce } from '../api/http';
import { ErrorPanel } from '../ui/parts';

/** The one-time code of the start-up banner: `#code=…&site=…`. A fragment is not sent to the server or to another site. */
function codeOfLink(): { site: string; code: string } | undefined {
  const found = new URLSearchParams(location.hash.slice(1));
  const [site, code] = [found.get('site'), found.get('code')];
  return site !== null && code !== null ? { site, code } : undefined;
}

/** Asks for site, client id and secret. The page behind it opens at the same address afterwards. */
export function SignIn(): JSX.Element {
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const run = (work: Promise<void>): void => {
    setBusy(true);
    setError(undefined);
    work.catch(setError).finally(() => setBusy(false));
  };
  useEffect(() => {
    const link = codeOfLink();
    if (link === undefined) return;
    history.replaceState(null, '', location.pathname + location.search);
    run(signInOnce(link.site, link.code));
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
        <label>
          Site
          <input name="site" required autocomplete="organization" spellcheck={false} />
        </label>
        <label>
          Client id
          <input name="client_id" required autocomplete="username" spellcheck={false} />
        </label>
        <label>
          Client secret
          <input name="client_secret" type="password" required autocomplete="current-password" />
        </label>
        <button type="submit" class="button-main" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
        <ErrorPanel error={error} />
        <p class="muted small">The start-up banner and .data/demo.json hold the credentials of the demo site.</p>
      </form>
    </main>
  );
}
