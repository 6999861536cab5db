import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_CONNECTIONS = 20;
const REQUEST_TIMEOUT_MS = 5_000;

export interface MetricsServer {
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves `GET /metrics` on its own port, in the text format of Prometheus and without authentication. Concurrent scrapes share one collection.
 * @param collect returns the text of all metrics
 */
export async function startMetricsServer(
  { host, port }: { host: string; port: number },
  collect: () => Promise<string>,
): Promise<MetricsServer> {
  let collecting: Promise<string> | undefined;
  const shared = (): Promise<string> => {
    collecting ??= collect().finally(() => (collecting = undefined));
    return collecting;
  };
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      request.resume();
      if (request.url !== '/metrics') return void response.writeHead(404).end();
      if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
      shared().then(
        (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
        () => response.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
