import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode, SCHEMA_VERSIONS, UnreadableEvent } from '@app/stored-events/codec';
import type { RecordedEvent } from '@app/event-store/event-store';
import type { PurchaseEvent, PurchaseEventType } from '@app/purchase/events';
import { inWords } from '@app/purchase/words/words';
import { exampleOf } from './examples';

/**
 * One file in stored form for each event type and version that was ever stored. Files are never changed; a new shape gets a new version and a new
 * file (`UPDATE_DOCS=1` writes the missing ones).
 */
const FOLDER = join(__dirname, 'golden');
/** Retired event types that are read as another type. */
const REPLACED_BY: Record<string, PurchaseEventType> = { RevisionDateChanged: 'SenderClocksChanged' };
const types = Object.keys(SCHEMA_VERSIONS) as PurchaseEventType[];
const fileOf = (type: string, version: number): string => join(FOLDER, `${type}.v${version}.json`);
const context = { site: 'demo', actor: 'erp', requestId: 'r-1', at: '2026-01-01T00:00:00.000Z' };

interface Golden {
  type: string;
  data: unknown;
  metadata: RecordedEvent['metadata'];
}

const stored = ({ type, data, metadata }: Golden): RecordedEvent => ({
  id: '00000000-0000-4000-8000-000000000000',
  stream: 'purchase-1',
  revision: 0n,
  position: { commit: 1n, prepare: 1n },
  recordedAt: new Date(0),
  type,
  data,
  metadata,
});

const read = (file: string): Golden => JSON.parse(readFileSync(file, 'utf8')) as Golden;

function written(event: PurchaseEvent, occurredAt = context.at): Golden {
  const { type, data, metadata } = encode(event, 'id', context, occurredAt);
  return JSON.parse(JSON.stringify({ type, data, metadata })) as Golden;
}

describe('stored events', () => {
  it.each(types)('%s is stored in the form of its file and read back', (type) => {
    const file = fileOf(type, SCHEMA_VERSIONS[type]);
    const event = exampleOf(type);
    if (!existsSync(file) && process.env.UPDATE_DOCS === '1')
      writeFileSync(file, `${JSON.stringify(written(event), null, 2)}\n`);
    const golden = read(file);
    const today = written(event, golden.metadata.occurredAt);
    expect([today.type, today.data]).toEqual([golden.type, golden.data]);
    // Properties of metadata are added and never removed.
    expect(today.metadata).toMatchObject(golden.metadata);
    expect(decode(stored(read(file)))).toEqual(event);
  });

  it.each(types)('%s has a sentence', (type) => {
    const event = exampleOf(type);
    expect(inWords(event, { currency: 'GBP' })).toMatch(/^\S.{5,}[^.\s]$/);
    expect(inWords(event, { currency: 'GBP' })).not.toMatch(/undefined|\[object/);
  });

  it('have a file for every version up to the last', () => {
    for (const type of types)
      for (let version = 1; version <= SCHEMA_VERSIONS[type]; version++)
        expect(existsSync(fileOf(type, version))).toBe(true);
  });

  it('of every version are read in the current shape', () => {
    for (const file of readdirSync(FOLDER)) {
      const golden = read(join(FOLDER, file));
      expect(decode(stored(golden))).toEqual(exampleOf(REPLACED_BY[golden.type] ?? (golden.type as PurchaseEventType)));
    }
  });

  it('of a newer version or of an unknown type are reported, not dropped', () => {
    const golden = read(fileOf('PurchaseDeleted', 1));
    const newer = { ...golden, metadata: { ...golden.metadata, schemaVersion: 2 } };
    expect(() => decode(stored(newer))).toThrow(UnreadableEvent);
    expect(() => decode(stored({ ...golden, type: 'FromTheFuture' }))).toThrow(UnreadableEvent);
    expect(() => decode(stored({ ...golden, type: 'toString' }))).toThrow(UnreadableEvent);
  });
});
