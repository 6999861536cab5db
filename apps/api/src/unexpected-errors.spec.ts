import { EventEmitter } from 'node:events';
import { createLog } from './http/log';
import { handleUnexpectedErrors } from './unexpected-errors';

describe('an uncaught error', () => {
  let ended: number;
  let lines: string[];
  const target = new EventEmitter();
  beforeAll(() => {
    const log = createLog('warn', { write: (line) => void lines.push(line) });
    handleUnexpectedErrors(() => (ended += 1), { target, log });
  });
  beforeEach(() => {
    ended = 0;
    lines = [];
  });

  it.each(['uncaughtException', 'unhandledRejection'])(
    'as %s shuts the process down and is logged in one line',
    (event) => {
      target.emit(event, new Error('surprise'));
      expect(ended).toBe(1);
      expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ level: 'fatal', message: 'surprise' }]);
    },
  );

  it('is logged without values quoted by the database or the parser', () => {
    target.emit('uncaughtException', Object.assign(new Error('Key (name)=(Ann) exists'), { code: '23505' }));
    target.emit('unhandledRejection', new SyntaxError('Unexpected token in "Ann"'));
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('Ann');
  });

  it('is ignored when the event store client throws on a second response to an append', () => {
    const error = new TypeError('undefined is not iterable');
    error.stack = `${String(error)}\n    at call (/app/node_modules/@eventstore/db-client/dist/streams/appendToStream/batchAppend.js:1:1)`;
    target.emit('uncaughtException', error);
    expect(ended).toBe(0);
    expect(lines).toHaveLength(1);
  });
});
