import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { type Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { FolderError } from '../folder-lock';

/** What an HTTP/2 connection begins with. */
const PREFACE = 'PRI';

export interface Listener {
  port: number;
  /** Takes no more connections and ends those that are open. */
  close: () => void;
}

const WHY_NOT: Record<string, string> = {
  EADDRINUSE: 'is taken: choose another one',
  EACCES: 'may not be used by this account: choose another one',
};

/** One port for both, as the real server has it: gRPC, and plain HTTP for those that ask for its health. @throws FolderError */
export async function listen(
  grpc: GrpcServer,
  answerHttp: RequestListener,
  host: string,
  port: number,
): Promise<Listener> {
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
      const why = WHY_NOT[error.code ?? ''] ?? `cannot be used: ${error.message}`;
      reject(new FolderError(`port ${port} on ${host} ${why}`));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
