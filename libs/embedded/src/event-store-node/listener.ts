import { rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { FolderError } from '../folder-lock';

/** First bytes of an HTTP/2 connection. */
const PREFACE = 'PRI';

export interface Listener {
  /** 0 when it listens on a Unix socket. */
  port: number;
  /** Stops accepting connections and closes open ones. */
  close: () => void;
}

const LISTEN_ERRORS: Record<string, string> = {
  EADDRINUSE: 'is taken: choose another one',
  EACCES: 'may not be used by this account: choose another one',
};

/** Listen address: a TCP port or the path of a Unix socket. */
export type Endpoint = { host: string; port: number } | { socket: string };

/**
 * Serves gRPC and plain HTTP at one address, as EventStoreDB does. Replaces an existing socket file.
 * @throws FolderError
 */
export async function listen(grpc: GrpcServer, answerHttp: RequestListener, endpoint: Endpoint): Promise<Listener> {
  if ('socket' in endpoint) rmSync(endpoint.socket, { force: true });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const http = createHttpServer(answerHttp);
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first.toString('latin1', 0, PREFACE.length) === PREFACE) injector.injectConnection(socket);
      else {
        http.emit('connection', socket);
        socket.resume();
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = LISTEN_ERRORS[error.code ?? ''] ?? `cannot be used: ${error.message}`;
      const what = 'socket' in endpoint ? `socket ${endpoint.socket}` : `port ${endpoint.port} on ${endpoint.host}`;
      reject(new FolderError(`${what} ${why}`));
    });
    server.listen('socket' in endpoint ? { path: endpoint.socket } : endpoint, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
