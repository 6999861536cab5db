import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ParameterSet } from './parameter';
import { readQuery } from './read-query';

const PARAMETERS = 'query parameters';

type RequestWithQuery = FastifyRequest & { readQuery?: unknown };

/** Declares the query parameters of a route; a route without it takes none. */
export const TakesQuery = (parameters: ParameterSet): MethodDecorator =>
  applyDecorators(
    SetMetadata(PARAMETERS, parameters),
    ...Object.entries(parameters).map(([name, { schema, description, required = false }]) =>
      ApiQuery({ name, required, description, schema }),
    ),
  );

/** Injects the query of the request, read as the parameters that the route declares. */
export const ReadQuery = createParamDecorator(
  (_: undefined, context: ExecutionContext) => context.switchToHttp().getRequest<RequestWithQuery>().readQuery,
);

/**
 * Reads the query of every request and rejects parameters that the route does not declare, because a misspelt `dry_run` must not write. A guard,
 * because Node 20 binds an asynchronous context for every interceptor of a request, which costs more than reading the query.
 */
@Injectable()
export class QueryGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws Problem invalid-parameter */
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<RequestWithQuery>();
    const parameters = this.reflector.get<ParameterSet | undefined>(PARAMETERS, context.getHandler()) ?? {};
    request.readQuery = readQuery(parameters, request.url);
    return true;
  }
}
