import { randomBytes } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import type { Credential, Scope } from '@app/sites/sites';
import { Problem } from '../http/problems/problem';

/** Seconds. */
export const TOKEN_LIFETIME = 3600;

/** The caller that a token identifies. */
export interface Caller {
  site: string;
  clientId: string;
  scopes: readonly Scope[];
  /** Revision of the credential for which the token was issued. */
  revision: number;
}

interface Claims {
  site: string;
  sub: string;
  scope: string;
  rev: number;
  exp: number;
}

const ALGORITHM = 'HS256';
const MAX_CACHED_TOKENS = 10_000;

const isExpiry = (error: unknown): boolean => error instanceof Error && error.name === 'TokenExpiredError';

/** Signs and verifies access tokens: JWTs over site, client, scopes and the credential's revision. */
export class Tokens {
  private readonly jwt = new JwtService();
  /** Tokens whose signature has been verified. */
  private readonly verified = new LRUCache<string, { caller: Caller; expiresAt: number }>({ max: MAX_CACHED_TOKENS });
  private readonly secrets: readonly string[];

  /** The first secret signs; tokens signed with any of them are valid. Without secrets, a random one is generated. */
  constructor(secrets: readonly string[] = []) {
    this.secrets = secrets.length > 0 ? secrets : [randomBytes(32).toString('hex')];
  }

  issue(site: string, { clientId, scopes, revision }: Credential): string {
    return this.jwt.sign(
      { site, scope: scopes.join(' '), rev: revision },
      { subject: clientId, expiresIn: TOKEN_LIFETIME, algorithm: ALGORITHM, secret: this.secrets[0] },
    );
  }

  /** @throws Problem invalid-token, expired-token */
  verify(token: string): Caller {
    const known = this.verified.get(token);
    if (known !== undefined && known.expiresAt > Date.now()) return known.caller;
    const { site, sub, scope, rev, exp } = this.claims(token);
    const caller: Caller = { site, clientId: sub, scopes: scope.split(' ') as Scope[], revision: rev };
    this.verified.set(token, { caller, expiresAt: exp * 1000 });
    return caller;
  }

  private claims(token: string): Claims {
    for (const secret of this.secrets)
      try {
        return this.jwt.verify<Claims>(token, { algorithms: [ALGORITHM], secret });
      } catch (error) {
        if (isExpiry(error)) throw new Problem('expired-token', 'get a new one');
      }
    throw new Problem('invalid-token', 'get one from /api/auth/token');
  }
}
