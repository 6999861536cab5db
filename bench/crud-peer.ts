import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  Put,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { Column, DataSource, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { startPostgres } from '@app/embedded/postgres/embedded-postgres';
import { PurchaseDto } from '../apps/api/src/purchases/body/purchase-dto';

/**
 * The CRUD services for the comparison: one table and one audit table (before, after), both written in one durable transaction.
 * `lean`: no validation, no token, statements prepared by pg. `typical`: ValidationPipe over the DTO classes of the API, a JWT guard, TypeORM.
 * Started by crud.ts as `node crud-peer.js lean|typical`; prints `{ url, token }` when it listens.
 */

const TABLES = `
  create table purchases (id text primary key, version int not null, document jsonb not null, updated timestamptz not null default now());
  create table audit (sequence bigserial primary key, id text not null, version int not null, before jsonb, after jsonb,
    actor text, at timestamptz not null default now());
  create index on audit (id);
`;

interface Store {
  put(id: string, document: object): Promise<object>;
  get(id: string): Promise<object>;
}

class LeanStore implements Store {
  constructor(private readonly pool: Pool) {}

  async put(id: string, document: object): Promise<object> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const found = await client.query<{ version: number; document: object }>({
        name: 'find',
        text: 'select version, document from purchases where id = $1 for update',
        values: [id],
      });
      const [before] = found.rows;
      const version = (before?.version ?? 0) + 1;
      const after = JSON.stringify(document);
      await client.query({
        name: 'save',
        text: `insert into purchases (id, version, document) values ($1, $2, $3)
               on conflict (id) do update set version = $2, document = $3, updated = now()`,
        values: [id, version, after],
      });
      await client.query({
        name: 'audit',
        text: 'insert into audit (id, version, before, after) values ($1, $2, $3, $4)',
        values: [id, version, before === undefined ? null : JSON.stringify(before.document), after],
      });
      await client.query('commit');
      return document;
    } finally {
      client.release();
    }
  }

  async get(id: string): Promise<object> {
    const text = 'select document from purchases where id = $1';
    const { rows } = await this.pool.query<{ document: object }>({ name: 'get', text, values: [id] });
    return rows[0]?.document ?? {};
  }
}

@Entity('purchases')
class CrudRow {
  @PrimaryColumn('text') id!: string;
  @Column('int') version!: number;
  @Column('jsonb') document!: object;
  @Column('timestamptz') updated!: Date;
}

@Entity('audit')
class AuditRow {
  @PrimaryGeneratedColumn({ type: 'bigint' }) sequence!: string;
  @Column('text') id!: string;
  @Column('int') version!: number;
  @Column('jsonb', { nullable: true }) before!: object | null;
  @Column('jsonb', { nullable: true }) after!: object | null;
  @Column('text', { nullable: true }) actor!: string | null;
}

class TypicalStore implements Store {
  constructor(private readonly dataSource: DataSource) {}

  put(id: string, document: object): Promise<object> {
    return this.dataSource.transaction(async (manager) => {
      const before = await manager.findOne(CrudRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const version = (before?.version ?? 0) + 1;
      await manager.save(CrudRow, { id, version, document, updated: new Date() });
      await manager.insert(AuditRow, { id, version, before: before?.document ?? null, after: document, actor: 'erp' });
      return document;
    });
  }

  async get(id: string): Promise<object> {
    return (await this.dataSource.getRepository(CrudRow).findOneBy({ id }))?.document ?? {};
  }
}

const STORE = 'store';

@Controller('api/v1/purchases/internal')
class LeanController {
  constructor(@Inject(STORE) private readonly store: Store) {}

  @Put(':id')
  put(@Param('id') id: string, @Body() body: object): Promise<object> {
    return this.store.put(id, body);
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<object> {
    return this.store.get(id);
  }
}

@Injectable()
class JwtGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    this.jwt.verify((headers.authorization ?? '').slice('Bearer '.length));
    return true;
  }
}

@Controller('api/v1/purchases/internal')
@UseGuards(JwtGuard)
class TypicalController {
  constructor(@Inject(STORE) private readonly store: Store) {}

  @Put(':id')
  put(@Param('id') id: string, @Body() body: PurchaseDto): Promise<object> {
    return this.store.put(id, { ...body });
  }

  @Get(':id')
  get(@Param('id') id: string): Promise<object> {
    return this.store.get(id);
  }
}

@Module({})
class PeerModule {}

async function main(): Promise<void> {
  const isLean = process.argv[2] === 'lean';
  const dataDir = mkdtempSync(join(tmpdir(), 'crud-'));
  const postgres = await startPostgres({ dataDir, log: () => {} });
  const pool = new Pool({ connectionString: postgres.url, max: 16 });
  await pool.query(TABLES);
  const dataSource = new DataSource({
    type: 'postgres',
    url: postgres.url,
    entities: [CrudRow, AuditRow],
    extra: { max: 16 },
  });
  if (!isLean) await dataSource.initialize();
  const store = isLean ? new LeanStore(pool) : new TypicalStore(dataSource);
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: PeerModule,
      imports: [JwtModule.register({ secret: 'x'.repeat(32) })],
      controllers: [isLean ? LeanController : TypicalController],
      providers: [JwtGuard, { provide: STORE, useValue: store }],
    },
    new FastifyAdapter({ bodyLimit: 1_048_576 }),
    { logger: false },
  );
  if (!isLean) app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  console.log(JSON.stringify({ url: await app.getUrl(), token: app.get(JwtService).sign({ site: 'demo' }) }));
  process.once('SIGTERM', () => {
    void (async () => {
      await app.close();
      await pool.end();
      if (dataSource.isInitialized) await dataSource.destroy();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
      process.exit(0);
    })();
  });
}

void main();
