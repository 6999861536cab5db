import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** `slow`: chunks are delayed; `cut`: connections are refused; `frozen`: connections stay open and transfer nothing. */
export type Link = 'normal' | 'slow' | 'cut' | 'frozen';

interface Pair {
  sockets: [Socket, Socket];
  /** Never transfers data again; neither peer is notified. */
  halfOpen: boolean;
}

const DELAY_MS = 150;

/** A proxy on a free port of the loopback interface whose connections can be cut, slowed down and frozen. */
export class TcpProxy {
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private link: Link = 'normal';
  /** Bytes that were transferred, in both directions. */
  transferred = 0;

  private constructor(private readonly target: number | string) {
    this.server = createServer((socket) => this.accept(socket));
  }

  /** @param target a port of the loopback interface, or the path of a socket */
  static async to(target: number | string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get connections(): number {
    return this.pairs.size;
  }

  set(link: Link): void {
    this.link = link;
    if (link === 'cut') this.cut();
    for (const { sockets, halfOpen } of this.pairs)
      for (const socket of sockets)
        if (link === 'frozen' || halfOpen) socket.pause();
        else socket.resume();
  }

  /** Resets the open connections. New ones are accepted. */
  cut(): void {
    for (const {
      sockets: [client, server],
    } of this.pairs) {
      client.resetAndDestroy();
      // Only TCP has resets.
      if (typeof this.target === 'string') server.destroy();
      else server.resetAndDestroy();
    }
    this.pairs.clear();
  }

  /** The open connections stay open and never transfer again. New ones are not affected. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      pair.halfOpen = true;
      for (const socket of pair.sockets) socket.pause();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.link === 'cut') return void client.resetAndDestroy();
    const server = typeof this.target === 'string' ? connect(this.target) : connect(this.target, '127.0.0.1');
    const pair: Pair = { sockets: [client, server], halfOpen: false };
    this.pairs.add(pair);
    for (const [from, to] of [pair.sockets, [server, client] as const]) {
      from.setNoDelay(true);
      let previous = Promise.resolve();
      from.on('data', (chunk) => {
        previous = previous.then(() => this.pass(pair, to, chunk));
      });
      from.on('error', () => {});
      from.on('close', () => {
        this.pairs.delete(pair);
        if (!pair.halfOpen) to.destroy();
      });
    }
    if (this.link === 'frozen') for (const socket of pair.sockets) socket.pause();
  }

  /** Called for one chunk at a time, which preserves their order. */
  private async pass(pair: Pair, to: Socket, chunk: Buffer): Promise<void> {
    if (this.link === 'slow') await pause(DELAY_MS);
    this.transferred += chunk.length;
    if (!to.destroyed && !pair.halfOpen) to.write(chunk);
  }
}
