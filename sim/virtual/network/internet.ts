import type { Listener } from './tcp.js';

/** How a TLS handshake goes wrong at a server. */
export type TlsFault = 'expired' | 'name' | 'untrusted' | 'version' | 'alert';

/** Something that can be connected to: an address and a port. A fault changes it while the world runs. */
export interface Server {
  readonly address: string;
  readonly port: number;
  listener: Listener;
  /** It speaks TLS. */
  tls: boolean;
  tlsFault: TlsFault | undefined;
  /** `refuses`: the computer answers with RST. `silent`: nothing answers. */
  state: 'listens' | 'refuses' | 'silent';
}

/** What a name is answered with. A fault changes it while the world runs. */
export interface NameRecord {
  /** Empty: there is no such name. */
  addresses: string[];
  /** No answer comes at all. */
  silent: boolean;
  /** The resolver of the device does not even say that. */
  hangs: boolean;
}

/** What a time server says. A fault changes it while the world runs. */
export interface TimeServer {
  /** Milliseconds that its time is ahead of the world's. */
  ahead: number;
  silent: boolean;
}

/** All that is beyond the access points: servers, names and the time. */
export class Internet {
  readonly servers: Server[] = [];
  readonly names = new Map<string, NameRecord>();
  readonly time: TimeServer = { ahead: 0, silent: false };
  /** Milliseconds that a resolver takes to answer. */
  resolveTime = 30;
  /** Everything is answered with this listener: a captive portal. */
  portal: Listener | undefined;

  listen(address: string, port: number, listener: Listener, tls = false): Server {
    const server: Server = { address, port, listener, tls, tlsFault: undefined, state: 'listens' };
    this.servers.push(server);
    return server;
  }

  find(address: string, port: number): Server | undefined {
    for (const server of this.servers) if (server.address === address && server.port === port) return server;
    return undefined;
  }

  /** Gives `name` these addresses, in place of those that it had. */
  name(name: string, addresses: readonly string[]): NameRecord {
    const record = { addresses: [...addresses], silent: false, hangs: false };
    this.names.set(name, record);
    return record;
  }
}

/** True for an IPv4 address, or an IPv6 address: they need no resolver. */
export function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
