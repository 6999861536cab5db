import { randomBytes, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type EventStore,
  type EventToAppend,
  type RecordedEvent,
  WrongExpectedRevision,
} from '@app/event-store/event-store';
import { metadataOf } from '@app/stored-events/codec';
import { SITE_PREFIX, siteStream } from '@app/stored-events/streams';
import {
  type Credential,
  type CredentialIssued,
  type CredentialRotated,
  type CredentialUsed,
  hashSecret,
  type IssuedCredential,
  isSecretOf,
  type ListedCredential,
  SCOPES,
  type Scope,
  stateOf,
  type StoredCredential,
  toCredential,
} from './credential';
import { CredentialCache } from './credential-cache';

export { type Credential, type IssuedCredential, type ListedCredential, type Scope, SCOPES } from './credential';

/** The caller that requests a change. */
export interface ChangedBy {
  /** The client id of the caller; `system` for commands. */
  actor: string;
  requestId: string;
}

/** Maximum number of active credentials per site; every process keeps them in memory. */
const MAX_ACTIVE_CREDENTIALS = 1_000;

export class TooManyCredentials extends Error {
  constructor(site: string) {
    super(`${site} has ${MAX_ACTIVE_CREDENTIALS} active credentials: revoke some first`);
    this.name = 'TooManyCredentials';
  }
}

export interface IssueOptions {
  by?: ChangedBy;
  /** Description for operators, 1 to 100 characters. */
  label?: string;
  /** ISO 8601 UTC, in the future. Absent: does not expire. */
  expiresAt?: string;
}

export interface ListedSite {
  site: string;
  /** ISO 8601 UTC. */
  createdAt: string;
}

/** True for 1 to 100 letters, digits, dots, dashes and underscores that start with a letter or digit. */
const isSiteName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);

function newSecret(): { clientSecret: string; salt: string; secretHash: string } {
  const clientSecret = randomBytes(32).toString('base64url');
  const salt = randomBytes(16).toString('hex');
  return { clientSecret, salt, secretHash: hashSecret(clientSecret, salt) };
}

function checkSiteName(site: string): void {
  if (!isSiteName(site))
    throw new TypeError(
      `"${site}" is no name of a site: 1 to 100 letters, digits, ".", "_" and "-", the first a letter or digit`,
    );
}

/**
 * Sites and their credentials, stored as events of `site-{name}`: SiteCreated, CredentialIssued, CredentialRotated, CredentialRevoked,
 * CredentialUsed. Every call may throw EventStoreUnavailable.
 */
export class Sites {
  private readonly cache: CredentialCache;
  private readonly recordedUses = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly store: EventStore,
    private readonly now: () => number = Date.now,
  ) {
    this.cache = new CredentialCache(store, now);
  }

  /** The credential of a client and its secret; undefined when site, client or secret is wrong, or the credential expired or was revoked. */
  async authenticate(site: string, clientId: string, clientSecret: string): Promise<Credential | undefined> {
    if (!isSiteName(site)) return undefined;
    const credential = await this.cache.get(site, clientId);
    const isProven = isSecretOf(credential, clientSecret, this.now());
    if (!isProven || credential === undefined || stateOf(credential, this.now()) !== 'active') return undefined;
    this.recordUse(site, credential);
    return toCredential(credential);
  }

  /**
   * The active credential of a client that authenticated before (by a token). A revocation takes effect within 10 s. While the event store is
   * unavailable, the last known state is used.
   */
  async find(site: string, clientId: string): Promise<Credential | undefined> {
    if (!isSiteName(site)) return undefined;
    const credential = await this.cache.get(site, clientId);
    return credential !== undefined && stateOf(credential, this.now()) === 'active'
      ? toCredential(credential)
      : undefined;
  }

  /**
   * The label of a credential of the site, also when revoked or expired; undefined without one. Takes the credentials that the last call for the site
   * read and never waits for the event store, so that the label of a new credential can be missing for 10 s.
   */
  labelOf(site: string, clientId: string): string | undefined {
    return this.cache.lastKnown(site, clientId)?.label;
  }

  /** Creates a site. False: the site already exists. @throws TypeError for an invalid name */
  async create(site: string): Promise<boolean> {
    checkSiteName(site);
    const revision = await this.append(site, (exists) => (exists ? [] : [this.event(site, 'SiteCreated', { site })]));
    return revision !== undefined;
  }

  exists(site: string): Promise<boolean> {
    return isSiteName(site) ? this.store.streamExists(siteStream(site)) : Promise.resolve(false);
  }

  /**
   * Issues a credential, and creates the site if it does not exist. Only a hash of the returned secret is stored.
   * @throws TypeError for an invalid name, TooManyCredentials
   */
  async issue(
    site: string,
    scopes: readonly Scope[] = SCOPES,
    { label, expiresAt, by }: IssueOptions = {},
  ): Promise<IssuedCredential> {
    checkSiteName(site);
    const active = (await this.credentials(site))?.filter(({ state }) => state === 'active') ?? [];
    if (active.length >= MAX_ACTIVE_CREDENTIALS) throw new TooManyCredentials(site);
    const { clientSecret, salt, secretHash } = newSecret();
    const data: CredentialIssued = {
      clientId: randomUUID(),
      scopes,
      salt,
      secretHash,
      ...(label !== undefined && { label }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
    const revision = await this.append(site, (exists) => [
      ...(exists ? [] : [this.event(site, 'SiteCreated', { site })]),
      this.event(site, 'CredentialIssued', data, by),
    ]);
    return { clientId: data.clientId, clientSecret, scopes, revision: Number(revision), label, expiresAt };
  }

  /** Revokes a credential. False: the site has no such credential, or it is already revoked. */
  async revoke(site: string, clientId: string, by?: ChangedBy): Promise<boolean> {
    if (!isSiteName(site)) return false;
    const credential = await this.cache.get(site, clientId, 'fresh');
    if (credential === undefined || credential.revokedAt !== undefined) return false;
    await this.append(site, () => [this.event(site, 'CredentialRevoked', { clientId }, by)]);
    return true;
  }

  /**
   * Replaces the secret of a credential. The previous secret is accepted for another `graceSeconds`. Tokens issued before the rotation expire
   * within 10 s; either secret gets a new one. Undefined: the site has no active credential with this id.
   */
  async rotate(
    site: string,
    clientId: string,
    { graceSeconds, by }: { graceSeconds: number; by?: ChangedBy },
  ): Promise<IssuedCredential | undefined> {
    if (!isSiteName(site)) return undefined;
    const credential = await this.cache.get(site, clientId, 'fresh');
    if (credential === undefined || stateOf(credential, this.now()) !== 'active') return undefined;
    const { clientSecret, salt, secretHash } = newSecret();
    const previousUntil = new Date(this.now() + graceSeconds * 1_000).toISOString();
    const data: CredentialRotated = { clientId, salt, secretHash, previousUntil };
    const revision = await this.append(site, () => [this.event(site, 'CredentialRotated', data, by)]);
    return { ...toCredential(credential), clientSecret, revision: Number(revision) };
  }

  /** All credentials of a site in the order of issue; undefined: the site does not exist. */
  async credentials(site: string): Promise<ListedCredential[] | undefined> {
    if (!isSiteName(site)) return undefined;
    const stored = await this.cache.all(site);
    return stored?.map((each) => ({
      ...toCredential(each),
      state: stateOf(each, this.now()),
      issuedAt: each.issuedAt,
      ...(each.revokedAt !== undefined && { revokedAt: each.revokedAt }),
      ...(each.lastUsedOn !== undefined && { lastUsedOn: each.lastUsedOn }),
      ...(each.previous !== undefined && { previousSecretUntil: each.previous.until }),
    }));
  }

  /** All sites, sorted by name. Scans all streams of the server: for operators only. */
  async list(): Promise<ListedSite[]> {
    const sites = new Map<string, ListedSite>();
    for await (const { events, caughtUp } of this.store.subscribe({
      from: undefined,
      streamPrefixes: [SITE_PREFIX],
    })) {
      for (const event of events.filter(({ type }) => type === 'SiteCreated')) addSite(sites, event);
      if (caughtUp) break;
    }
    return [...sites.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
  }

  /** Appends the events that `make` returns at the current revision, and retries on conflicts. Returns the new revision; undefined: no events. */
  private async append(site: string, make: (exists: boolean) => EventToAppend[]): Promise<bigint | undefined> {
    for (;;) {
      const last = await this.store.lastRevision(siteStream(site));
      const events = make(last !== undefined);
      if (events.length === 0) return undefined;
      try {
        const { revision } = await this.store.append(siteStream(site), events, last ?? 'no-stream');
        this.cache.forget(site);
        return revision;
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }

  /** Records the day of the last use in the background. Failures are ignored. */
  private recordUse(site: string, { clientId, lastUsedOn }: StoredCredential): void {
    const data: CredentialUsed = { clientId, on: new Date(this.now()).toISOString().slice(0, 10) };
    const use = `${site} ${clientId} ${data.on}`;
    if (lastUsedOn === data.on || this.recordedUses.has(use)) return;
    this.recordedUses.set(use, true);
    this.store.append(siteStream(site), [this.event(site, 'CredentialUsed', data)], 'any').catch(() => {});
  }

  private event(
    site: string,
    type: string,
    data: object,
    by: ChangedBy = { actor: 'system', requestId: randomUUID() },
  ): EventToAppend {
    const at = new Date(this.now()).toISOString();
    const context = { site, ...by, at };
    return { id: randomUUID(), type, data, metadata: metadataOf(context) };
  }
}

function addSite(sites: Map<string, ListedSite>, { stream, metadata, recordedAt }: RecordedEvent): void {
  const site = stream.slice(SITE_PREFIX.length);
  sites.set(site, { site, createdAt: metadata.occurredAt ?? recordedAt.toISOString() });
}
