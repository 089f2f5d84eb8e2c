import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { readCbor } from '../../../sim/dashboard/cbor-reader.js';
import { isEarlierSession, readStatus, TopicsDevice } from '../../../sim/dashboard/topics-device.js';
import { readPayload } from '../../../sim/dashboard/topics-payload.js';
import type { ReportSeen } from '../../../sim/dashboard/topics-payload.js';
import { DEFAULT_TEMPLATE, guessPlace, TopicReader } from '../../../sim/dashboard/topics-place.js';
import { TopicsTags } from '../../../sim/dashboard/topics-tags.js';
import type { TagState } from '../../../sim/page/protocol.js';

const TAG = 'DC:2C:6E:0F:C0:3D';

describe('a topic', () => {
  it('is read by the template that it was made with', () => {
    const reader = new TopicReader(DEFAULT_TEMPLATE, 'site/north', 'shed');
    expect(reader.filters).toEqual(['site/north/shed/tags/+', 'site/north/shed/presence/+']);
    expect(reader.read('site/north/shed/tags/DC2C6E0FC03D')).toEqual({ tag: TAG, presence: false });
    expect(reader.read('site/north/shed/presence/DC2C6E0FC03D')).toEqual({ tag: TAG, presence: true });
    for (const other of [
      'site/north/barn/tags/DC2C6E0FC03D',
      'site/north/shed/tags/dc2c6e0fc03d',
      'site/north/shed/health',
      '',
    ]) {
      expect(reader.read(other), other).toBeUndefined();
    }
  });

  it('of any gateway names it, and values of their own', () => {
    const reader = new TopicReader('x/{gateway}.{format}/{tag}/{field}', 'tagwire');
    expect(reader.filters).toEqual(['x/+/+/+']);
    expect(reader.read('x/shed.ruuvi5/DC2C6E0FC03D/temperature')).toEqual({
      ...{ gateway: 'shed', format: 'ruuvi5', tag: TAG, field: 'temperature' },
    });
    expect(reader.read(`x/${'shed.'.repeat(10_000)}`)).toBeUndefined();
  });

  it('is a name without fields, however it looks', () => {
    const reader = new TopicReader('a.b/({prefix})', '$1', 'g');
    expect(reader.filters).toEqual(['a.b/($1)']);
    expect(reader.read('a.b/($1)')).toEqual({});
    expect(reader.read('aXb/($1)')).toBeUndefined();
    expect(() => new TopicReader('{tag}/{x}', 'p')).toThrow(/^the topic fields must be /);
  });

  it('is guessed where the template is not known', () => {
    expect(guessPlace('tagwire/shed/DC2C6E0FC03D/temperature')).toEqual({
      tag: TAG,
      presence: false,
      field: 'temperature',
    });
    expect(guessPlace('tagwire/shed/DC2C6E0FC03D/x')).toEqual({ tag: TAG, presence: false });
    expect(guessPlace('tagwire/shed/readings')).toEqual({});
  });
});

describe('CBOR', () => {
  it.each([
    ...[0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, -25, -300, -(2 ** 33)],
    ...[0.5, 1.1, -4.1, 1e300, 5.960464477539063e-8, 65_504, 100_000.5],
    ...['', 'ä€😀', true, false, null, [], [1, [2, [3]]], {}, { a: { b: [1.5, 'x'] } }],
  ])('is read as cborg wrote it: %j', (value) => {
    expect(readCbor(encode(value))).toEqual(value);
  });

  it('has byte strings in hexadecimal, tags left out, floats of 16 bits', () => {
    expect(readCbor(Buffer.from('4301ff00', 'hex'))).toBe('01ff00');
    expect(readCbor(Buffer.from('c11a514b67b0', 'hex'))).toBe(1_363_896_240);
    expect(readCbor(Buffer.from('f93c00', 'hex'))).toBe(1);
    expect(readCbor(Buffer.from('f9c400', 'hex'))).toBe(-4);
    expect(readCbor(Buffer.from('f97c00', 'hex'))).toBe(Infinity);
    // SenML has keys that are numbers.
    expect(readCbor(Buffer.from('a22061620005', 'hex'))).toEqual({ '-1': 'b', 0: 5 });
    expect(readCbor(Buffer.from('1bffffffffffffffff', 'hex'))).toBe(2 ** 64);
  });

  it('cannot change what other objects have, and takes no stack for what is nested without an end', () => {
    const told = readCbor(Buffer.from('a1695f5f70726f746f5f5fa1617801', 'hex')) as object;
    expect(Object.keys(told)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('x');
    for (const head of [0x81, 0xa1, 0xc1]) expect(readCbor(new Uint8Array(65_536).fill(head))).toBeUndefined();
  });

  it('that is cut short or goes on is none, at any length', () => {
    const whole = encode({ address: TAG, list: [1, 2.5, 'x'], big: 2 ** 40 });
    for (let length = 0; length < whole.length; length++) expect(readCbor(whole.subarray(0, length))).toBeUndefined();
    expect(readCbor(Buffer.concat([whole, Buffer.of(0)]))).toBeUndefined();
    for (const wrong of ['9f01ff', 'bf', 'ff', 'f8ff', '62ff41', '81'.repeat(17) + '00', 'fc']) {
      expect(readCbor(Buffer.from(wrong, 'hex')), wrong).toBeUndefined();
    }
  });
});

describe('a payload', () => {
  it('has fields with units, lists as text, and no more than there is room for', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]));
    const told = {
      address: TAG,
      events: ['tilt', 'freeFall'],
      temperature: 21.5,
      nested: { a: 1 },
      none: null,
      ...many,
    };
    const [report] = readPayload(Buffer.from(JSON.stringify(told)), {}, true).reports;
    expect(report!.fields.slice(0, 3)).toEqual([
      { name: 'events', value: 'tilt, freeFall' },
      { name: 'temperature', value: 21.5, unit: '°C' },
      { name: 'nested', value: '{"a":1}' },
    ]);
    expect(report!.fields.length).toBeLessThanOrEqual(128);
  });

  it('that is not complete is not read', () => {
    expect(readPayload(Buffer.from(JSON.stringify({ address: TAG })), {}, false)).toEqual({ reports: [] });
  });
});

describe('the table of tags', () => {
  const report = (told: Partial<ReportSeen>): ReportSeen => ({ address: TAG, format: 'ruuvi5', fields: [], ...told });
  const value = (number: number): ReportSeen['fields'] => [{ name: 'temperature', value: number, unit: '°C' }];
  const row = (tags: TopicsTags, id = TAG): TagState | undefined => tags.all().tags.find((tag) => tag.id === id);

  it('shows what was made last, and counts what comes late from a backlog', () => {
    const tags = new TopicsTags();
    tags.note(report({ id: '4/9', rssi: -50, time: 9000, fields: value(9) }), 9000, false);
    tags.note(report({ id: '4/3', rssi: -80, time: 3000, fields: value(3) }), 3000, false);
    expect(row(tags)).toMatchObject({ fields: value(9), heard: [{ rssi: -50, at: 9000 }], reports: 2 });
    // Its clock was set back.
    tags.note(report({ id: '4/10', rssi: -51, time: 100, fields: value(10) }), 9900, false);
    expect(row(tags)).toMatchObject({ fields: value(10), reports: 3 });
    // It started anew.
    tags.note(report({ id: '5/0', rssi: -51, time: 9999, fields: value(11) }), 9999, false);
    expect(row(tags)).toMatchObject({ fields: value(11), reports: 4 });
  });

  it('has who is here and who is away, though readings of before come after that', () => {
    const tags = new TopicsTags();
    tags.note({ address: TAG, presence: 'arrived', id: '4/1', time: 1000, fields: [] }, 1000, false);
    expect(row(tags)).toMatchObject({ presence: 'here', format: '' });
    tags.note(report({ id: '4/2', time: 2000 }), 2000, false);
    expect(row(tags)).toMatchObject({ presence: 'here', format: 'ruuvi5', reports: 1 });
    tags.note(report({ presence: 'away', id: '4/9', time: 9000 }), 9000, false);
    tags.note(report({ id: '4/5', time: 5000 }), 5000, false);
    expect(row(tags)!.presence).toBe('away');
    tags.note(report({ id: '4/12', time: 12_000 }), 12_000, false);
    expect(row(tags)!.presence).toBe('here');
  });

  it('says nothing of presence by what the broker had', () => {
    const tags = new TopicsTags();
    tags.note(report({ time: 1000 }), 1000, true);
    expect(row(tags)!.presence).toBeUndefined();
  });

  it('has a row for each format of an address, and its values one by one where they come so', () => {
    const tags = new TopicsTags();
    expect(tags.note(report({}), 1, false)).toBe(TAG);
    expect(tags.note(report({ format: 'ibeacon' }), 1, false)).toBe(`${TAG} ibeacon`);
    expect(tags.note(report({}), 1, false)).toBe(TAG);
    const parts = new TopicsTags();
    for (const [name, number] of [
      ['temperature', 1],
      ['humidity', 2],
      ['temperature', 3],
    ] as const) {
      parts.note({ address: TAG, fields: [{ name, value: number }], isPart: true }, 1, false);
    }
    parts.note({ address: TAG, rssi: -70, fields: [], isPart: true }, 2, false);
    expect(row(parts)).toMatchObject({
      fields: [
        { name: 'temperature', value: 3 },
        { name: 'humidity', value: 2 },
      ],
      reports: 1,
      heard: [{ rssi: -70, count: 1 }],
    });
  });

  it('tells changes once, and forgets tags that were not heard for longest', () => {
    const tags = new TopicsTags();
    for (let i = 0; i < 2100; i++) tags.note(report({ address: `A${i}` }), i, false);
    const changes = tags.takeChanges()!;
    expect(changes.tags).toHaveLength(2000);
    expect(changes.removed).toHaveLength(100);
    expect(tags.takeChanges()).toBeUndefined();
    tags.note(report({ address: 'A0' }), 3000, false);
    expect(tags.takeChanges()).toMatchObject({ tags: [{ id: 'A0' }], removed: ['A100'] });
  });

  it('has the next heartbeat by the policies of the device', () => {
    const tags = new TopicsTags();
    tags.note(report({ rssi: -50 }), 1000, false);
    expect(row(tags)!.heartbeatAt).toBeUndefined();
    tags.setPolicies(
      `default interval=10 heartbeat=60 events=yes; ruuvi5 heartbeat=120; ${TAG.replace('3D', '3E')} heartbeat=0`,
    );
    expect(row(tags)!.heartbeatAt).toBe(121_000);
    tags.note(report({ address: 'AA:BB:CC:DD:EE:FF', format: 'mikrotik' }), 5000, false);
    expect(row(tags, 'AA:BB:CC:DD:EE:FF')!.heartbeatAt).toBe(65_000);
    tags.note(report({ address: TAG.replace('3D', '3E') }), 5000, false);
    expect(row(tags, TAG.replace('3D', '3E'))!.heartbeatAt).toBeUndefined();
    expect(() => tags.setPolicies('no policies; at all')).not.toThrow();
  });
});

describe('a device', () => {
  it('has drops by rule, from the health report or from RPC, whichever is newer', () => {
    const device = new TopicsDevice();
    const drops = (): object => device.state(10, 0, '').drops;
    device.noteHealth({ uptime: 5, dropped: 9, droppedFull: 2, droppedOld: 1, setAside: 3 }, 1);
    expect(drops()).toEqual({ full: 2, age: 1, setAside: 3, 'rule not told': 3 });
    device.noteOutbox({ dropped: { full: 4, corrupt: 1 } }, 2);
    expect(drops()).toEqual({ full: 4, corrupt: 1 });
    device.noteHealth({ uptime: 6, dropped: 5, droppedFull: 5 }, 3);
    expect(drops()).toEqual({ full: 5 });
  });

  it('has meters of its memory, its outbox and its flash', () => {
    const device = new TopicsDevice();
    const flash = { blocks: 256, free: 240, bad: 1, erasures: 300 };
    device.noteHealth(
      { uptime: 5, freeChunkBytes: 9000, freeMemory: 75, usedMemory: 25, outbox: 12, backlog: 10, load: 13 },
      1,
    );
    device.noteOutbox({ inFlight: 3, inMemory: 5, inLog: 118, flash }, 2);
    const { meters, uptime } = device.state(1001, 0, '');
    expect(uptime).toBe(6000);
    const byId = Object.fromEntries(
      meters.map(({ id, value, maximum }) => [id, maximum === undefined ? [value] : [value, maximum]]),
    );
    expect(byId).toEqual({
      freeChunks: [9000],
      memory: [25, 100],
      load: [13, 100],
      inFlight: [3],
      outboxMemory: [5],
      outboxFlash: [118],
      flash: [16, 256],
      badBlocks: [1, 256],
      wear: [300, 100_000],
    });
  });

  it('knows a will that comes late', () => {
    expect(isEarlierSession('12-2', '12-3')).toBe(true);
    expect(isEarlierSession('11-9', '12-1')).toBe(true);
    expect(isEarlierSession('12-10', '12-9')).toBe(false);
    expect(isEarlierSession('12-3', '12-3')).toBe(false);
    expect(isEarlierSession('12-3', undefined)).toBe(false);
    // Its store failed: the numbers are random.
    expect(isEarlierSession('12-3', '3000000000-1')).toBe(false);
    expect(readStatus('{"status":"away"}')).toBeUndefined();
  });
});
