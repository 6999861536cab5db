import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { type EventStore, StreamTooLarge } from '@app/event-store/event-store';
import { OwnWrites } from '@app/write-model/own-writes';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';
import { PurchaseCache } from '@app/write-model/purchase-cache';
import { PurchaseRepository } from '@app/write-model/purchase-repository';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { Sites } from '@app/sites/sites';
import { UsdRates } from '@app/sites/usd-rates';
import type { Projector } from '@app/read-models/projection/projector';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { queryableOf } from '@app/read-models/database';
import { VerificationRuns } from '@app/read-models/operations/verification-runs';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { PastStates } from '@app/read-models/past/past-states';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { SiteTurns } from '@app/turns/site-turns';
import { ReadModelPosition } from '@app/read-models/queries/read-model-position';
import type { Settings } from '@app/settings/settings';
import { OneTimeCodes } from './auth/one-time-codes';
import { TokenController } from './auth/token.controller';
import { Tokens } from './auth/tokens';
import { CredentialsController } from './credentials/credentials.controller';
import { OperationsController } from './operations/operations.controller';
import { RatesController } from './rates/rates.controller';
import { VerificationsController } from './operations/verifications.controller';
import { FeedController } from './feed/feed.controller';
import { FeedTails } from './feed/feed-tails';
import { HealthController } from './health/health.controller';
import { Readiness } from './health/readiness';
import { BulkController } from './purchases/bulk/bulk.controller';
import { EntryController } from './purchases/entry.controller';
import { PurchaseController } from './purchases/purchase.controller';
import { CompareController } from './purchases/reading/compare.controller';
import { FiguresController } from './purchases/reading/figures.controller';
import { PastReader } from './purchases/reading/past-reader';
import { PurchaseListController } from './purchases/reading/purchase-list.controller';
import { PurchaseReader } from './purchases/reading/purchase-reader';
import { PurchaseReadsController } from './purchases/reading/purchase-reads.controller';
import { PastStatesBySize } from './purchases/reading/past-states-by-size';
import { ExecuteWriteHandler } from './purchases/writes/execute-write';
import { ByteBudget } from './http/body/byte-budget';
import { Problem, retryAfter } from './http/problems/problem';
import { HeavyWrites } from './purchases/writes/heavy-writes';
import type { WriteThread } from './purchases/writes/write-thread';
import { QueryGuard } from './http/query/query.guard';
import { EVENT_STORE, MAX_LAG_SECONDS, PROJECTOR, READ_MODEL_POOL } from './injection-tokens';

/** The dependencies of the API. The caller creates and closes them. */
export interface ApiParts {
  settings: Pick<Settings, 'tokenSecrets' | 'cacheBytes' | 'maxLagSeconds' | 'largeBodies'>;
  eventStore: EventStore;
  dataSource: DataSource;
  /** Connections without a statement timeout, for operations that an operator starts. */
  pool: Pool;
  rebuilds: RebuildRuns;
  verifications: VerificationRuns;
  /** Present when the projector runs in this process. */
  projector?: Pick<Projector, 'status'>;
  /** Executes heavy writes and reads. Absent: they run in this thread. */
  writeThread?: WriteThread;
}

/** Larger purchases are written and folded by the write thread. */
const MAX_STREAM_BYTES = 256 * 1024;
/** A diff of more steps, which takes longer than about 15 ms, is computed by the write thread. */
const MAX_DIFF_STEPS = 40_000;
const MAX_CACHED_PURCHASE_BYTES = 512 * 1024;
/** Writes of this thread that call the event store at a time. More do not write more a second, but delay the writes of other sites. */
const MAX_WRITES = 64;
const MAX_WRITE_WAIT_MS = 10_000;
/** Maximum wait of a large body for its share of the memory. */
const MAX_BODY_WAIT_MS = 10_000;

/** Providers of the write side: all in this thread, or large purchases in the write thread. */
function writeProviders({ settings, eventStore, writeThread }: ApiParts): Provider[] {
  const maxStreamBytes = writeThread && MAX_STREAM_BYTES;
  const maxDiffSteps = writeThread && MAX_DIFF_STEPS;
  const cache = new PurchaseCache(settings.cacheBytes, writeThread && MAX_CACHED_PURCHASE_BYTES);
  const repository = new PurchaseRepository(eventStore, cache, maxStreamBytes);
  const load = async (site: string, id: string): Promise<LoadedPurchase> => {
    try {
      return await repository.load(site, id);
    } catch (error) {
      if (writeThread !== undefined && error instanceof StreamTooLarge) return writeThread.load(site, id);
      throw error;
    }
  };
  const turns = new SiteTurns(
    MAX_WRITES,
    MAX_WRITE_WAIT_MS,
    () => new Problem('overloaded', 'too many writes wait', retryAfter(1)),
  );
  const takeTurn: SiteTurns['run'] = (site, call) => turns.run(site, call);
  const writer = new PurchaseWriter(eventStore, { cache, maxStreamBytes, maxDiffSteps, takeTurn });
  const past = new PastStates(eventStore, maxStreamBytes);
  return [
    ExecuteWriteHandler,
    { provide: PurchaseCache, useValue: cache },
    { provide: PurchaseWriter, useValue: writer },
    { provide: OwnWrites, useValue: new OwnWrites(eventStore, cache, load) },
    { provide: PastStates, useValue: writeThread === undefined ? past : new PastStatesBySize(past, writeThread) },
    ...(writeThread === undefined ? [] : [{ provide: HeavyWrites, useValue: new HeavyWrites(writeThread, cache) }]),
  ];
}

@Module({})
export class ApiModule {
  static with(parts: ApiParts): DynamicModule {
    const { settings, eventStore, dataSource, pool, rebuilds, verifications, projector } = parts;
    return {
      module: ApiModule,
      imports: [CqrsModule.forRoot()],
      controllers: [
        TokenController,
        PurchaseController,
        BulkController,
        EntryController,
        OperationsController,
        VerificationsController,
        PurchaseListController,
        FeedController,
        PurchaseReadsController,
        CompareController,
        FiguresController,
        CredentialsController,
        RatesController,
        HealthController,
      ],
      providers: [
        { provide: APP_GUARD, useClass: QueryGuard },
        ...writeProviders(parts),
        Readiness,
        OneTimeCodes,
        { provide: Tokens, useValue: new Tokens(settings.tokenSecrets) },
        { provide: EVENT_STORE, useValue: eventStore },
        { provide: READ_MODEL_POOL, useValue: pool },
        { provide: RebuildRuns, useValue: rebuilds },
        { provide: VerificationRuns, useValue: verifications },
        { provide: ByteBudget, useValue: new ByteBudget(settings.largeBodies, MAX_BODY_WAIT_MS) },
        { provide: MAX_LAG_SECONDS, useValue: settings.maxLagSeconds },
        { provide: ReadModelStatus, useValue: new ReadModelStatus(queryableOf(dataSource), eventStore) },
        { provide: Sites, useValue: new Sites(eventStore) },
        { provide: UsdRates, useValue: new UsdRates(eventStore) },
        { provide: ReadModelPosition, useValue: new ReadModelPosition(dataSource) },
        PurchaseReader,
        PastReader,
        FeedTails,
        { provide: PurchaseQueries, useValue: new PurchaseQueries(dataSource) },
        ...(projector === undefined ? [] : [{ provide: PROJECTOR, useValue: projector }]),
      ],
    };
  }
}
