import { computed, signal } from '@preact/signals';

export type Scope = 'read' | 'write' | 'operate';

export interface Session {
  site: string;
  clientId: string;
  token: string;
  scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

const KEY = 'purchasing.session';

function stored(): Session | undefined {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Session | null;
    return session !== null && session.expiresAt > Date.now() ? session : undefined;
  } catch {
    return undefined;
  }
}

function store(text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    // A frame of another site may not store: the session lasts until the page is left.
  }
}

/** The session of this tab. It is kept in session storage, so that a reload does not ask to sign in again. */
export const session = signal<Session | undefined>(stored());

/** The session that ended because its token is no longer valid; the sign-in page fills in its site and client. */
export const expired = signal<{ site: string; clientId: string } | undefined>(undefined);

const scopes = computed(() => session.value?.scopes ?? []);
export const may = (scope: Scope): boolean => scopes.value.includes(scope);

/** The claims of an access token. The server checks the signature; the console only hides what the token may not do. */
function claimsOf(token: string): { sub?: string; scope?: string } {
  const [, payload = ''] = token.split('.');
  return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { sub?: string; scope?: string };
}

/** Opens a session with an access token. `expiresIn` is in seconds. */
export function openSession(token: string, expiresIn: number, site: string): void {
  const claims = claimsOf(token);
  const next: Session = {
    site,
    clientId: claims.sub ?? '',
    token,
    scopes: (claims.scope ?? '').split(' ').filter(Boolean) as Scope[],
    expiresAt: Date.now() + expiresIn * 1_000,
  };
  store(JSON.stringify(next));
  expired.value = undefined;
  session.value = next;
}

export function closeSession(): void {
  store(undefined);
  session.value = undefined;
}

/** Ends the session whose token was refused. The address stays, so that signing in returns to the same page. */
export function expireSession(): void {
  const ended = session.value;
  if (ended !== undefined) expired.value = { site: ended.site, clientId: ended.clientId };
  closeSession();
}
