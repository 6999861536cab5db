import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from '@app/sites/sites';

/** Who may call a route and how large its body may be. Every route declares it. */
export interface RouteAccess {
  /** The scope that a token must carry; `public`: no token is required. */
  access: Scope | 'public';
  /** Maximum bytes of a body, when lower than the setting. */
  bodyLimit?: number;
  /** True: the handler reads the body from the request as a stream. */
  streamsBody?: boolean;
  /** True: the handler receives the body as UnparsedJson. */
  parsesBody?: boolean;
  /** True: calls are limited by address and by client. */
  isTokenCall?: boolean;
}

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges into Fastify's own interface
  interface FastifyContextConfig extends Partial<RouteAccess> {}
}

/** Metadata key: the scope of an operation, read when the OpenAPI document is created. */
export const SCOPE_EXTENSION = 'x-scope';

/** Declares a route that requires a token with a scope. */
export const Needs = (access: Scope, options: Omit<RouteAccess, 'access'> = {}): MethodDecorator =>
  applyDecorators(RouteConfig({ access, ...options } satisfies RouteAccess), ApiExtension(SCOPE_EXTENSION, access));

/** Declares a route that requires no token. */
export const Public = (options: Omit<RouteAccess, 'access'> = {}): MethodDecorator =>
  RouteConfig({ access: 'public', ...options } satisfies RouteAccess);

/** Options of a public route that is registered without a controller. */
export const PUBLIC_ROUTE = { config: { access: 'public' } } as const satisfies { config: RouteAccess };
