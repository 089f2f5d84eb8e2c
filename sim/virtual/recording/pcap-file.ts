/** Takes the bytes of a file, in order. They are valid until the call returns. */
export type FileSink = (bytes: Uint8Array) => void;

/** Microsecond pcap, low byte first (draft-ietf-opsawg-pcap). */
const MAGIC = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const LONGEST_PACKET = 65_535;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const IP_HEADER = 20;
const TCP_HEADER = 20;
const HEADERS = ETHERNET_HEADER + IP_HEADER + TCP_HEADER;
const SEGMENT = 1460;
const MQTT_PORT = 1883;
const FIRST_CLIENT_PORT = 49_152;
const PROTOCOL_TCP = 6;

const enum TcpFlag {
  fin = 0x01,
  syn = 0x02,
  rst = 0x04,
  psh = 0x08,
  ack = 0x10,
}

/**
 * Writes MQTT traffic as a pcap file. Ethernet, IPv4 and TCP headers are made up, with sequence numbers and checksums
 * that are right. Every server has port 1883, and what came over TLS is written as it was before encryption, so that
 * Wireshark takes it for MQTT.
 */
export class PcapFile {
  private readonly buffer = new Uint8Array(RECORD_HEADER + HEADERS + SEGMENT);
  private readonly view = new DataView(this.buffer.buffer);
  private connections = 0;
  private readonly names: string[] = [];

  constructor(private readonly sink: FileSink) {
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, MAGIC, true);
    header.setUint16(4, 2, true);
    header.setUint16(6, 4, true);
    header.setUint32(16, LONGEST_PACKET, true);
    header.setUint32(20, LINK_ETHERNET, true);
    sink(new Uint8Array(header.buffer));
  }

  /**
   * A connection of client number `client`, counted from 0, to the server at `address`. An address that is not IPv4
   * gets one of 198.51.100.0/24 (RFC 5737). `unixTime` tells the time in milliseconds since 1970, with a fraction.
   */
  connect(client: number, address: string, unixTime: () => number): PcapConnection {
    const port = FIRST_CLIENT_PORT + (this.connections++ % (65_536 - FIRST_CLIENT_PORT));
    return new PcapConnection(this, [192, 168, 88, 20 + (client % 200)], port, this.ipv4(address), unixTime);
  }

  /** Writes a packet; of `bytes[from..to)` there are at most 1,460. */
  packet(
    unixTime: number,
    source: Side,
    target: Side,
    flags: TcpFlag,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const { buffer, view } = this;
    const length = to - from;
    const microseconds = Math.floor(unixTime * 1000);
    const seconds = Math.floor(microseconds / 1_000_000);
    view.setUint32(0, seconds, true);
    view.setUint32(4, microseconds - seconds * 1_000_000, true);
    view.setUint32(8, HEADERS + length, true);
    view.setUint32(12, HEADERS + length, true);
    let at = RECORD_HEADER;
    this.hardwareAddress(at, target);
    this.hardwareAddress(at + 6, source);
    view.setUint16(at + 12, 0x0800);
    at += ETHERNET_HEADER;
    view.setUint16(at, 0x4500);
    view.setUint16(at + 2, IP_HEADER + TCP_HEADER + length);
    view.setUint16(at + 4, source.packets++ & 0xffff);
    // Don't fragment.
    view.setUint16(at + 6, 0x4000);
    buffer[at + 8] = 64;
    buffer[at + 9] = PROTOCOL_TCP;
    view.setUint16(at + 10, 0);
    buffer.set(source.address, at + 12);
    buffer.set(target.address, at + 16);
    view.setUint16(at + 10, this.checksum(at, at + IP_HEADER, 0));
    at += IP_HEADER;
    view.setUint16(at, source.port);
    view.setUint16(at + 2, target.port);
    view.setUint32(at + 4, source.sequence);
    view.setUint32(at + 8, (flags & TcpFlag.ack) !== 0 ? target.sequence : 0);
    buffer[at + 12] = (TCP_HEADER / 4) << 4;
    buffer[at + 13] = flags;
    view.setUint16(at + 14, 0xffff);
    view.setUint16(at + 16, 0);
    view.setUint16(at + 18, 0);
    buffer.set(bytes.subarray(from, to), at + TCP_HEADER);
    const end = at + TCP_HEADER + length;
    // The pseudo header: both addresses, the protocol, the length (RFC 9293, 3.1).
    view.setUint16(at + 16, this.checksum(at - 8, end, PROTOCOL_TCP + TCP_HEADER + length));
    const control = (flags & (TcpFlag.syn | TcpFlag.fin)) !== 0 ? 1 : 0;
    source.sequence = (source.sequence + length + control) >>> 0;
    this.sink(buffer.subarray(0, end));
  }

  /** Locally administered. */
  private hardwareAddress(at: number, { address }: Side): void {
    const { buffer } = this;
    buffer[at] = 0x02;
    buffer[at + 1] = 0;
    buffer.set(address, at + 2);
  }

  /** The sum of 16-bit words of RFC 1071, inverted. */
  private checksum(from: number, to: number, sum: number): number {
    const { buffer } = this;
    for (let i = from; i < to; i += 2) sum += (buffer[i]! << 8) | (i + 1 < to ? buffer[i + 1]! : 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return ~sum & 0xffff;
  }

  private ipv4(address: string): number[] {
    const parts = address.split('.').map(Number);
    if (parts.length === 4 && parts.every((part) => part >= 0 && part <= 255)) return parts;
    let place = this.names.indexOf(address);
    if (place < 0) place = this.names.push(address) - 1;
    return [198, 51, 100, 1 + (place % 254)];
  }
}

/** One end of a connection, and the sequence number of what it sends next. */
interface Side {
  readonly address: readonly number[];
  readonly port: number;
  sequence: number;
  packets: number;
}

const NOTHING = new Uint8Array(0);

/** A connection in a `PcapFile`, from the handshake, which its making writes, to its end. */
export class PcapConnection {
  private readonly client: Side;
  private readonly server: Side;
  private readonly ended = { client: false, server: false };

  constructor(
    private readonly file: PcapFile,
    clientAddress: readonly number[],
    port: number,
    serverAddress: readonly number[],
    private readonly unixTime: () => number,
  ) {
    // Any initial sequence numbers do; these differ from connection to connection.
    this.client = { address: clientAddress, port, sequence: (port * 0x10001) >>> 0, packets: 0 };
    this.server = { address: serverAddress, port: MQTT_PORT, sequence: (port * 0x1003f) >>> 0, packets: 0 };
    this.control(true, TcpFlag.syn);
    this.control(false, TcpFlag.syn | TcpFlag.ack);
    this.control(true, TcpFlag.ack);
  }

  /** `bytes[from..to)` went up, from the client to the server, or down. */
  pass(up: boolean, bytes: Uint8Array, from: number, to: number): void {
    const { file, client, server, unixTime } = this;
    const now = unixTime();
    for (let at = from; at < to; at += SEGMENT) {
      const end = Math.min(to, at + SEGMENT);
      const flags = TcpFlag.ack | (end === to ? TcpFlag.psh : 0);
      if (up) file.packet(now, client, server, flags, bytes, at, end);
      else file.packet(now, server, client, flags, bytes, at, end);
    }
  }

  /** The client or the server ends its stream. Ends that were written already are not written again. */
  end(up: boolean): void {
    const { ended } = this;
    if (up ? ended.client : ended.server) return;
    if (up) ended.client = true;
    else ended.server = true;
    this.control(up, TcpFlag.fin | TcpFlag.ack);
    this.control(!up, TcpFlag.ack);
  }

  /** The connection is broken, as the client sees it. */
  reset(): void {
    this.control(false, TcpFlag.rst | TcpFlag.ack);
  }

  private control(up: boolean, flags: TcpFlag): void {
    const { file, client, server, unixTime } = this;
    file.packet(unixTime(), up ? client : server, up ? server : client, flags, NOTHING, 0, 0);
  }
}
