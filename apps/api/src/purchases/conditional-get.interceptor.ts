import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { matches } from './purchase-guards';

/** Answers 304 without a body to a GET whose If-None-Match names the ETag of the answer (RFC 9110, 13.1.2). */
@Injectable()
export class ConditionalGetInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const ifNoneMatch = headers['if-none-match'];
    if ((method !== 'GET' && method !== 'HEAD') || ifNoneMatch === undefined) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answer: unknown) => {
        const etag = reply.getHeader('etag');
        if (typeof etag !== 'string' || !matches(ifNoneMatch, etag)) return answer;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}
