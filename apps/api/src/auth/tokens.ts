import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Credential, Scope } from '@app/sites/sites';
import { Problem } from '../http/problems/problem';

/** Seconds. */
export const TOKEN_LIFETIME = 3600;

/** Whom a token speaks for. */
export interface Caller {
  site: string;
  clientId: string;
  scopes: readonly Scope[];
}

interface Claims {
  site: string;
  sub: string;
  scope: string;
}

/** Makes and reads access tokens: JWTs over site, client and scopes. */
@Injectable()
export class Tokens {
  /** Signature checks of tokens that come again and again; a token's own end still counts. */
  private readonly read = new Map<string, { caller: Caller; until: number }>();

  constructor(private readonly jwt: JwtService) {}

  issue(site: string, { clientId, scopes }: Credential): string {
    return this.jwt.sign(
      { site, scope: scopes.join(' ') },
      { subject: clientId, expiresIn: TOKEN_LIFETIME, algorithm: 'HS256' },
    );
  }

  /** @throws Problem invalid-token, expired-token */
  verify(token: string): Caller {
    const known = this.read.get(token);
    if (known !== undefined && known.until > Date.now()) return known.caller;
    this.read.delete(token);
    const { site, sub, scope, exp } = this.claims(token);
    const caller: Caller = { site, clientId: sub, scopes: scope.split(' ') as Scope[] };
    if (this.read.size > 10_000) this.read.clear();
    this.read.set(token, { caller, until: exp * 1000 });
    return caller;
  }

  private claims(token: string): Claims & { exp: number } {
    try {
      return this.jwt.verify<Claims & { exp: number }>(token, { algorithms: ['HS256'] });
    } catch (error) {
      const isExpired = error instanceof Error && error.name === 'TokenExpiredError';
      throw isExpired
        ? new Problem('expired-token', 'get a new one')
        : new Problem('invalid-token', 'get one from /api/auth/token');
    }
  }
}
