import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TransportFailure } from '../../../../src/hal/index.js';
import type { Advertisement, Endpoint, Transport, TransportHandler } from '../../../../src/hal/index.js';
import { Capture } from '../../../../sim/capture/capture.js';
import { BtsnoopFile, CaptureTap, connectionReset, PcapFile } from '../../../../sim/virtual/index.js';
import { CapturedTransport, randomWorld, run } from '../../../../sim/virtual/index.js';
import { makeTemporaryFolder } from '../../../support/temp.js';
import { dissect, requireTshark } from '../../../support/tshark.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

const MINUTE = 60_000;
/** The checksums of packets are only looked at when asked for. */
const CHECKED = { options: ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE'] };
const PACKET_TYPES = { connect: '1', connack: '2', publish: '3', puback: '4', subscribe: '8', suback: '9' };

class Gathered {
  private readonly parts: Buffer[] = [];
  readonly sink = (bytes: Uint8Array): void => void this.parts.push(Buffer.from(bytes));

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  save(name: string): string {
    const path = folder.file(name);
    writeFileSync(path, this.bytes);
    return path;
  }
}

requireTshark()('the captures of a run in virtual time', () => {
  const world = randomWorld(7);
  let pcap: string;
  let btsnoop: string;
  let hash: string;
  let outcome: Awaited<ReturnType<typeof run>>;

  beforeAll(async () => {
    const faults = [connectionReset(10 * MINUTE)];
    ({ hash } = await run(world, faults, 7, { hours: 0.5 }));
    const packets = new Gathered();
    const advertisements = new Gathered();
    const tap = new CaptureTap(new PcapFile(packets.sink), new BtsnoopFile(advertisements.sink));
    outcome = await run(world, faults, 7, { hours: 0.5, taps: [tap] });
    pcap = packets.save('world.pcap');
    btsnoop = advertisements.save('world.btsnoop');
  }, 60_000);

  it('change nothing', () => {
    expect(outcome.hash).toBe(hash);
  });

  it('have TCP with right checksums, and sequence numbers without a gap', async () => {
    const bad = 'ip.checksum.status != 1 || tcp.checksum.status != 1 || tcp.analysis.flags || _ws.malformed';
    expect(await dissect(pcap, ['frame.number', '_ws.col.Info'], { filter: bad, ...CHECKED })).toEqual([]);
    const rows = await dissect(pcap, ['tcp.stream', 'tcp.dstport'], {
      filter: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
    });
    expect(rows).toEqual([
      ['0', '1883'],
      ['1', '1883'],
    ]);
    const resets = await dissect(pcap, ['tcp.stream', 'ip.src'], { filter: 'tcp.flags.reset == 1' });
    expect(resets).toEqual([['0', '203.0.113.10']]);
  });

  it('have the MQTT packets of the firmware and of the broker, with their topics', async () => {
    const types = (await dissect(pcap, ['mqtt.msgtype'], { filter: 'mqtt' })).flatMap(([values]) => values!.split(','));
    const count = (type: string): number => types.filter((other) => other === type).length;
    expect(count(PACKET_TYPES.connect)).toBe(2);
    expect(count(PACKET_TYPES.connack)).toBe(2);
    expect(count(PACKET_TYPES.subscribe)).toBe(count(PACKET_TYPES.suback));
    const topics = (await dissect(pcap, ['mqtt.topic'], { filter: 'mqtt.msgtype == 3 && ip.dst == 203.0.113.10' }))
      .flatMap(([values]) => values!.split(','))
      // Of a SUBSCRIBE in the same segment.
      .filter((topic) => !topic.endsWith('+'))
      .sort();
    expect(topics).toEqual(outcome.ledger.received.map(({ topic }) => topic).sort());
    const [connect] = await dissect(pcap, ['mqtt.clientid', 'mqtt.willtopic', 'mqtt.protoname'], {
      filter: 'mqtt.msgtype == 1',
    });
    expect(connect).toEqual(['tagwire-gateway-1', 'tagwire/gateway-1/status', 'MQTT']);
  });

  it('have the advertisements that were heard, each with address, signal strength and data', async () => {
    const rows = await dissect(btsnoop, ['bthci_evt.bd_addr', 'bthci_evt.rssi', '_ws.malformed'], {
      filter: 'bthci_evt.le_meta_subevent == 0x02',
    });
    const heard = outcome.ledger.tags.reduce((sum, tag) => sum + tag.heard, 0);
    expect(rows.length).toBe(heard);
    const addresses = new Set(rows.map(([address]) => address!.toUpperCase()));
    expect([...addresses].sort()).toEqual(world.tags.map(({ address }) => address).sort());
    for (const [, rssi, malformed] of rows) {
      expect(Number(rssi)).toBeLessThan(-20);
      expect(malformed ?? '').toBe('');
    }
  });
});

requireTshark()('BtsnoopFile', () => {
  const advertisement = (length: number): Advertisement => ({
    address: Uint8Array.of(0xc4, 0x7c, 0x8d, 0x6a, 0x01, 0x02),
    addressType: 1,
    rssi: -71,
    // One AD structure, of the maker that is for tests.
    bytes: Uint8Array.of(0, length - 1, 0xff, 0xff, 0xff, ...Array.from({ length: length - 4 }, (_, i) => i & 0xff)),
    from: 1,
    to: length + 1,
  });

  it('writes what does not fit into a legacy report as an extended one, in fragments', async () => {
    const file = new Gathered();
    const btsnoop = new BtsnoopFile(file.sink);
    const lengths = [31, 32, 229, 230, 255];
    for (const length of lengths) btsnoop.add(1_790_000_000_123.456, advertisement(length));
    const found = [...new Capture(file.bytes, 'test').advertisements()];
    expect(found.map(({ bytes }) => bytes.length)).toEqual(lengths);
    found.forEach((one, i) => {
      const { bytes, from, to, address, addressType, rssi } = advertisement(lengths[i]!);
      expect([...one.bytes]).toEqual([...bytes.subarray(from, to)]);
      expect(one).toMatchObject({ address, addressType, rssi, timeMicroseconds: 1_790_000_000_123_456 });
    });
    const path = file.save('extended.btsnoop');
    const rows = await dissect(path, ['frame.time_epoch', 'bthci_evt.le_meta_subevent', 'bthci_evt.data_length']);
    expect(rows.map(([time, ...row]) => [Number(time).toFixed(6), ...row])).toEqual(
      [
        ['0x02', '31'],
        ['0x0d', '32'],
        ['0x0d', '229'],
        ['0x0d', '229'],
        ['0x0d', '1'],
        ['0x0d', '229'],
        ['0x0d', '26'],
      ].map((row) => ['1790000000.123456', ...row]),
    );
    // Fragments are not joined by tshark, so it misses the end of the one structure that is in them.
    const malformed = await dissect(path, ['frame.number'], { filter: '_ws.malformed' });
    expect(malformed.map(([frame]) => Number(frame)).filter((frame) => frame <= 3)).toEqual([]);
  });
});

/** A transport that does what it is told. */
class HandTransport implements Transport {
  handler!: TransportHandler;
  room = Infinity;

  open(_address: string, _endpoint: Endpoint, handler: TransportHandler): void {
    this.handler = handler;
  }

  write(_bytes: Uint8Array, from: number, to: number): number {
    return Math.min(this.room, to - from);
  }

  resume(): void {}

  close(): void {}
}

requireTshark()('CapturedTransport', () => {
  const file = new Gathered();
  const inner = new HandTransport();
  const transport = new CapturedTransport(inner, new PcapFile(file.sink), { device: 3, unixTime: () => 1.79e12 });
  let consumes = Infinity;
  const closes: [TransportFailure, string][] = [];
  const handler: TransportHandler = {
    onOpen: () => {},
    onReceive: (_bytes, from, to) => Math.min(consumes, to - from),
    onWritable: () => {},
    onClose: (...why) => closes.push(why),
  };
  const PINGREQ = Uint8Array.of(0xc0, 0);
  const PINGRESP = Uint8Array.of(0xd0, 0, 0xd0, 0);

  it('writes what a short write took, and what was left unread once', async () => {
    transport.open('2001:db8::1', { host: 'broker.example', port: 8883, tls: {} }, handler);
    inner.handler.onOpen();
    inner.room = 1;
    expect(transport.write(PINGREQ, 0, 2)).toBe(1);
    inner.room = 2;
    expect(transport.write(PINGREQ, 1, 2)).toBe(1);
    consumes = 1;
    expect(inner.handler.onReceive(PINGRESP, 0, 2)).toBe(1);
    consumes = Infinity;
    expect(inner.handler.onReceive(PINGRESP, 1, 4)).toBe(3);
    inner.handler.onClose(TransportFailure.ended, 'over');
    expect(closes).toEqual([[TransportFailure.ended, 'over']]);
    const path = file.save('hand.pcap');
    const bad = 'tcp.checksum.status != 1 || tcp.analysis.flags || _ws.malformed';
    expect(await dissect(path, ['frame.number'], { filter: bad, ...CHECKED })).toEqual([]);
    const mqtt = await dissect(path, ['ip.src', 'mqtt.msgtype'], { filter: 'mqtt' });
    expect(mqtt).toEqual([
      ['192.168.88.23', '12'],
      ['198.51.100.1', '13'],
      ['198.51.100.1', '13'],
    ]);
    const ends = await dissect(path, ['ip.src'], { filter: 'tcp.flags.fin == 1' });
    expect(ends).toEqual([['198.51.100.1'], ['192.168.88.23']]);
  });
});
