import { parseArgs } from 'node:util';
import { runEventStoreNode } from './event-store-node';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string', default: '2113' },
    socket: { type: 'string' },
    unary: { type: 'boolean', default: false },
  },
});

if (values.data === undefined) {
  console.error('usage: event-store --data DIR [--port N | --socket PATH]');
  process.exit(2);
}

runEventStoreNode({
  dataDir: values.data,
  port: Number(values.port),
  socket: values.socket,
  batchAppend: !values.unary,
}).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
