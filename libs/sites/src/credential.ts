import { createHash, timingSafeEqual } from 'node:crypto';
import type { RecordedEvent } from '@app/event-store/event-store';

export const SCOPES = ['read', 'write', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

/** A credential of a site, without its secret. */
export interface Credential {
  clientId: string;
  scopes: readonly Scope[];
  /** Revision of the event that issued its current secret, in the site's stream. */
  revision: number;
  label?: string;
  /** ISO 8601 UTC. Absent: does not expire. */
  expiresAt?: string;
}

/** A credential with its secret, which is only known when it is issued. */
export interface IssuedCredential extends Credential {
  clientSecret: string;
}

export type CredentialState = 'active' | 'expired' | 'revoked';

/** A credential in a list, with its state. */
export interface ListedCredential extends Credential {
  state: CredentialState;
  /** ISO 8601 UTC. */
  issuedAt: string;
  revokedAt?: string;
  /** The UTC day on which the last token was issued for it. */
  lastUsedOn?: string;
  /** Time until which the secret before the last rotation is accepted. ISO 8601 UTC. */
  previousSecretUntil?: string;
}

/** A credential folded from its events. */
export interface StoredCredential extends Credential {
  salt: string;
  secretHash: string;
  issuedAt: string;
  revokedAt?: string;
  lastUsedOn?: string;
  /** The secret before the last rotation. */
  previous?: { salt: string; secretHash: string; until: string };
}

/** Data of `CredentialIssued`. Stored permanently: members may be added, never renamed. */
export interface CredentialIssued {
  clientId: string;
  scopes: readonly Scope[];
  salt: string;
  /** SHA-256 of salt and secret, in hex. */
  secretHash: string;
  label?: string;
  expiresAt?: string;
}

/** Data of `CredentialRotated`. */
export interface CredentialRotated {
  clientId: string;
  salt: string;
  secretHash: string;
  /** Time until which the previous secret is accepted. ISO 8601 UTC. */
  previousUntil: string;
}

/** Data of `CredentialUsed`, appended at most once per day. */
export interface CredentialUsed {
  clientId: string;
  /** A UTC day, `2026-01-31`. */
  on: string;
}

/** A fast hash is sufficient, because a secret has 256 random bits. */
export const hashSecret = (secret: string, salt: string): string =>
  createHash('sha256').update(`${salt}:${secret}`).digest('hex');

/** Compared when there is no credential, so that the comparison takes the same time. */
const DUMMY_SECRET = { salt: '', secretHash: hashSecret('', '') };

const isHashOf = (secret: string, { salt, secretHash }: { salt: string; secretHash: string }): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(secret, salt)), Buffer.from(secretHash));

/** True when `secret` is the current secret of the credential, or the previous one within its grace period. Compares in constant time. */
export function isSecretOf(credential: StoredCredential | undefined, secret: string, now: number): boolean {
  const isCurrent = isHashOf(secret, credential ?? DUMMY_SECRET);
  const { previous } = credential ?? {};
  const isPrevious =
    isHashOf(secret, previous ?? DUMMY_SECRET) && previous !== undefined && now < Date.parse(previous.until);
  return credential !== undefined && (isCurrent || isPrevious);
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
    if (known === undefined) continue;
    if (type === 'CredentialRevoked') credentials.set(clientId, { ...known, revokedAt: at });
    if (type === 'CredentialUsed') credentials.set(clientId, { ...known, lastUsedOn: (data as CredentialUsed).on });
    if (type === 'CredentialRotated') credentials.set(clientId, rotated(known, data as CredentialRotated, revision));
  }
}

function rotated(
  known: StoredCredential,
  { salt, secretHash, previousUntil }: CredentialRotated,
  revision: bigint,
): StoredCredential {
  const previous = { salt: known.salt, secretHash: known.secretHash, until: previousUntil };
  return { ...known, salt, secretHash, previous, revision: Number(revision) };
}
