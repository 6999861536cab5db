import { effect } from '@preact/signals';
import { openSession, session } from './session';

/** The messages that the page which embeds My Account may send (docs/console.md). */
interface HostMessage {
  type?: unknown;
  site?: unknown;
  access_token?: unknown;
  expires_in?: unknown;
  variables?: unknown;
}

const VARIABLE = /^--account-[a-z-]+$/;
/** Colours, lengths and names of fonts; no function that loads something. */
const VALUE = /^(?!.*url)[#\w\s.,%()'"-]{1,200}$/i;

function setVariables(variables: object): void {
  for (const [name, value] of Object.entries(variables))
    if (VARIABLE.test(name) && typeof value === 'string' && VALUE.test(value))
      document.documentElement.style.setProperty(name, value);
}

function take({ type, site, access_token: token, expires_in: expiresIn, variables }: HostMessage): void {
  if (type === 'purchasing:theme' && typeof variables === 'object' && variables !== null) setVariables(variables);
  if (type !== 'purchasing:session') return;
  if (typeof site === 'string' && typeof token === 'string' && typeof expiresIn === 'number')
    openSession(token, expiresIn, site);
}

/**
 * In a frame, gets the session and the CSS variables from the embedding page, and requests a session if there is none.
 */
export function listenToHost(): void {
  const host = window.parent;
  if (host === window) return;
  addEventListener('message', ({ source, data }: MessageEvent<HostMessage | null>) => {
    if (source !== host || typeof data !== 'object' || data === null) return;
    try {
      take(data);
    } catch {
      // The token is not one: the sign-in form stays.
    }
  });
  effect(() => {
    if (session.value === undefined) host.postMessage({ type: 'purchasing:session-wanted' }, '*');
  });
}
