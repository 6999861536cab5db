import type { FastifyReply } from 'fastify';
import { linkNext } from './json-array';

const linkOf = (url: string): string => {
  let link = '';
  const reply = { header: (_name: string, value: string) => (link = value) } as unknown as FastifyReply;
  linkNext(reply, url, { cursor: 'c' });
  return link;
};

describe('the link to the next page', () => {
  it.each([
    ['/list', '/list?cursor=c'],
    ['/list?', '/list?cursor=c'],
    ['/list?limit=1&cursor=b', '/list?limit=1&cursor=c'],
    ['/list?limit=1&offset=5', '/list?limit=1&cursor=c'],
    ['/list?search=what?&type=order&limit=1', '/list?search=what%3F&type=order&limit=1&cursor=c'],
    ['/list?search=a?b', '/list?search=a%3Fb&cursor=c'],
  ])('of %s is %s', (url, next) => {
    expect(linkOf(url)).toBe(`<${next}>; rel="next"`);
  });
});
