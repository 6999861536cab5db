import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import type { Sites } from '@app/sites/sites';
import type { FastifyReply } from 'fastify';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { FeedTails, MAX_STREAMS_PER_SITE } from './feed-tails';
import { FeedController } from './feed.controller';

it('a stream whose client has gone before it opens takes none of the streams of the site', async () => {
  const tails = new FeedTails({} as PurchaseQueries);
  const controller = new FeedController({} as PurchaseQueries, tails, {} as Sites);
  for (let n = 1; n < MAX_STREAMS_PER_SITE; n++) tails.open('demo');
  const request = { caller: { site: 'demo' }, url: '/' } as AuthenticatedRequest;
  const server = createServer((_, response) => {
    void once(response, 'close').then(async () => {
      const reply = { raw: response } as unknown as FastifyReply;
      await controller.feed('text/event-stream', undefined, {}, request, reply);
      await turn();
      server.emit('opened');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(server, 'request');
  const opened = once(server, 'opened');
  client.destroy();
  await opened;
  server.close();
  expect(tails.open('demo')).toBeDefined();
});
