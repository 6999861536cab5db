import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { EventStore } from '@app/event-store/event-store';
import { OwnWrites } from '@app/write-model/own-writes';
import { PurchaseCache } from '@app/write-model/purchase-cache';
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
import { DeletePurchaseHandler } from './purchases/delete-purchase.handler';
import { AddHistoryEntryHandler } from './purchases/add-history-entry.handler';
import { EntryController } from './purchases/entry.controller';
import { PurchaseController } from './purchases/purchase.controller';
import { PutPurchaseHandler } from './purchases/put-purchase.handler';
import { CompareController } from './purchases/reading/compare.controller';
import { FiguresController } from './purchases/reading/figures.controller';
import { PastReader } from './purchases/reading/past-reader';
import { PurchaseListController } from './purchases/reading/purchase-list.controller';
import { PurchaseReader } from './purchases/reading/purchase-reader';
import { PurchaseReadsController } from './purchases/reading/purchase-reads.controller';
import { RecordTransactionHandler } from './purchases/record-transaction.handler';
import { QueryGuard } from './http/query/query.guard';
import { EVENT_STORE, MAX_LAG_SECONDS, READ_MODEL_POOL, PROJECTOR } from './injection-tokens';

/** The dependencies of the API. The caller creates and closes them. */
export interface ApiParts {
  settings: Pick<Settings, 'tokenSecrets' | 'cacheBytes' | 'maxLagSeconds'>;
  eventStore: EventStore;
  dataSource: DataSource;
  /** Connections without a statement timeout, for operations that an operator starts. */
  pool: Pool;
  rebuilds: RebuildRuns;
  /** Present when the projector runs in this process. */
  projector?: Pick<Projector, 'status'>;
}

@Module({})
export class ApiModule {
  static with({ settings, eventStore, dataSource, pool, rebuilds, projector }: ApiParts): DynamicModule {
    const cache = new PurchaseCache(settings.cacheBytes);
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
        PutPurchaseHandler,
        DeletePurchaseHandler,
        RecordTransactionHandler,
        AddHistoryEntryHandler,
        Readiness,
        OneTimeCodes,
        { provide: Tokens, useValue: new Tokens(settings.tokenSecrets) },
        { provide: PurchaseCache, useValue: cache },
        { provide: EVENT_STORE, useValue: eventStore },
        { provide: READ_MODEL_POOL, useValue: pool },
        { provide: RebuildRuns, useValue: rebuilds },
        { provide: VerificationRuns, useValue: new VerificationRuns(pool, eventStore) },
        { provide: MAX_LAG_SECONDS, useValue: settings.maxLagSeconds },
        { provide: ReadModelStatus, useValue: new ReadModelStatus(queryableOf(dataSource), eventStore) },
        { provide: Sites, useValue: new Sites(eventStore) },
        { provide: UsdRates, useValue: new UsdRates(eventStore) },
        { provide: PurchaseWriter, useValue: new PurchaseWriter(eventStore, { cache }) },
        { provide: OwnWrites, useValue: new OwnWrites(eventStore, cache) },
        { provide: ReadModelPosition, useValue: new ReadModelPosition(dataSource) },
        PurchaseReader,
        PastReader,
        { provide: PastStates, useValue: new PastStates(eventStore) },
        FeedTails,
        { provide: PurchaseQueries, useValue: new PurchaseQueries(dataSource) },
        ...(projector === undefined ? [] : [{ provide: PROJECTOR, useValue: projector }]),
      ],
    };
  }
}
