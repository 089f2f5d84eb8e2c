import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Aedes, AuthenticateError } from 'aedes';

/** How to start the embedded broker. */
export interface EmbeddedBrokerOptions {
  /** TCP port on 127.0.0.1, 1 to 65535; absent or 0: a free one. */
  port?: number;
  /** Passwords by user name. Absent: everyone may connect, with any name or none. */
  users?: Readonly<Record<string, string>>;
}

/** An MQTT broker (aedes) inside this process, with its messages and sessions in memory. */
export interface EmbeddedBroker {
  /** Its TCP port on 127.0.0.1. */
  readonly port: number;
  /** For example `mqtt://127.0.0.1:41883`. */
  readonly url: string;
  /** The broker itself, to listen to its events. */
  readonly aedes: Aedes;
  /** Cuts all connections and listens no more; sessions and retained messages stay. */
  suspend(): Promise<void>;
  /** Listens again on the same port, after `suspend`. */
  restore(): Promise<void>;
  /** Cuts all connections and ends; legal twice. */
  close(): Promise<void>;
}

/** Starts a broker on the loopback interface. Rejects with a one-line error when the port cannot be had. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  const asked = options.port ?? 0;
  if (!Number.isInteger(asked) || asked < 0 || asked > 65535) {
    throw new RangeError(`broker port must be an integer from 1 to 65535, or 0 for a free one, got ${asked}`);
  }
  // Loaded when it is needed: most commands have no broker, and would start later for it.
  const { Aedes: Broker } = await import('aedes');
  const aedes = await Broker.createBroker();
  if (options.users !== undefined) requireUsers(aedes, options.users);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        const why = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? error.message);
        reject(new Error(`broker port ${port}: cannot listen on 127.0.0.1 (${why})`));
      };
      server.once('error', onError);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', onError);
        resolve();
      });
    });

  const suspend = (): Promise<void> =>
    new Promise((resolve) => {
      // Without a listening socket the callback gets an error, which is what was wanted.
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  try {
    await listen(asked);
  } catch (error) {
    await closed(aedes);
    throw error;
  }
  const port = (server.address() as AddressInfo).port;
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    aedes,
    suspend,
    restore: () => listen(port),
    close: async () => {
      await suspend();
      await closed(aedes);
    },
  };
}

function requireUsers(aedes: Aedes, users: Readonly<Record<string, string>>): void {
  aedes.authenticate = (_client, username, password, done) => {
    if (username !== undefined && Object.hasOwn(users, username) && password?.toString() === users[username]) {
      done(null, true);
      return;
    }
    // 4: bad user name or password (MQTT 3.1.1, table 3.1).
    const refusal: AuthenticateError = Object.assign(new Error('bad user name or password'), { returnCode: 4 });
    done(refusal, null);
  };
}

function closed(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}
