import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A way to a broker that can be cut: the client has an outage, and the broker and its other clients notice nothing. */
export class OutageProxy {
  private readonly sockets = new Set<Socket>();
  private away = false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (socket) => this.pass(socket));
  }

  /** Passes on to `target`, a port of 127.0.0.1. */
  static async start(target: number): Promise<OutageProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new OutageProxy(server, target);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends all connections, and each new one at once. */
  cut(): void {
    this.away = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.away = false;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(client: Socket): void {
    this.follow(client);
    if (this.away) {
      client.destroy();
      return;
    }
    const broker = connect({ host: '127.0.0.1', port: this.target });
    this.follow(broker);
    client.pipe(broker);
    broker.pipe(client);
    client.once('close', () => broker.destroy());
    broker.once('close', () => client.destroy());
  }

  private follow(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    // What went wrong is told by the close that follows.
    socket.on('error', () => undefined);
  }
}
