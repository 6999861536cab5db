import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from '@app/sites/sites';

/** What a route says about who may call it and how much they may send; every route says it. */
export interface RouteAccess {
  /** The scope that a token must carry; `public`: no token is asked for. */
  access: Scope | 'public';
  /** Most bytes of a body, where that is less than the setting. */
  bodyLimit?: number;
  /** True: the handler reads the body from the request, as it comes. */
  streamsBody?: boolean;
  /** True: the handler receives a large body as UnparsedJson. */
  parsesLargeBody?: boolean;
  /** True: calls are limited by address and by client. */
  isTokenCall?: boolean;
}

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges into Fastify's own interface
  interface FastifyContextConfig extends Partial<RouteAccess> {}
}

/** Where the scope of an operation stands until the OpenAPI document is put together. */
export const SCOPE_EXTENSION = 'x-scope';

/** A route for callers whose token carries a scope. */
export const Needs = (access: Scope, options: Omit<RouteAccess, 'access'> = {}): MethodDecorator =>
  applyDecorators(RouteConfig({ access, ...options } satisfies RouteAccess), ApiExtension(SCOPE_EXTENSION, access));

/** A route for everybody. */
export const Public = (options: Omit<RouteAccess, 'access'> = {}): MethodDecorator =>
  RouteConfig({ access: 'public', ...options } satisfies RouteAccess);

/** Options of a public route that no controller declares. */
export const PUBLIC_ROUTE = { config: { access: 'public' } } as const satisfies { config: RouteAccess };
