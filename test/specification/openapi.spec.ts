import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { operationsHere } from '@app/read-models/operations/operations';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { VerificationRuns } from '@app/read-models/operations/verification-runs';
import { createDataSource, createPool } from '@app/read-models/database';
import { loadSettings } from '@app/settings/settings';
import { createApi } from '../../apps/api/src/http/create-api';
import { createDocument } from '../../apps/api/src/http/openapi/document';
import { ROUTES } from '@app/client/client';
import { MemoryEventStore } from '../memory-event-store';

/** `UPDATE_DOCS=1 npx jest test/specification/openapi` updates the files. */
const UPDATE = process.env.UPDATE_DOCS === '1';
const root = resolve(__dirname, '../..');
const DOCUMENT = resolve(root, 'docs/openapi.json');
const TYPES = resolve(root, 'libs/client/src/api-types.ts');

interface Operation {
  operationId?: string;
  responses: Record<string, { content?: Record<string, object> }>;
}

describe('the OpenAPI document', () => {
  let app: NestFastifyApplication;
  let document: OpenAPIObject;
  let text: string;

  /** Compares a generated file with the one that is checked in. */
  const expectCheckedIn = (file: string, generated: string): void => {
    if (UPDATE) writeFileSync(file, generated);
    expect(readFileSync(file, 'utf8')).toBe(generated);
  };
  const operations = (): [method: string, path: string, operation: Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Operation>).map(([method, operation]): [string, string, Operation] => [
        method,
        path,
        operation,
      ]),
    );

  beforeAll(async () => {
    const pool = createPool('postgres://nowhere/none');
    const eventStore = new MemoryEventStore();
    const operations = operationsHere(pool, eventStore);
    app = await createApi({
      settings: loadSettings({ LOG_LEVEL: 'error' }),
      eventStore,
      pool,
      rebuilds: new RebuildRuns(pool, operations),
      verifications: new VerificationRuns(pool, operations),
      dataSource: createDataSource('postgres://nowhere/none'),
    });
    document = createDocument(app);
    text = `${JSON.stringify(document, null, 2)}\n`;
  });
  afterAll(() => app.close());

  it('is docs/openapi.json', () => expectCheckedIn(DOCUMENT, text));

  it('passes the recommended rules of Redocly', async () => {
    const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it('describes every operation and its responses', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [method, path, { responses, operationId }] of operations()) {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect([method, path, operationId, successes.length > 0]).toEqual([method, path, expect.any(String), true]);
      for (const [status, { content }] of successes)
        expect([path, status, content !== undefined]).toEqual([path, status, status !== '204']);
    }
  });

  it('names one scope for every operation that needs a token', () => {
    const secured = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { security: { bearer: string[] }[] }>).flatMap(
        ({ security }) => security,
      ),
    );
    expect(secured.length).toBeGreaterThan(25);
    for (const { bearer } of secured) expect([['read'], ['write'], ['operate']]).toContainEqual(bearer);
  });

  it('has no unused schema', () => {
    const names = Object.keys(document.components?.schemas ?? {});
    for (const name of names) expect([name, text.includes(`"#/components/schemas/${name}"`)]).toEqual([name, true]);
    expect(names).not.toContain('Variables');
  });

  it('has valid examples', () => {
    const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true, logger: false }));
    ajv.addSchema({ $id: 'openapi', ...document });
    const schemas = document.components?.schemas as Record<string, { examples?: unknown[] }>;
    const withExamples = Object.entries(schemas).filter(([, { examples }]) => examples !== undefined);
    expect(withExamples.length).toBeGreaterThan(10);
    for (const [name, { examples = [] }] of withExamples) {
      const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
      for (const example of examples) expect([name, validate?.(example), validate?.errors]).toEqual([name, true, null]);
    }
  });

  it('matches the generated types of the client', () => {
    const generator = resolve(root, 'node_modules/openapi-typescript/bin/cli.js');
    const types = execFileSync(process.execPath, [generator, DOCUMENT], { encoding: 'utf8', stdio: 'pipe' });
    expectCheckedIn(TYPES, `// Generated from docs/openapi.json by test/specification/openapi.spec.ts.\n${types}`);
    const routes = operations().map(([method, path, { operationId = '' }]) => [
      operationId,
      [method.toUpperCase(), path],
    ]);
    expect(ROUTES).toEqual(Object.fromEntries(routes));
  });
});
