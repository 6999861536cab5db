import { createHash, timingSafeEqual } from 'node:crypto';
import type { RecordedEvent } from '@app/event-store/event-store';

export const SCOPES = ['read', 'write', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

/** A credential of a site, without anything that proves it. */
export interface Credential {
  clientId: string;
  scopes: readonly Scope[];
  /** Revision of the event that issued its current secret, in the site's stream. */
  revision: number;
  label?: string;
  /** ISO 8601 UTC. Absent: it does not expire. */
  expiresAt?: string;
}

/** A credential as it was issued: the only moment at which its secret is known. */
export interface IssuedCredential extends Credential {
  clientSecret: string;
}

export type CredentialState = 'active' | 'expired' | 'revoked';

/** A credential as it is listed, revoked ones included. */
export interface ListedCredential extends Credential {
  state: CredentialState;
  /** ISO 8601 UTC. */
  issuedAt: string;
  revokedAt?: string;
}

/** What the events say of one credential. */
export interface StoredCredential extends Credential {
  salt: string;
  secretHash: string;
  issuedAt: string;
  revokedAt?: string;
}

/** Data of `CredentialIssued`. Stored for ever: members are added, never renamed. */
export interface CredentialIssued {
  clientId: string;
  scopes: readonly Scope[];
  salt: string;
  /** SHA-256 of salt and secret, in hex. */
  secretHash: string;
  label?: string;
  expiresAt?: string;
}

/** A secret is 256 random bits, so a fast hash is enough: it cannot be guessed at any speed. */
export const hashSecret = (secret: string, salt: string): string =>
  createHash('sha256').update(`${salt}:${secret}`).digest('hex');

const NO_HASH = hashSecret('', '');

/** Compares in constant time, and takes the same time without a credential. */
export function knowsSecret(credential: StoredCredential | undefined, secret: string): boolean {
  const { salt = '', secretHash = NO_HASH } = credential ?? {};
  const isSame = timingSafeEqual(Buffer.from(hashSecret(secret, salt)), Buffer.from(secretHash));
  return credential !== undefined && isSame;
}

export function stateOf({ revokedAt, expiresAt }: StoredCredential, now: number): CredentialState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : 'active';
}

/** The public part of a stored credential. */
export const toCredential = ({ clientId, scopes, revision, label, expiresAt }: StoredCredential): Credential => ({
  clientId,
  scopes,
  revision,
  ...(label !== undefined && { label }),
  ...(expiresAt !== undefined && { expiresAt }),
});

/** Applies events of a site's stream to its credentials, in place. */
export function applyEvents(credentials: Map<string, StoredCredential>, events: readonly RecordedEvent[]): void {
  for (const { type, data, revision, metadata, recordedAt } of events) {
    const at = metadata.occurredAt ?? recordedAt.toISOString();
    const { clientId } = data as { clientId: string };
    const known = credentials.get(clientId);
    if (type === 'CredentialIssued')
      credentials.set(clientId, { ...(data as CredentialIssued), revision: Number(revision), issuedAt: at });
    if (type === 'CredentialRevoked' && known !== undefined) credentials.set(clientId, { ...known, revokedAt: at });
  }
}
