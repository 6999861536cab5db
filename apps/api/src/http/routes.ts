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
      .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : escape(part)))
      .join('/')}/?$`,
  );

/** The routes of the server, for what it says about a method that a path does not have. */
export class Routes {
  private readonly byUrl = new Map<string, Route>();

  /** Learns the routes that are added from now on. A route that does not say who may call it is an error of the program. */
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

  /** The methods of a path as it was requested, OPTIONS among them; none where there is no such path. */
  methodsOf(path: string): string[] {
    const found = [...this.byUrl.values()].filter(({ pattern }) => pattern.test(path));
    const methods = new Set(found.flatMap(({ methods: each }) => [...each]));
    return methods.size === 0 ? [] : [...methods, 'OPTIONS'].sort();
  }
}
