import { Controller, Get, Inject, Optional, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EventStore } from '@app/event-store/event-store';
import { Projector } from '@app/read-models/projection/projector';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { EVENT_STORE } from '../injection-tokens';

const PATIENCE_MS = 2_000;

const within = <T>(call: Promise<T>): Promise<T> =>
  Promise.race([
    call,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer')), PATIENCE_MS).unref()),
  ]);

const answers = (call: Promise<unknown>): Promise<boolean> =>
  within(call).then(
    () => true,
    () => false,
  );

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(EVENT_STORE) private readonly eventStore: EventStore,
    private readonly queries: PurchaseQueries,
    @Optional() private readonly projector?: Projector,
  ) {}

  /** The process runs. */
  @Get('live')
  live(): object {
    return { status: 'ok' };
  }

  /** A PUT and a GET will work: 200; else 503 with what is missing. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const [eventStore, readModel] = await Promise.all([this.eventStore.isAvailable(), answers(this.queries.isReady())]);
    const projector = (this.projector?.status().role ?? 'leading') !== 'failing';
    const isReady = eventStore && readModel && projector;
    void reply.status(isReady ? 200 : 503);
    return { status: isReady ? 'ok' : 'not ready', event_store: eventStore, read_model: readModel, projector };
  }
}
