import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Firmware, makeTagReporter } from '../../src/device/index.js';
import { makeRecorder, Recorder, RecorderEntry } from '../../src/device/recorder.js';
import type { Advertisement, ScannerHandler } from '../../src/hal/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { makeRpc } from '../../src/rpc/make-rpc.js';
import { parseConfiguration, parseTagConfiguration } from '../../src/settings/index.js';
import { Machine } from '../xs/host/machine.js';
import { requireXs } from '../xs/host/require.js';
import { measure } from '../xs/measure-operations.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH, FullScanner, VirtualBoard } from './virtual-board.js';
import type { IPublishPacket } from 'mqtt-packet';

const TAG = 'DC:2C:6E:0F:C0:3D';
const TARGET = { recorder: true, tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };

interface Piece {
  at: number;
  size: number;
  now: number;
  time: number;
  data: string;
}

/** A board with a recorder. */
class Device {
  readonly virtual = new VirtualBoard();
  private calls = 0;

  constructor(recorder: number) {
    const configuration = parseConfiguration(
      { broker: 'mqtt://broker', gateway: 'shed', interval: 0, health: 0, presence: 0, recorder },
      TARGET,
    );
    Firmware.launch(configuration, this.virtual.board(), { makeReporter: makeTagReporter, makeRecorder, makeRpc });
    this.virtual.run(1000);
  }

  call(method: string, params?: unknown): { result?: unknown; error?: { code: number; message: string } } {
    const id = `c${++this.calls}`;
    this.publish(`tagwire/shed/cmd/${id}`, JSON.stringify({ method, params }));
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    const answer = packets.find(({ topic }) => topic === `tagwire/shed/res/${id}`)!;
    return JSON.parse(answer.payload.toString()) as { result?: unknown };
  }

  publish(topic: string, payload: string): void {
    this.virtual.broker.publish(topic, payload, 1);
    this.virtual.run(100);
  }

  dump(): { pieces: Piece[]; ring: Buffer } {
    const pieces: Piece[] = [];
    const parts: Buffer[] = [];
    let at = 0;
    do {
      const piece = this.call('recorder.dump', { at }).result as Piece;
      expect(piece.at).toBe(at);
      pieces.push(piece);
      parts.push(Buffer.from(piece.data, 'base64'));
      at += parts.at(-1)!.length;
    } while (at < pieces[0]!.size);
    return { pieces, ring: Buffer.concat(parts) };
  }
}

/** The entries of a ring: what they are, when, and the rest as text where it is a message. */
function entriesOf(ring: Buffer): { entry: RecorderEntry; now: number; rest: Buffer }[] {
  const entries = [];
  for (let at = 0; at < ring.length; at += ring.readUInt16LE(at)) {
    const rest = ring.subarray(at + 7, at + ring.readUInt16LE(at));
    entries.push({ entry: ring[at + 2]! as RecorderEntry, now: ring.readUInt32LE(at + 3), rest });
  }
  return entries;
}

describe('a recorder', () => {
  it('keeps the last inputs, and sends them by RPC in pieces that fit together', () => {
    const device = new Device(4096);
    for (let i = 0; i < 300; i++) {
      device.virtual.scanner.hear(TAG, mikrotik(i, 256 * 20), -60);
      device.virtual.run(50);
    }
    device.publish('tagwire/shed/cmd/x', '{"method":"scan","params":true}');
    const { pieces, ring } = device.dump();
    expect(pieces.length).toBeGreaterThan(8);
    expect(new Set(pieces.map(({ size }) => size)).size, 'the ring stands still').toBe(1);
    expect(pieces[0]!.time).toBe(EPOCH + pieces[0]!.now);
    expect(ring.length).toBe(pieces[0]!.size);
    expect(ring.length).toBeGreaterThan(4000);
    const entries = entriesOf(ring);
    const heard = entries.filter(({ entry }) => entry === RecorderEntry.advertisement);
    expect(heard.length).toBeGreaterThan(90);
    // The last ones, 50 ms apart.
    const last = heard.at(-1)!.rest;
    expect(last.readInt8(0)).toBe(-60);
    expect(last.subarray(2, 8).toString('hex')).toBe('dc2c6e0fc03d');
    expect(last.subarray(8).toString('hex')).toBe(mikrotik(299, 256 * 20));
    expect(heard.at(-1)!.now - heard.at(-2)!.now).toBe(50);
    const calls = entries.filter(({ entry }) => entry === RecorderEntry.message).map(({ rest }) => rest.subarray(3));
    expect(calls.map(String)).toEqual([
      'tagwire/shed/cmd/x{"method":"scan","params":true}',
      expect.stringContaining('recorder.dump'),
    ]);
  });

  it('records connections and their ends', () => {
    const device = new Device(1024);
    device.virtual.broker.drop();
    device.virtual.run(60_000);
    const entries = entriesOf(device.dump().ring).map(({ entry }) => entry);
    expect(entries.slice(0, 3)).toEqual([RecorderEntry.connected, RecorderEntry.disconnected, RecorderEntry.connected]);
  });

  it('goes on ten seconds after the last piece, and refuses a piece that does not fit to those before', () => {
    const device = new Device(1024);
    const hear = (): void => device.virtual.scanner.hear(TAG, mikrotik(1, 1), -60);
    hear();
    const { size } = device.call('recorder.dump').result as Piece;
    hear();
    expect((device.call('recorder.dump', { at: size }).result as Piece).size).toBe(size);
    device.virtual.run(10_001);
    hear();
    expect(device.call('recorder.dump', { at: size }).error!.message).toBe('params.at must be an integer from 0 to 0');
    device.virtual.run(10_001);
    expect((device.call('recorder.dump').result as Piece).size).toBeGreaterThan(size);
  });

  it('leaves payloads out in which a secret may be', () => {
    const device = new Device(2048);
    const secret = 'hunter2-secret-value';
    for (const params of [{ brokerPassword: secret }, { PASSWORD: secret }, { accessToken: secret }, { key: secret }]) {
      device.publish('tagwire/shed/cmd/y', JSON.stringify({ method: 'configuration.set', params }));
    }
    device.publish(
      'tagwire/shed/cmd/y',
      `{"method":"configuration.set","params":{"brokerP\\u0061ssword":"${secret}"}}`,
    );
    const { ring } = device.dump();
    expect(ring.includes('hunter2')).toBe(false);
    const hidden = entriesOf(ring).filter(({ entry, rest }) => entry === RecorderEntry.message && rest[0]! & 4);
    expect(hidden.length).toBe(5);
    expect(hidden.every(({ rest }) => rest.subarray(3).toString() === 'tagwire/shed/cmd/y')).toBe(true);
  });

  it('is off by default: nothing is recorded and there is no such method', () => {
    const device = new Device(0);
    expect(device.call('recorder.dump').error!.message).toMatch(/^unknown method recorder\.dump/);
  });

  it('keeps what a scanner can do', () => {
    const { clock } = new VirtualBoard().board();
    const scanner = new FullScanner();
    const recorder = new Recorder(256, { clock, scanner });
    recorder.scanner!.pause!();
    recorder.scanner!.resume!();
    recorder.scanner!.reset!();
    expect(scanner.calls).toEqual(['pause', 'resume', 'reset']);
    const bare = new Recorder(256, { clock, scanner: { start: () => {}, stop: () => {} } });
    expect(Object.keys(bare.scanner!)).toEqual(['start', 'stop']);
  });

  it('holds whole entries only, whatever comes', () => {
    let now = 0;
    const handler: ScannerHandler = { onAdvertisement: () => {} };
    let tell: ScannerHandler = handler;
    const scanner = { start: (_: unknown, to: ScannerHandler) => void (tell = to), stop: () => {} };
    const recorder = new Recorder(300, { clock: { now: () => now, unixTime: () => 0 }, scanner });
    recorder.scanner!.start({ intervalMilliseconds: 10, windowMilliseconds: 10, active: false }, handler);
    for (let i = 0; i < 2000; i++) {
      now += 7;
      const bytes = new Uint8Array((i * 37) % 256).fill(i);
      const advertisement: Advertisement = {
        ...{ address: new Uint8Array(6), addressType: 0, rssi: -i % 100, bytes, from: 0, to: bytes.length },
      };
      tell.onAdvertisement(advertisement);
      const topic = Buffer.from('a/b');
      const payload = Buffer.alloc((i * 13) % 200, 'x');
      const message: IncomingMessage = {
        ...{ topic, topicFrom: 0, topicTo: 3, payload, payloadFrom: 0, payloadTo: payload.length },
        ...{ offset: 0, total: payload.length, qos: 0, retain: true, dup: false, packetId: 0 },
      };
      recorder.message(message);
      if (i % 5 === 0) recorder.connected();
      const { bytes: memory, first, used } = recorder as unknown as { bytes: Uint8Array; first: number; used: number };
      const ring = Buffer.from(Array.from({ length: used }, (_, at) => memory[(first + at) % memory.length]!));
      let at = 0;
      while (at < ring.length) at += ring.readUInt16LE(at);
      expect(at).toBe(used);
      expect(used).toBeLessThanOrEqual(300);
    }
  });
});

describe('the key recorder', () => {
  const parse = (recorder: unknown, target = TARGET): unknown =>
    parseConfiguration({ broker: 'mqtt://broker', recorder }, target).recorder;

  it('is the size of the ring', () => {
    expect(parse(undefined)).toBeUndefined();
    expect(parse(0)).toBeUndefined();
    expect(parse('4096')).toBe(4096);
  });

  it('is refused when it is too small, where there is none, and where it does not fit', () => {
    expect(() => parse(100)).toThrow('recorder must be 0 or an integer from 256 to 65536, got 100');
    expect(() => parse(65537)).toThrow(/^recorder must be an integer from 0 to 65536, got /);
    expect(() => parse(256, { ...TARGET, recorder: false })).toThrow('recorder must be 0: this board has none');
    expect(() => parse(8192, { ...TARGET, memory: 10_000 } as typeof TARGET)).toThrow(
      /^tags, outbox, recorder, maxPayload and inFlight take \d+ bytes, but this board has room for 10000$/,
    );
  });
});

/** What a `Recorder` with a scanner may hold beside its ring. */
const SLOT_BUDGET = 100;

requireXs(32)('a recorder on XS', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start(32, 'recorder');
  }, 120_000);
  afterAll(() => machine.stop());

  it.each(['recordAdvertisement', 'recordMessage', 'recordConnection'])('takes nothing to %s', async (operation) => {
    expect(await measure(machine, operation)).toMatchObject({ slots: 0, chunkBytes: 0 });
  });

  it('fits its budget', async () => {
    await machine.call('construct', 1);
    const before = await machine.live();
    await machine.call('construct', 20);
    const after = await machine.live();
    const slots = (after.slots - before.slots) / 20;
    const bytes = (after.chunkBytes - before.chunkBytes) / 20;
    expect(slots).toBeLessThanOrEqual(SLOT_BUDGET);
    expect(bytes).toBeLessThan(1024 + 600);
  });
});
