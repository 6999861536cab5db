import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
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

/** The query of the request, read as the parameters that the route declares. */
export const ReadQuery = createParamDecorator(
  (_: undefined, context: ExecutionContext) => context.switchToHttp().getRequest<RequestWithQuery>().readQuery,
);

/** Reads the query of every request, after the guards. What the route does not declare is refused: a misspelt dry run must not write. */
@Injectable()
export class QueryInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RequestWithQuery>();
    const parameters = this.reflector.get<ParameterSet | undefined>(PARAMETERS, context.getHandler()) ?? {};
    request.readQuery = readQuery(parameters, request.url);
    return next.handle();
  }
}
