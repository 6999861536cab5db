import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import {
  type EventStoreNode,
  type EventStoreNodeOptions,
  startEventStoreNode,
} from '@app/embedded/event-store-node/event-store-node';

export interface NodeUnderTest extends EventStoreNode {
  client: EventStoreDBClient;
}

/** Starts a node in this process on a temporary folder, with the official client. */
export async function startNode(options: Partial<EventStoreNodeOptions> = {}): Promise<NodeUnderTest> {
  const dataDir = mkdtempSync(join(tmpdir(), 'node-'));
  const node = await startEventStoreNode({ dataDir, port: 0, ...options });
  const client = EventStoreDBClient.connectionString(node.url);
  return {
    ...node,
    client,
    stop: async () => {
      await Promise.race([client.dispose(), new Promise((resolve) => setTimeout(resolve, 300))]);
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
