import type { FastifyInstance, RouteOptions } from 'fastify';

interface Route {
  pattern: RegExp;
  methods: Set<string>;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split('/')
      .map((part) => (part === '*' ? '.+' : part.startsWith(':') ? '[^/]+' : escape(part)))
      .join('/')}/?$`,
  );

/** The routes of the server. Used to answer a method that a path does not support. */
export class Routes {
  private readonly byUrl = new Map<string, Route>();

  /** Records the routes that are added from now on. @throws Error for a route that declares no access */
  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', (route) => {
      if (route.config?.access === undefined) throw new Error(`${String(route.method)} ${route.url} names no access`);
      this.add(route);
    });
  }

  private add({ url, method }: RouteOptions): void {
    const route = this.byUrl.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const each of [method].flat()) route.methods.add(each);
    this.byUrl.set(url, route);
  }

  /** The methods of a path, OPTIONS included; empty when no route matches. */
  methodsOf(path: string): string[] {
    const found = [...this.byUrl.values()].filter(({ pattern }) => pattern.test(path));
    const methods = new Set(found.flatMap(({ methods: each }) => [...each]));
    return methods.size === 0 ? [] : [...methods, 'OPTIONS'].sort();
  }
}
