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

/** The session of this tab. It is kept in session storage, so that a reload does not ask to sign in again. */
export const session = signal<Session | undefined>(stored());

export const scopes = computed(() => session.value?.scopes ?? []);
export const may = (scope: Scope): boolean => scopes.value.includes(scope);

/** The claims of an access token. The server checks the signature; the console only hides what the token may not do. */
function claimsOf(token: string): { sub?: string; scope?: string; site?: string } {
  const [, payload = ''] = token.split('.');
  return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { sub?: string; scope?: string };
}

/** Opens a session with an access token. `expiresIn` is in seconds. */
export function openSession(token: string, expiresIn: number, site?: string): void {
  const claims = claimsOf(token);
  const next: Session = {
    site: site ?? claims.site ?? '',
    clientId: claims.sub ?? '',
    token,
    scopes: (claims.scope ?? '').split(' ').filter(Boolean) as Scope[],
    expiresAt: Date.now() + expiresIn * 1_000,
  };
  sessionStorage.setItem(KEY, JSON.stringify(next));
  session.value = next;
}

export function closeSession(): void {
  sessionStorage.removeItem(KEY);
  session.value = undefined;
}
