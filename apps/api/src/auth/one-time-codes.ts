import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Credential } from '@app/sites/sites';

const LIFETIME_MS = 15 * 60_000;
const MAX_CODES = 100;

/** Codes that are exchanged for an access token: once, within 15 minutes, in the process that issued them. */
export class OneTimeCodes {
  private readonly codes = new LRUCache<string, { site: string; credential: Credential }>({
    max: MAX_CODES,
    ttl: LIFETIME_MS,
    ttlResolution: 0,
  });

  issue(site: string, credential: Credential): string {
    const code = randomBytes(24).toString('base64url');
    this.codes.set(code, { site, credential });
    return code;
  }

  /** The credential of a code; undefined when the code is unknown, expired, used or of another site. */
  redeem(site: string, code: string): Credential | undefined {
    const found = this.codes.get(code);
    if (found?.site !== site) return undefined;
    this.codes.delete(code);
    return found.credential;
  }
}
