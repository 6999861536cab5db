import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';

/** Codes of the two messages of the protocol that have no type byte. */
const SSL_REQUEST = 80_877_103;
const STARTUP = 196_608;
const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

/** AuthenticationOk, BackendKeyData of the pooler, ReadyForQuery. */
const WELCOME = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('K', Buffer.from([0, 0, 0, 1, 0, 0, 0, 2])),
  message('Z', Buffer.from('I')),
]);

/** True when the last complete message of a response reports that no transaction is open. Responses are small: each arrives in one chunk. */
const endsTransaction = (chunk: Buffer): boolean => chunk.at(-6) === READY && chunk.at(-1) === IDLE;

/** A pooler in transaction mode, reduced to what two sessions can observe: it lends a connection to Postgres for one transaction. */
export class TransactionPooler {
  private readonly server: Server = createServer((socket) => this.accept(socket));
  private readonly clients: Client[] = [];
  private readonly idle: Socket[] = [];
  private readonly sockets: Socket[] = [];

  private constructor(private readonly databaseUrl: string) {}

  static async to(databaseUrl: string): Promise<TransactionPooler> {
    const pooler = new TransactionPooler(databaseUrl);
    pooler.server.listen(0, '127.0.0.1');
    await once(pooler.server, 'listening');
    return pooler;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const client of this.clients)
      (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  /** The socket of a session that the Postgres client has opened and that the test uses directly from then on. */
  private async open(): Promise<Socket> {
    const client = new Client({ connectionString: this.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    this.clients.push(client);
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    return stream.removeAllListeners('data').on('error', () => {});
  }

  private accept(socket: Socket): void {
    let lent: Promise<Socket> | undefined;
    this.sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const code = chunk.length >= 8 ? chunk.readUInt32BE(4) : 0;
      if (code === SSL_REQUEST) return void socket.write('N');
      if (code === STARTUP) return void socket.write(WELCOME);
      lent ??= this.lend(socket, () => (lent = undefined));
      void lent.then((server) => server.write(chunk));
    });
  }

  private async lend(client: Socket, giveBack: () => void): Promise<Socket> {
    const server = this.idle.pop() ?? (await this.open());
    const onData = (chunk: Buffer): void => {
      if (endsTransaction(chunk)) {
        server.off('data', onData);
        giveBack();
        this.idle.push(server);
      }
      client.write(chunk);
    };
    return server.on('data', onData);
  }
}
