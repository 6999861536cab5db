import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { metadataOf } from '@app/stored-events/codec';
import {
  type EventStore,
  type EventToAppend,
  type RecordedEvent,
  WrongExpectedRevision,
} from '@app/event-store/event-store';
import { siteStream } from '@app/stored-events/streams';

export const SCOPES = ['read', 'write', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Credential {
  clientId: string;
  scopes: readonly Scope[];
}

/** A credential as it is handed out: the only moment at which its secret is known. */
export interface IssuedCredential extends Credential {
  clientSecret: string;
}

interface StoredCredential extends Credential {
  salt: string;
  secretHash: string;
}

/** A site that its credentials live in; its name is 1 to 100 letters, digits, dots, dashes, underscores. */
export const isSiteName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);

/** A secret is 256 random bits made here, so that no slow hash is needed: nobody guesses it at any speed. */
const hashOf = (secret: string, salt: string): string => createHash('sha256').update(`${salt}:${secret}`).digest('hex');

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** How long a credential that was read is believed, in milliseconds: the time that a revocation takes. */
const BELIEVED_MS = 10_000;
const MOST_SITES_KEPT = 1_000;

function fold(events: readonly RecordedEvent[]): Map<string, StoredCredential> {
  const credentials = new Map<string, StoredCredential>();
  for (const { type, data } of events) {
    const credential = data as StoredCredential;
    if (type === 'CredentialIssued') credentials.set(credential.clientId, credential);
    if (type === 'CredentialRevoked') credentials.delete(credential.clientId);
  }
  return credentials;
}

/** Sites and their credentials, as events of `site-{name}`: SiteCreated, CredentialIssued, CredentialRevoked. */
export class Sites {
  private readonly known = new Map<string, { until: number; credentials: Map<string, StoredCredential> }>();

  constructor(private readonly store: EventStore) {}

  /** The credential of a client that knows its secret; undefined whatever of the three is wrong. @throws EventStoreUnavailable */
  async authenticate(site: string, clientId: string, clientSecret: string): Promise<Credential | undefined> {
    if (!isSiteName(site)) return undefined;
    // A client that is not known yet may have been issued a moment ago, elsewhere.
    const found =
      (await this.credentialsOf(site)).get(clientId) ?? (await this.credentialsOf(site, true)).get(clientId);
    const { salt = '', secretHash = hashOf('', '') } = found ?? {};
    const knows = isSame(hashOf(clientSecret, salt), secretHash);
    return found !== undefined && knows ? { clientId, scopes: found.scopes } : undefined;
  }

  /** A new credential, its site made where it is missing. The secret is in the answer and nowhere else. @throws EventStoreUnavailable */
  async issue(site: string, scopes: readonly Scope[] = SCOPES): Promise<IssuedCredential> {
    const [clientId, clientSecret, salt] = [
      randomUUID(),
      randomBytes(32).toString('base64url'),
      randomBytes(16).toString('hex'),
    ];
    await this.append(site, (isNew) => [
      ...(isNew ? [event(site, 'SiteCreated', { site })] : []),
      event(site, 'CredentialIssued', { clientId, scopes, salt, secretHash: hashOf(clientSecret, salt) }),
    ]);
    return { clientId, clientSecret, scopes };
  }

  /** No new tokens for a client. @throws EventStoreUnavailable */
  async revoke(site: string, clientId: string): Promise<void> {
    await this.append(site, () => [event(site, 'CredentialRevoked', { clientId })]);
  }

  private async append(site: string, make: (isNew: boolean) => EventToAppend[]): Promise<void> {
    for (;;) {
      const last = await this.store.lastRevision(siteStream(site));
      try {
        await this.store.append(siteStream(site), make(last === undefined), last ?? 'no-stream');
        this.known.delete(site);
        return;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }

  private async credentialsOf(site: string, anew = false): Promise<Map<string, StoredCredential>> {
    const known = this.known.get(site);
    if (!anew && known !== undefined && known.until > Date.now()) return known.credentials;
    const { exists, events } = await this.store.readStream(siteStream(site));
    const credentials = fold(events);
    if (this.known.size >= MOST_SITES_KEPT) this.known.clear();
    if (exists) this.known.set(site, { until: Date.now() + BELIEVED_MS, credentials });
    return credentials;
  }
}

function event(site: string, type: string, data: object): EventToAppend {
  const context = { site, actor: 'system', requestId: randomUUID(), at: new Date().toISOString() };
  return { id: randomUUID(), type, data, metadata: metadataOf(context) };
}
