import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { call, ProjectorProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';

interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: object }[];
}

interface Export {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

/** A collector that keeps the spans that it receives. */
class Collector {
  readonly spans: Span[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') this.keep(JSON.parse(Buffer.concat(chunks).toString()) as Export);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async eventually(name: string, traceId: string): Promise<Span> {
    for (;;) {
      const found = this.spans.find((span) => span.name === name && span.traceId === traceId);
      if (found !== undefined) return found;
      await pause(50);
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private keep({ resourceSpans }: Export): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => ({ ...span, service })));
    }
  }
}

const BODY = {
  type: 'order',
  currency_code: 'GBP',
  customer_reference: 'Grace Hopper',
  packages: [
    {
      type: 'processing',
      line_items: [
        { name_parent: 'LANTERN', quantity: 1, line_total: { total_net: { number: '1', currency: 'GBP' } } },
      ],
    },
  ],
};

describe('the trace of a PUT', () => {
  const collector = new Collector();
  let service: RealService;
  let projector: ProjectorProcess;

  beforeAll(async () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = await collector.start();
    service = await startRealService({ more: { OTEL_EXPORTER_OTLP_ENDPOINT } });
    projector = new ProjectorProcess(service.settings);
    await projector.start();
  });
  afterAll(async () => {
    await projector.end('SIGKILL');
    await service.stop();
    await collector.close();
  });

  const put = async (identifier: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await call(`${service.apis[0]?.url}/api/v1/purchases/internal/${identifier}`, {
      method: 'PUT',
      headers: { ...service.headers, ...headers },
      body: BODY,
    });
    expect(answer.status).toBe(201);
    return String(answer.headers['x-request-id']);
  };

  it('contains the request, its append and the batch of the projector in another process', async () => {
    const id = await put('grace@example.com');
    const traceId = id.replaceAll('-', '');
    const request = await collector.eventually('PUT /api/v1/purchases/:lookupBy/:identifier', traceId);
    const append = await collector.eventually('append purchase', traceId);
    const row = await collector.eventually('project', traceId);
    expect(request).toMatchObject({ service: 'purchasing-api' });
    expect(request.parentSpanId ?? '').toBe('');
    expect(append).toMatchObject({ service: 'purchasing-api', parentSpanId: request.spanId });
    expect(row).toMatchObject({ service: 'purchasing-projector', parentSpanId: request.spanId });
    expect(append.attributes).toContainEqual({ key: 'purchasing.outcome', value: { stringValue: 'appended' } });
    expect(BigInt(append.startTimeUnixNano)).toBeLessThanOrEqual(BigInt(row.endTimeUnixNano));
    // The random hexadecimal ids of the spans cannot contain one of these words.
    expect(JSON.stringify(collector.spans)).not.toMatch(/grace|hopper|LANTERN|"real"/i);
  });

  it('has an id of its own when the request id of the caller is not a UUID', async () => {
    expect(await put('E2', { 'x-request-id': 'erp:42' })).toBe('erp:42');
    // The first 16 bytes of the SHA-256 of `erp:42`.
    const row = await collector.eventually('project', '38539535a3ef2b45568a653153391b6b');
    expect(await collector.eventually('append purchase', row.traceId)).toMatchObject({
      parentSpanId: row.parentSpanId,
    });
    expect(JSON.stringify(collector.spans)).not.toContain('erp:42');
  });
});
