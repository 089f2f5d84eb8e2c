import type { UdpSocket, UdpSocketOptions } from '../../../boards/ecma419/index.js';

/** A UDP class whose network is the test. */
export class ScriptedUdp implements UdpSocket {
  static sockets: ScriptedUdp[] = [];
  target: unknown;
  closed = 0;
  readonly sent: [packet: Uint8Array, address: string, port: number][] = [];
  private readonly packets: unknown[] = [];

  constructor(readonly options: UdpSocketOptions) {
    this.target = options.target;
    ScriptedUdp.sockets.push(this);
  }

  /** The name that was asked for last, with dots. */
  get name(): string {
    return nameIn(this.question);
  }

  get question(): Uint8Array {
    return this.sent.at(-1)![0];
  }

  read(): unknown {
    if (this.closed > 0) throw new Error('the socket is closed');
    return this.packets.shift();
  }

  write(packet: Uint8Array, address: string, port: number): void {
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

function nameIn(packet: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 12; packet[at] !== 0; at += 1 + packet[at]!) {
    labels.push(Buffer.from(packet.subarray(at + 1, at + 1 + packet[at]!)).toString());
  }
  return labels.join('.');
}

/** What a server can say beside addresses. */
export interface DnsAnswerOptions {
  /** The response code (RFC 1035, section 4.1.1). */
  code?: number;
  /** Other records in front of the addresses, as hexadecimal digits. */
  before?: string[];
  /** Changes of single bytes. */
  bytes?: Record<number, number>;
  /** Bytes that are missing at the end. */
  missing?: number;
  /** Without the question, as multicast DNS may have it: then the name is in the record. */
  isBare?: boolean;
}

/** The packet of an answer to `question` with these IPv4 addresses. */
export function dnsAnswer(question: Uint8Array, addresses: string[], options: DnsAnswerOptions = {}): ArrayBuffer {
  const { code = 0, before = [], bytes = {}, missing = 0, isBare = false } = options;
  const name = Buffer.from(question.subarray(12, question.length - 4)).toString('hex');
  const records = addresses.map((address) => {
    const value = Buffer.from(address.split('.').map(Number)).toString('hex');
    return `${isBare ? name : 'c00c'}0001${isBare ? '8001' : '0001'}0000003c0004${value}`;
  });
  const all = [...before, ...records];
  const packet = Buffer.concat([
    question.subarray(0, 2),
    Buffer.from([0x81, 0x80 | code, 0, isBare ? 0 : 1, 0, all.length, 0, 0, 0, 0]),
    isBare ? Buffer.alloc(0) : question.subarray(12),
    ...all.map((record) => Buffer.from(record, 'hex')),
  ]);
  for (const [at, byte] of Object.entries(bytes)) packet[Number(at)] = byte;
  return Uint8Array.from(packet.subarray(0, packet.length - missing)).buffer;
}
