import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '@app/sites/sites';
import { Problem } from '../http/problems/problem';
import { type Caller, Tokens } from './tokens';

export type AuthenticatedRequest = FastifyRequest & { caller: Caller };

const SCOPE = 'scope';

/** The scope that a route asks for. */
export const Needs = (scope: Scope): MethodDecorator => SetMetadata(SCOPE, scope);

/** Lets a request through that brings a token for the site that it names, with the scope that the route needs. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly tokens: Tokens,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { authorization, 'site-id': site } = request.headers;
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) throw new Problem('missing-token', 'send Authorization: Bearer …');
    const caller = this.tokens.verify(token);
    if (typeof site !== 'string' || site === '')
      throw new Problem('missing-site', 'name the site in the Site-Id header');
    if (site !== caller.site) throw new Problem('foreign-site', 'the token is for another site');
    const scope = this.reflector.get<Scope | undefined>(SCOPE, context.getHandler());
    if (scope !== undefined && !caller.scopes.includes(scope))
      throw new Problem('missing-scope', `this needs the scope ${scope}`);
    request.caller = caller;
    return true;
  }
}
