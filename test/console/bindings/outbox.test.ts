import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../sim/hal/index.js';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { JsonWriter } from '../../../src/bytes/json-writer.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { VirtualDevice } from './virtual-device.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const SETTINGS = { presence: 0, persist: 5 };

const makeFlash = (): NorFlash => new NorFlash({ blocks: 8, blockLength: 4096, random: () => 0.5 });

function away(settings = SETTINGS, flash?: NorFlash): VirtualDevice {
  const device = new VirtualDevice(settings, new MemoryStore(), {}, () => {}, flash);
  device.virtual.broker.drop();
  device.virtual.platform.listen('broker', 1883, 'refuses');
  device.virtual.run(1000);
  return device;
}

function hear(device: VirtualDevice, count: number, seconds: number): void {
  for (let i = 0; i < count; i++) {
    device.virtual.scanner.hear(TAG, mikrotik(i, 5000 + i));
    device.virtual.run(seconds * 1000);
  }
}

/** What RPC answers. */
function statistics(device: VirtualDevice): unknown {
  const writer = new JsonWriter(new Uint8Array(1024));
  writer.reset(0, 1024);
  device.reporter.writeOutbox(writer);
  expect(writer.overflow).toBe(false);
  return JSON.parse(Buffer.from(writer.bytes.subarray(0, writer.at)).toString());
}

/** Lines of `print` by their names. */
async function print(device: VirtualDevice): Promise<{ [name: string]: string }> {
  const lines = (await device.type('/iot outbox print')).trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => /^ *([a-z-]+): (.*)$/.exec(line)!.slice(1)) as [string, string][]);
}

describe('/iot outbox and the statistics of RPC', () => {
  it('tell what waits, where, and since when', async () => {
    const device = away(SETTINGS, makeFlash());
    hear(device, 10, 60);
    hear(device, 1, 1);
    expect(statistics(device)).toEqual({
      waiting: 11,
      inFlight: 0,
      oldestSeconds: 601,
      inMemory: 1,
      inLog: 10,
      acknowledged: 0,
      dropped: {},
      droppedRanks: {},
      flash: {
        blocks: 8,
        free: expect.any(Number) as number,
        bad: 0,
        erasures: expect.any(Number) as number,
        programmed: expect.any(Number) as number,
        corrupt: 0,
        torn: 0,
      },
    });
    expect(await print(device)).toMatchObject({ waiting: '11', 'in-log': '10', 'in-memory': '1', oldest: '10m1s' });
    expect(await device.type(':put [/iot outbox get in-log]')).toBe('10\n');
  });

  it('look without a change', async () => {
    const device = away(SETTINGS, makeFlash());
    hear(device, 100, 1);
    const before = statistics(device);
    for (let i = 0; i < 3; i++) {
      await print(device);
      expect(statistics(device)).toEqual(before);
    }
    device.virtual.platform.listen('broker', 1883, device.virtual.broker);
    device.virtual.run(60_000);
    expect(statistics(device)).toMatchObject({ waiting: 0, inFlight: 0, inLog: 0, acknowledged: 100 });
    const places = device.virtual.broker.payloads.flatMap((payload) => /"uptime":(\d+)/.exec(payload)?.[1] ?? []);
    expect(places.map(Number)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('count what was dropped, by rule and by rank', async () => {
    const device = away({ ...SETTINGS, outbox: 1024 } as typeof SETTINGS);
    hear(device, 30, 1);
    const { dropped, droppedRanks, waiting } = statistics(device) as {
      dropped: { full: number };
      droppedRanks: { reading: number };
      waiting: number;
    };
    expect(dropped.full).toBe(30 - waiting);
    expect(droppedRanks).toEqual({ reading: dropped.full });
    expect(await device.type('/iot outbox drops print')).toBe(
      `0 by=rule name="full" count=${dropped.full}\n1 by=rank name="reading" count=${dropped.full}\n`,
    );
    expect(await device.type(':put [/iot outbox drops get 1 name]')).toBe('reading\n');
    expect(await print(device)).not.toHaveProperty('in-log');
  });

  it('count with a log that is full as much as is missing', () => {
    const device = away({ ...SETTINGS, persist: 0 }, makeFlash());
    hear(device, 1000, 1);
    const { dropped, droppedRanks, waiting } = statistics(device) as {
      dropped: { full: number };
      droppedRanks: { reading: number };
      waiting: number;
    };
    expect(waiting).toBeGreaterThan(50);
    expect(dropped).toEqual({ full: 1000 - waiting });
    expect(droppedRanks).toEqual({ reading: 1000 - waiting });
  });

  it('show the message that was set aside, and it cannot play with the terminal', async () => {
    const store = new MemoryStore();
    const topic = 'tagwire/shed/tags/X';
    const payload = `{"text":"\u001b[2J\u0007\r\n${'x'.repeat(300)}"}`;
    const record = Buffer.concat([Buffer.from([topic.length, 0]), Buffer.from(topic), Buffer.from(payload)]);
    store.write('set-aside', record, 0, record.length);
    const device = new VirtualDevice(SETTINGS, store);
    const shown = await print(device);
    expect(shown).toMatchObject({ 'set-aside-topic': topic, 'set-aside-size': String(payload.length) });
    expect(shown['set-aside-data']).toMatch(/^\{"text":"\\1B\[2J\\07\\r\\nx+\.\.\.$/);
    expect(statistics(device)).toMatchObject({ setAside: { topic, size: payload.length } });
  });

  it('leave out a message that was set aside and is damaged', async () => {
    const store = new MemoryStore();
    store.write('set-aside', Uint8Array.of(200, 0, 1, 2), 0, 4);
    expect(statistics(new VirtualDevice(SETTINGS, store))).not.toHaveProperty('setAside');
  });
});
