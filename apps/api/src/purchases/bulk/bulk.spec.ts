import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { Sites } from '@app/sites/sites';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import type { ExecuteWrite } from '../writes/execute-write';
import { BulkController } from './bulk.controller';
import { ByteBudget } from '../../http/body/byte-budget';
import { inOrder } from './in-order';
import { LineMemory } from './line-memory';
import { type Line, type LineLimits, ndjsonLines, type RefusedLine } from './ndjson-lines';

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const collected = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const shown = (line: Line | RefusedLine): string =>
  `${line.number} ${'problem' in line ? line.problem.code : line.bytes.toString()}`;

describe('the lines of an NDJSON body', () => {
  const limits: LineLimits = {
    maxBytes: 1_000,
    smallBytes: 1_000,
    reserve: () => Promise.resolve(() => {}),
    timeoutMs: 60_000,
  };
  const read = async (text: string, chunk: number, maxBytes = 1_000): Promise<string[]> => {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, n) =>
      bytes.subarray(n * chunk, (n + 1) * chunk),
    );
    return (await collected(ndjsonLines(from(chunks), { ...limits, maxBytes }))).map(shown);
  };

  it.each([1, 2, 3, 7, 100])('do not depend on the chunk size: %i bytes', async (chunk) => {
    expect(await read('{"a":"ü"}\n\n \r\n{"b":1}\r\nlast', chunk)).toEqual(['1 {"a":"ü"}', '4 {"b":1}\r', '5 last']);
  });

  it.each([1, 4, 100])(
    'above the limit are reported and do not affect the next line (chunks of %i bytes)',
    async (chunk) => {
      expect(await read(`ok\n${'x'.repeat(20)}\nok`, chunk, 10)).toEqual(['1 ok', '2 body-too-large', '3 ok']);
    },
  );

  it('are none for an empty body', async () => expect(await read('', 1)).toEqual([]));

  it('are read no further than there is memory for large ones', async () => {
    const memory = new LineMemory(new ByteBudget(20, 5), 'site', 20);
    let taken = 0;
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for (const text of ['small\n', 'large line, ', 'its end\n', 'another large', ' one\n']) {
        taken += 1;
        yield Buffer.from(text);
      }
    };
    const lines = ndjsonLines(chunks(), { ...limits, smallBytes: 10, reserve: () => memory.reserve() });
    const next = async (): Promise<Line> => (await lines.next()).value as Line;
    expect(shown(await next())).toBe('1 small');
    const large = await next();
    const waiting = next();
    await pause(30);
    expect([shown(large), taken]).toEqual(['2 large line, its end', 4]);
    large.release();
    expect(shown(await waiting)).toBe('3 another large one');
  });

  it('are given up when a large one does not arrive in time', async () => {
    const budget = new ByteBudget(20, 5);
    const memory = new LineMemory(budget, 'site', 20);
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('the begin of a line');
      await pause(50);
      expect(await budget.reserve('other site', 20)).toBeInstanceOf(Function);
      yield Buffer.from(' and its end\nok');
    };
    const lines = ndjsonLines(chunks(), {
      ...limits,
      smallBytes: 10,
      reserve: () => memory.reserve(),
      timeoutMs: 10,
    });
    expect((await collected(lines)).map(shown)).toEqual(['1 request-timeout', '2 ok']);
  });

  it('hold no memory after the end of the call', async () => {
    const budget = new ByteBudget(20, 5);
    const memory = new LineMemory(budget, 'site', 20);
    await memory.reserve();
    const waiting = memory.reserve();
    memory.end();
    (await waiting)();
    expect(await budget.reserve('other site', 20)).toBeInstanceOf(Function);
  });
});

describe('work in order', () => {
  const window = { maxItems: 4, maxBytes: 100, bytesOf: (n: number) => n };

  it('yields results in input order, with a limited number in progress', async () => {
    let [underWay, most] = [0, 0];
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, ++underWay);
      for (let wait = 0; wait < (n * 7) % 5; wait++) await settle();
      underWay -= 1;
      return n;
    };
    const items = Array.from({ length: 100 }, (_, n) => n % 10);
    expect(await collected(inOrder(from(items), work, window))).toEqual(items);
    expect(most).toBe(4);
  });

  it('reads no item beyond the byte limit, but always one', async () => {
    let [bytes, most] = [0, 0];
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, (bytes += n));
      await settle();
      bytes -= n;
      return n;
    };
    expect(await collected(inOrder(from([90, 90, 90, 500, 1]), work, window))).toEqual([90, 90, 90, 500, 1]);
    expect(most).toBeLessThanOrEqual(599);
  });

  it('yields a result while the next item is pending', async () => {
    let send: (n: number) => void = () => {};
    async function* waiting(): AsyncGenerator<number> {
      yield 1;
      yield await new Promise<number>((resolve) => (send = resolve));
    }
    const results = inOrder(waiting(), async (n) => n, window);
    expect((await results.next()).value).toBe(1);
    const second = results.next();
    await settle();
    send(2);
    expect((await second).value).toBe(2);
    expect((await results.next()).done).toBe(true);
  });

  it('starts no further item after the consumer returns', async () => {
    const begun: number[] = [];
    const items = Array.from({ length: 100 }, (_, n) => n);
    const work = async (n: number): Promise<number> => {
      begun.push(n);
      await settle();
      return n;
    };
    for await (const result of inOrder(from(items), work, { ...window, maxBytes: 1e9 })) if (result === 3) break;
    const atEnd = begun.length;
    await settle();
    expect([begun.length, atEnd < 10]).toEqual([atEnd, true]);
  });

  it('yields the results of all items before an error of the input, then throws it', async () => {
    async function* damaged(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw new Error('damaged');
    }
    const results: number[] = [];
    const read = async (): Promise<void> => {
      const work = async (n: number): Promise<number> => {
        for (let wait = 0; wait < 5; wait++) await settle();
        return n;
      };
      for await (const result of inOrder(damaged(), work, window)) results.push(result);
    };
    await expect(read()).rejects.toThrow('damaged');
    expect(results).toEqual([1, 2]);
  });
});

describe('bulk', () => {
  /** Sends lines to the controller; `execute` executes their writes. Returns the results. */
  const send = async (
    lines: readonly object[],
    execute: (command: ExecuteWrite) => Promise<object>,
  ): Promise<unknown> => {
    const body = Readable.from([Buffer.from(lines.map((each) => JSON.stringify(each)).join('\n'))]);
    let results: Readable = body;
    const reply = {
      raw: new EventEmitter(),
      status: () => reply,
      header: () => reply,
      send: (stream: Readable) => (results = stream),
    };
    const headers = { 'content-type': 'application/x-ndjson' };
    const request = { raw: body, headers, caller: { site: 'demo', clientId: 'c', revision: 1 }, id: 'r' };
    const sites = { find: () => Promise.resolve({ revision: 1 }) } as unknown as Sites;
    const controller = new BulkController({ execute } as unknown as CommandBus, sites, new ByteBudget(1_000, 1_000));
    controller.bulk(request as unknown as AuthenticatedRequest, reply as unknown as FastifyReply);
    return (await results.toArray()).map((each: string) => (JSON.parse(each) as { status: number }).status);
  };

  it('writes the lines of one path in their order, whatever the duration of each', async () => {
    const written: string[] = [];
    const execute = async ({ write: { type, target, ...rest } }: ExecuteWrite): Promise<object> => {
      const { value } = (rest as { body: { value: { n: number } } }).body;
      await pause(value.n === 1 ? 30 : 0);
      written.push(`${type} ${target.identifier} ${value.n}`);
      return { status: 200, headers: {} };
    };
    const line = (identifier: string, n: number): object => ({ lookupBy: 'internal', identifier, purchase: { n } });
    expect(await send([line('a', 1), line(' a ', 2), line('b', 3), line('a', 4)], execute)).toEqual(Array(4).fill(200));
    expect(written).toEqual(['put b 3', 'put a 1', 'put a 2', 'put a 4']);
  });
});
