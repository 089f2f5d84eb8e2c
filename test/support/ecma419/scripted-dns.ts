import type { DnsQuestion, UdpSocket, UdpSocketOptions } from '../../../boards/ecma419/index.js';

/** A UDP class whose network is the test. */
export class ScriptedUdp implements UdpSocket {
  static sockets: ScriptedUdp[] = [];
  target: unknown;
  closed = 0;
  readonly sent: [unknown, string, number][] = [];
  private readonly packets: unknown[] = [];

  constructor(readonly options: UdpSocketOptions) {
    this.target = options.target;
    ScriptedUdp.sockets.push(this);
  }

  read(): unknown {
    if (this.closed > 0) throw new Error('the socket is closed');
    return this.packets.shift();
  }

  write(packet: unknown, address: string, port: number): void {
    this.sent.push([packet, address, port]);
  }

  close(): void {
    this.closed++;
  }

  arrive(...packets: unknown[]): void {
    this.packets.push(...packets);
    this.options.onReadable.call(this, packets.length);
  }
}

/**
 * The structure of the SDK's resolver (examples/io/udp/dns/dns.js), driven by the test: a packet is an address, '' for
 * an answer without one, or something that does not parse.
 */
export class ScriptedDns {
  static resolvers: ScriptedDns[] = [];
  closed = 0;
  question: DnsQuestion | undefined;
  private socket: UdpSocket | undefined;

  constructor(readonly options: { servers: string[]; socket: { io: new (options: UdpSocketOptions) => UdpSocket } }) {
    ScriptedDns.resolvers.push(this);
  }

  resolve(question: DnsQuestion): void {
    this.question = question;
    this.socket = new this.options.socket.io({
      target: this,
      onReadable(count) {
        while (count-- > 0) (this.target as ScriptedDns).receive(this.read());
      },
    });
    this.socket.write(question.host, this.options.servers[0]!, 53);
  }

  close(): void {
    this.closed++;
    this.end();
  }

  giveUp(): void {
    this.end();
    this.question?.onError(this.question.host);
  }

  private receive(packet: unknown): void {
    if (typeof packet !== 'string') throw new TypeError('the packet does not parse');
    const question = this.question!;
    this.end();
    if (packet === '') question.onError(question.host);
    else question.onResolved(question.host, packet === 'undefined' ? undefined : packet);
  }

  private end(): void {
    this.socket?.close();
    this.socket = undefined;
  }
}
