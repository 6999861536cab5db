import type { RequestListener } from 'node:http';
import { SERVER_VERSION } from './cluster-services';
import type { LogStore } from './log-store';

/** Plain HTTP endpoints: `/health/live` (204) and `/stats`, a subset of the statistics of EventStoreDB. */
export function httpAnswers(log: LogStore): RequestListener {
  const started = new Date();
  return (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
    if (path === '/health/live') return void response.writeHead(204).end();
    if (path !== '/stats') return void response.writeHead(404).end();
    const stats = {
      version: SERVER_VERSION,
      startedAt: started.toISOString(),
      log: { bytes: log.end(), lastPosition: log.lastPosition(), eventsSinceStart: log.added },
      memory: process.memoryUsage(),
      cpu: process.cpuUsage(),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(stats));
  };
}
