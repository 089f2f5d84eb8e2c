import { MemoryStore } from '../../sim/hal/index.js';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import type { GatewayOptions, TagReporterOptions } from '../../src/device/index.js';
import { FlashLog, FullRule } from '../../src/telemetry/outbox/flash-log.js';
import { PolicyTable, Report } from '../../src/telemetry/index.js';
import { AdvertisementDecoder } from '../../src/tags/index.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH as ZERO, VirtualBoard } from './virtual-board.js';
import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

const TAG = 'DC:2C:6E:0F:C0:3D';
/** The time of day when a device starts. */
const EPOCH = ZERO + 5000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What of a device outlives a power cut. */
class Memory {
  readonly store = new MemoryStore();
  readonly flash: NorFlash;

  constructor(blocks = 32) {
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    this.flash = new NorFlash({ blocks, blockLength: 4096, random });
  }
}

interface Told {
  uptime: number;
  time?: number;
  timeEstimated?: boolean;
  gatewayUptime?: number;
  id: string;
}

/** A gateway from a power-on to a power cut. */
class Device {
  readonly virtual: VirtualBoard;
  readonly gateway: Gateway;
  readonly reporter: TagReporter;
  readonly log: FlashLog | undefined;
  readonly notices: string[] = [];
  /** When each payload came, on the virtual clock. */
  readonly cameAt: number[] = [];
  stopped = 0;

  constructor(
    memory: { store: MemoryStore; flash?: NorFlash },
    options: Partial<GatewayOptions & TagReporterOptions> = {},
    rule = FullRule.oldest,
    adjust: (virtual: VirtualBoard) => void = () => undefined,
  ) {
    this.virtual = new VirtualBoard(memory.store, 1, memory.store, memory.flash);
    adjust(this.virtual);
    const board = this.virtual.board();
    this.log = board.flash && new FlashLog(board.flash, { rule });
    const all = {
      connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 },
      profile: new PlainTagProfile({ gateway: 'shed' }),
      rules: [{ minimumInterval: 0, maximumInterval: 0 }],
      ...(this.log && { flashLog: this.log }),
      ...options,
    };
    const nothing = (): void => undefined;
    const handler = { onConnected: nothing, onFailed: nothing, onTag: nothing, onPublished: nothing };
    const onStopped = (): void => void this.stopped++;
    const onNotice = (text: string): void => void this.notices.push(text);
    this.reporter = new TagReporter(all, board, { ...handler, onNotice });
    this.gateway = new Gateway(all, board, { ...handler, onNotice, onStopped }, this.reporter);
    this.gateway.start();
  }

  /** One without a connection. */
  static away(memory: Memory, options: Partial<GatewayOptions & TagReporterOptions> = {}, rule?: FullRule): Device {
    return new Device(memory, options, rule, (virtual) => virtual.platform.network.set(false));
  }

  get outbox(): TagReporter['outbox'] {
    return this.reporter.outbox;
  }

  /** Every reading that there was is acknowledged, dropped, refused, or here. */
  checkAccount(): void {
    const { appendedCount, acknowledgedCount, droppedCount, refusedCount, waitingCount, inFlightCount } = this.outbox;
    expect(acknowledgedCount + droppedCount + refusedCount + waitingCount + inFlightCount).toBe(appendedCount);
  }

  run(milliseconds: number): void {
    this.virtual.run(milliseconds);
  }

  /** The tag's own uptime tells its readings apart. */
  hear(uptime: number, tag = TAG): void {
    this.virtual.scanner.hear(tag, mikrotik(uptime, 5000 + uptime));
  }

  /** `count` readings from `first` on, with so many milliseconds behind each. */
  hearAll(first: number, count: number, interval: number): void {
    for (let i = 0; i < count; i++) {
      this.hear(first + i);
      this.run(interval);
    }
  }

  readings(): Told[] {
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    return packets
      .filter(({ topic }) => topic.startsWith('tagwire/shed/tags/'))
      .map(({ payload }) => JSON.parse(payload.toString()) as Told);
  }

  uptimes(): number[] {
    return this.readings().map(({ uptime }) => uptime);
  }

  health(): { [key: string]: unknown } {
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    const payload = packets.filter(({ topic }) => topic === 'tagwire/shed/health').at(-1)!.payload;
    return JSON.parse(payload.toString()) as { [key: string]: unknown };
  }
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

describe('a reading that waits', () => {
  const OTHER = 'AA:BB:CC:00:00:01';
  const one = { connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], maxInFlight: 1 } };

  it('is sent as it was stored, whatever was heard since and not stored', () => {
    const device = new Device({ store: new MemoryStore() }, one);
    device.run(SECOND);
    device.hear(99, OTHER);
    device.run(SECOND);
    device.hear(1);
    device.hear(2);
    // It says nothing new.
    device.hear(99, OTHER);
    device.run(SECOND);
    expect(device.uptimes()).toEqual([99, 1, 2]);
    device.checkAccount();
  });

  it('is sent as it was stored, whatever a device heard since with which its own shares its working memory', () => {
    const rules = [{ minimumInterval: 0, maximumInterval: 0 }];
    const working = {
      decoder: new AdvertisementDecoder(),
      report: new Report(),
      policies: new PolicyTable(rules),
    };
    const devices = [1, 2].map(() => new Device({ store: new MemoryStore() }, { ...one, rules, working }));
    for (const device of devices) device.run(SECOND);
    for (let uptime = 1; uptime <= 3; uptime++) {
      devices.forEach((device, i) => device.hear(100 * i + uptime));
    }
    for (const device of devices) device.run(SECOND);
    expect(devices.map((device) => device.uptimes())).toEqual([
      [1, 2, 3],
      [101, 102, 103],
    ]);
  });

  it('is sent as it was stored, though there was no room for one that was made since', () => {
    const presence = { minimumSeconds: 10, maximumSeconds: 10 };
    const outbox = { capacity: 400, rule: FullRule.newest };
    const device = new Device({ store: new MemoryStore() }, { ...one, outbox, presence });
    device.run(SECOND);
    for (let uptime = 1; uptime <= 30; uptime++) {
      device.hear(uptime);
      if (uptime % 10 === 0) device.hear(100, OTHER);
    }
    device.run(MINUTE);
    const told = device.virtual.broker.all('publish') as IPublishPacket[];
    const reports = told.filter(({ topic }) => topic.includes('/tags/') || topic.includes('/presence/'));
    // What a topic says of the tag and of the kind is what the payload says.
    for (const { topic, payload } of reports) {
      const { address, presence: change } = JSON.parse(payload.toString()) as { address: string; presence?: string };
      expect(topic).toContain(address.replaceAll(':', ''));
      expect(topic.includes('/presence/')).toBe(change !== undefined);
    }
    const ids = reports.map(({ payload }) => (JSON.parse(payload.toString()) as Told).id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(device.outbox.refusedCount).toBeGreaterThan(0);
    device.checkAccount();
  });
});

describe('readings of a gateway with flash', () => {
  it('come through a power cut in an outage with times and names, all but those of the last seconds', () => {
    const memory = new Memory();
    const first = Device.away(memory);
    const heardAt: number[] = [];
    for (let i = 0; i < 1000; i++) {
      heardAt.push(ZERO + first.virtual.platform.time.now());
      first.hear(i);
      first.run(SECOND);
    }
    first.checkAccount();
    const second = new Device(memory);
    const count = second.outbox.waitingCount;
    expect(count).toBeGreaterThanOrEqual(995);
    expect(second.notices).toEqual([`readings from before the restart: ${count}`]);
    second.run(MINUTE);
    expect(second.uptimes()).toEqual(range(0, count));
    expect(second.readings().map(({ time }) => time)).toEqual(heardAt.slice(0, count));
    expect(second.readings().map(({ id }) => id)).toEqual(range(0, count).map((i) => `1/${i}`));
    expect(second.gateway.unacknowledged).toBe(0);
    second.checkAccount();
    const third = new Device(memory);
    third.run(MINUTE);
    expect([third.notices, third.readings()]).toEqual([[], []]);
  });

  it('come through a power cut at any moment with persistSeconds 0', () => {
    const memory = new Memory();
    const first = Device.away(memory, { outbox: { persistSeconds: 0 } });
    for (let i = 0; i < 300; i++) first.hear(i);
    const second = new Device(memory);
    second.run(MINUTE);
    expect(second.uptimes()).toEqual(range(0, 300));
  });

  it('never touch flash while the broker acknowledges', () => {
    const memory = new Memory();
    const device = new Device(memory);
    device.run(SECOND);
    const before = memory.flash.programCalls;
    device.hearAll(0, 1000, SECOND);
    expect(device.readings()).toHaveLength(1000);
    expect(memory.flash.programCalls).toBe(before);
  });

  it('stay in order over an outage that memory cannot hold', () => {
    const memory = new Memory();
    const device = new Device(memory, { outbox: { capacity: 512 } });
    device.run(SECOND);
    device.hearAll(0, 3, SECOND);
    device.virtual.platform.network.set(false);
    device.run(SECOND);
    device.hearAll(3, 500, 100);
    expect(device.outbox.backlogCount).toBeGreaterThan(490);
    device.checkAccount();
    device.virtual.platform.network.set(true);
    device.run(MINUTE);
    expect(device.uptimes()).toEqual(range(0, 503));
    expect(device.gateway.unacknowledged).toBe(0);
    device.checkAccount();
  });

  it('that are in flight for long are in the log, and end with a PUBACK that comes late', () => {
    const memory = new Memory();
    const first = new Device(memory);
    first.virtual.broker.acknowledges = false;
    first.run(SECOND);
    first.hearAll(0, 3, SECOND);
    first.run(10 * SECOND);
    expect([first.outbox.inFlightCount, first.outbox.used, first.log!.live]).toEqual([3, 0, 3]);
    const packets = (first.virtual.broker.all('publish') as IPublishPacket[]).filter(({ topic }) => /tags/.test(topic));
    first.gateway.onAcknowledged(packets[1]!.messageId!);
    expect([first.outbox.inFlightCount, first.outbox.acknowledgedCount, first.log!.live]).toEqual([2, 1, 2]);
    first.checkAccount();
    const second = new Device(memory);
    second.run(MINUTE);
    expect(second.uptimes()).toEqual([0, 2]);
  });

  it('that stop could not publish are kept for the next start', () => {
    const memory = new Memory();
    const first = new Device(memory);
    first.virtual.broker.acknowledges = false;
    first.run(100);
    first.hear(1);
    first.gateway.stop();
    first.run(10 * SECOND);
    expect([first.stopped, first.reporter.queue.persistedCount]).toEqual([1, 1]);
    const second = new Device(memory);
    second.run(SECOND);
    expect(second.uptimes()).toEqual([1]);
  });

  it('are not there twice for the same gateway that starts again', () => {
    const device = Device.away(new Memory());
    device.hear(1);
    device.gateway.stop();
    device.run(10);
    device.virtual.platform.network.set(true);
    device.gateway.start();
    device.run(5 * SECOND);
    expect(device.uptimes()).toEqual([1]);
    expect([device.stopped, device.gateway.unacknowledged]).toEqual([1, 0]);
  });

  it('that the broker does not take are gone from the log', () => {
    const memory = new Memory();
    const device = new Device(memory, { outbox: { persistSeconds: 0 }, healthSeconds: 60 });
    device.virtual.broker.acknowledges = false;
    device.run(SECOND);
    device.hear(1);
    device.run(100);
    const packet = (device.virtual.broker.all('publish') as IPublishPacket[]).find(({ topic }) => /tags/.test(topic))!;
    const payload = packet.payload as Buffer;
    const topic = Buffer.from(packet.topic);
    device.gateway.onSetAside({ packetId: packet.messageId!, topic, payload, size: payload.length });
    expect([device.outbox.inFlightCount, device.log!.live, device.outbox.droppedCount]).toEqual([0, 0, 1]);
    device.checkAccount();
    expect(memory.store.read('set-aside', new Uint8Array(0))).toBeGreaterThan(payload.length);
  });
});

describe('a log that is full', () => {
  it.each([
    ['oldest', FullRule.oldest],
    ['newest', FullRule.newest],
    ['thin', FullRule.thin],
  ])('drops by the rule %s, counts each, and says so', (name, rule) => {
    const memory = new Memory(6);
    const first = Device.away(memory, { outbox: { capacity: 1024, rule }, healthSeconds: 60 }, rule);
    first.hearAll(0, 1000, SECOND);
    first.checkAccount();
    const { outbox } = first;
    const lost = outbox.droppedCount + outbox.refusedCount;
    expect(lost).toBeGreaterThan(600);
    first.virtual.platform.network.set(true);
    first.run(2 * MINUTE);
    const uptimes = [...new Set(first.uptimes())].sort((a, b) => a - b);
    expect(uptimes).toHaveLength(1000 - lost);
    expect(first.health()).toMatchObject({ outbox: 0, dropped: lost });
    const { droppedFull, droppedThinned } = first.health() as { droppedFull: number; droppedThinned: number };
    expect((droppedFull ?? 0) + (droppedThinned ?? 0)).toBe(lost);
    if (name === 'oldest') expect(uptimes).toEqual(range(lost, 1000 - lost));
    if (name === 'newest') expect(uptimes.slice(0, 150)).toEqual(range(0, 150));
    if (name === 'thin') {
      expect(droppedThinned).toBeGreaterThan(400);
      // The shape of the outage stays: no gap is much longer than the others.
      const gaps = uptimes.slice(1).map((uptime, i) => uptime - uptimes[i]!);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(16);
      expect(uptimes[0]).toBeLessThan(16);
    }
    first.checkAccount();
  });
});

describe('the time of a reading', () => {
  const unset = (virtual: VirtualBoard): void => {
    virtual.clockSet = false;
  };

  it('that was made before the clock was set is found out later, and said to be estimated', () => {
    const memory = new Memory();
    const device = new Device(memory, {}, FullRule.oldest, (virtual) => {
      virtual.clockSet = false;
      virtual.platform.network.set(false);
    });
    device.run(1234);
    device.hearAll(0, 10, 10 * SECOND);
    device.virtual.clockSet = true;
    // A clock that is set once more does not move what was found out.
    device.hear(10);
    device.virtual.clockAhead = 3600_000;
    device.virtual.platform.network.set(true);
    device.run(MINUTE);
    const told = device.readings().sort((a, b) => a.uptime - b.uptime);
    expect(told.slice(0, 10).map(({ time }) => time)).toEqual(range(0, 10).map((i) => EPOCH + 1234 + i * 10 * SECOND));
    expect(told.map(({ timeEstimated }) => timeEstimated)).toEqual([...Array<true>(10).fill(true), undefined]);
  });

  it('is found out after a restart too, when the clock was set before it', () => {
    const memory = new Memory();
    const first = new Device(memory, { outbox: { persistSeconds: 0 } }, FullRule.oldest, (virtual) => {
      virtual.clockSet = false;
      virtual.platform.network.set(false);
    });
    first.run(2000);
    first.hear(0);
    first.run(10 * SECOND);
    first.virtual.clockSet = true;
    first.hear(1);
    const second = new Device(memory, {}, FullRule.oldest, unset);
    second.run(MINUTE);
    expect(second.readings()).toMatchObject([
      { uptime: 0, time: EPOCH + 2000, timeEstimated: true, id: '1/0' },
      { uptime: 1, time: EPOCH + 12000, id: '1/1' },
    ]);
  });

  it('is never a wrong one: after a restart without a clock it is the start and the uptime', () => {
    const memory = new Memory();
    const first = new Device(memory, { outbox: { persistSeconds: 0 } }, FullRule.oldest, (virtual) => {
      virtual.clockSet = false;
      virtual.platform.network.set(false);
    });
    first.run(61_234);
    first.hear(0);
    const second = new Device(memory);
    second.hear(1);
    second.run(MINUTE);
    const [news, old] = second.readings();
    expect(news).toMatchObject({ uptime: 1, time: EPOCH, id: '2/0' });
    expect(old).toMatchObject({ uptime: 0, gatewayUptime: 61234, id: '1/0' });
    expect(old).not.toHaveProperty('time');
  });

  it('does not reorder, whatever the clock does', () => {
    const memory = new Memory();
    const first = Device.away(memory, { outbox: { persistSeconds: 0 } });
    for (let i = 0; i < 100; i++) {
      first.virtual.clockAhead = (i % 7) * 86_400_000;
      first.hear(i);
      first.run(SECOND);
    }
    const second = new Device(memory);
    second.run(MINUTE);
    expect(second.uptimes()).toEqual(range(0, 100));
  });
});

describe('an age limit', () => {
  it('drops what waited for longer, also while there is no connection, and counts it', () => {
    const memory = new Memory();
    const device = Device.away(memory, { maxAgeSeconds: 100, healthSeconds: 60 });
    device.hearAll(0, 300, SECOND);
    expect(device.outbox.waitingCount).toBeLessThanOrEqual(120);
    device.virtual.platform.network.set(true);
    device.run(MINUTE);
    const uptimes = device.uptimes();
    expect(Math.min(...uptimes)).toBeGreaterThanOrEqual(199);
    expect(device.health()).toMatchObject({ dropped: 300 - uptimes.length, droppedOld: 300 - uptimes.length });
    device.checkAccount();
  });
});

describe('a pace', () => {
  it('is kept in every second of a replay, which takes at most a tenth longer; new readings do not wait for it', () => {
    const memory = new Memory(64);
    const first = Device.away(memory, { outbox: { persistSeconds: 0 } });
    for (let i = 0; i < 2000; i++) first.hear(i);
    const second = new Device(memory, { pace: { messagesPerSecond: 50 } });
    const came: number[] = [];
    let seen = 0;
    let doneAt = 0;
    for (let now = 0; doneAt === 0 && now < 60_000; now += 5) {
      if (now % 1000 === 0) second.hear(10_000 + now);
      second.run(5);
      const count = second.virtual.broker.count('publish');
      for (; seen < count; seen++) came.push(now);
      if (second.outbox.backlogCount + second.outbox.inFlightCount === 0) doneAt = now;
    }
    for (let i = 50; i < came.length; i++) expect(came[i]! - came[i - 50]!).toBeGreaterThanOrEqual(990);
    expect(doneAt / 1000).toBeLessThan((1.1 * came.length) / 50);
    const uptimes = second.uptimes();
    expect(uptimes.filter((uptime) => uptime < 10_000)).toEqual(range(0, 2000));
    second.checkAccount();
  });

  it('limits what is in flight', () => {
    const device = new Device(new Memory(), { pace: { messagesPerSecond: 1000, inFlight: 3 } });
    device.virtual.broker.acknowledges = false;
    device.run(SECOND);
    for (let i = 0; i < 10; i++) device.hear(i);
    device.run(SECOND);
    expect(device.outbox.inFlightCount).toBe(3);
  });
});

describe('a copy of the outbox of an earlier firmware', () => {
  it('is removed, and people are told', () => {
    const memory = new Memory();
    const copy = new Uint8Array(100);
    memory.store.write('outbox', copy, 0, copy.length);
    const device = new Device(memory);
    expect(device.notices).toEqual([
      'the outbox that an earlier firmware had saved is dropped: this one cannot read it',
    ]);
    expect(memory.store.read('outbox', copy)).toBe(-1);
  });
});

describe('a gateway without flash', () => {
  it('loses with a restart what was not acknowledged, and drops the oldest when memory is full', () => {
    const store = new MemoryStore();
    const device = new Device({ store }, { outbox: { capacity: 1024 } }, FullRule.oldest, (virtual) => {
      virtual.platform.network.set(false);
    });
    device.hearAll(0, 100, SECOND);
    device.checkAccount();
    device.virtual.platform.network.set(true);
    device.run(MINUTE);
    const uptimes = device.uptimes();
    expect(uptimes).toEqual(range(100 - uptimes.length, uptimes.length));
    expect(device.outbox.droppedCount).toBe(100 - uptimes.length);
    device.checkAccount();
  });
});
