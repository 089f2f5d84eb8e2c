import type { IPublishPacket } from 'mqtt-packet';
import { MemoryStore } from '../../sim/hal/index.js';
import { NorFlash, PowerCut } from '../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { Firmware, makeTagReporter, openFlashLog } from '../../src/device/index.js';
import { OutboxStatistics } from '../../src/device/outbox-statistics.js';
import type { Board } from '../../src/hal/index.js';
import { parseConfiguration, parseTagConfiguration } from '../../src/settings/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH, VirtualBoard } from './virtual-board.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };
/** From the moment when there is a network until SNTP has answered. */
const SNTP = 2 * SECOND;
/** Where the clock of `VirtualPlatform` begins. */
const CLOCK_BEGIN = 5000;

/** How a device spends its days. */
export interface WeekOptions {
  seed: number;
  days: number;
  /** Tags, and the milliseconds from one reading of a tag to its next. */
  tags: number;
  interval: number;
  /** Erase blocks of 4 KB of the log. */
  blocks: number;
  /** Restarts of a day that come without warning, and those in order. */
  powerCuts: number;
  restarts: number;
  /** Configuration keys; the rest as a board has it. */
  settings?: RawConfiguration;
}

/** What is not to be lost. */
export interface HeardReading {
  /** Its place among all readings, which is in its field `uptime`. */
  readonly place: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The start of the device in which it was heard, from 1. */
  readonly boot: number;
  /** The device had it before its power was cut: the call that took it returned. */
  taken: boolean;
  /** How often it arrived. */
  arrivals: number;
  id: string;
}

/** What became of the readings of all days. */
export interface Ledger {
  readonly heard: readonly HeardReading[];
  /** Readings that arrived, once or more. */
  arrived: number;
  /** Messages beyond the first of a reading. */
  duplicates: number;
  /** By the device's own counters, over all its starts: by the name of the rule. */
  dropped: { [reason: string]: number };
  /** Readings that never arrived, and how many milliseconds before a power cut they were heard; for none, Infinity. */
  readonly missing: { reading: HeardReading; cutAfter: number }[];
  /** Payloads without a time; with one that was estimated. */
  timeless: number;
  estimated: number;
  /** Payloads without a time, of a start in which the time of day became known. */
  wronglyTimeless: number;
  /** The most that a time was wrong, in milliseconds. */
  worstTime: number;
  /** Messages that came before an older reading that was not live either. */
  outOfOrder: number;
  /** Readings whose id had come with another one, or was not that of their start. */
  wrongIds: number;
  boots: number;
  outages: number;
  brokerRestarts: number;
  erasures: number;
}

type Incident = { at: number; run: () => void };

interface TagPayload {
  id: string;
  time?: number;
  timeEstimated?: boolean;
  uptime: number;
}

/** Lets a device live through days of outages, restarts, power cuts and restarts of its broker. */
export function liveThrough(options: WeekOptions): Ledger {
  return new Week(options).live();
}

class Week {
  private readonly random: SeededRandom;
  private readonly store = new MemoryStore();
  private readonly flash: NorFlash;
  private readonly broker = new VirtualBroker();
  private readonly heard: HeardReading[] = [];
  /** Starts in which a reading was heard when the time of day was known. */
  private readonly startsWithTime = new Set<number>();
  private readonly cuts: { boot: number; time: number }[] = [];
  private readonly ids = new Map<string, number>();
  private readonly ledger: Ledger;
  private readonly incidents: Incident[] = [];

  /** Milliseconds since the beginning of the first day. */
  private now = 0;
  private virtual!: VirtualBoard;
  private firmware: Firmware | undefined;
  private bootedAt = 0;
  private boot = 0;
  /** From when on the device knows the time of day; Infinity while it does not. */
  private timeKnownAt = Infinity;
  private networkUp = true;
  private brokerUp = true;
  private latestPlace = -1;
  private latestBacklog = -1;

  constructor(private readonly options: WeekOptions) {
    this.random = new SeededRandom(options.seed);
    const { blocks } = options;
    this.flash = new NorFlash({ blocks, blockLength: 4096, unit: 4, random: () => this.random.unit() });
    this.ledger = {
      heard: this.heard,
      arrived: 0,
      duplicates: 0,
      dropped: {},
      missing: [],
      timeless: 0,
      wronglyTimeless: 0,
      estimated: 0,
      worstTime: 0,
      outOfOrder: 0,
      wrongIds: 0,
      boots: 0,
      outages: 0,
      brokerRestarts: 0,
      erasures: 0,
    };
  }

  live(): Ledger {
    const { days, tags, interval } = this.options;
    this.plan();
    this.start();
    const step = interval / tags;
    for (let next = step; next < days * DAY; next += step) {
      this.advance(next);
      this.hear();
    }
    // A quiet day for what waits.
    this.advance(days * DAY);
    this.endOutage();
    this.advance((days + 1) * DAY);
    this.noteDrops();
    for (const reading of this.heard) {
      if (reading.arrivals > 0) continue;
      const cut = this.cuts.find(({ boot }) => boot === reading.boot)?.time ?? Infinity;
      this.ledger.missing.push({ reading, cutAfter: cut - reading.time });
    }
    this.ledger.boots = this.boot;
    this.ledger.erasures = this.flash.erasures.reduce((sum, count) => sum + count, 0);
    return this.ledger;
  }

  /** Makes up what happens, day by day. */
  private plan(): void {
    const { days, powerCuts, restarts } = this.options;
    const { random } = this;
    const at = (day: number): number => day * DAY + Math.floor(random.unit() * DAY);
    let free = 0;
    for (let day = 0; day < days; day++) {
      // From minutes to a day; the next one begins when this one is over.
      const length = Math.floor(3 * MINUTE * Math.exp(random.unit() * Math.log(DAY / (3 * MINUTE))));
      const begin = Math.max(at(day), free);
      free = begin + length + 10 * MINUTE;
      const kind = random.uint32() % 3;
      this.incidents.push({ at: begin, run: () => this.beginOutage(kind) });
      this.incidents.push({ at: begin + length, run: () => this.endOutage() });
      for (let i = 0; i < powerCuts; i++) this.incidents.push({ at: at(day), run: () => this.cutPower() });
      for (let i = 0; i < restarts; i++) this.incidents.push({ at: at(day), run: () => this.restart() });
      for (let i = 0; i < 2; i++) this.planBrokerRestart(at(day));
    }
    this.incidents.sort((one, other) => one.at - other.at);
  }

  /** What it has received and not acknowledged comes again. */
  private planBrokerRestart(at: number): void {
    const silence = Math.floor(this.random.unit() * 20 * SECOND);
    this.incidents.push({ at, run: () => void (this.broker.acknowledges = false) });
    this.incidents.push({ at: at + silence, run: () => this.restartBroker() });
  }

  private advance(to: number): void {
    while (this.incidents.length > 0 && this.incidents[0]!.at <= to) {
      const { at, run } = this.incidents.shift()!;
      this.pass(at);
      run();
    }
    this.pass(to);
  }

  private pass(to: number): void {
    // A power cut on the way ends one start, and the next one lives on from there.
    while (this.now < to) this.guard(() => this.run(to - this.now));
    this.collect();
  }

  private run(milliseconds: number): void {
    const { time } = this.virtual.platform;
    try {
      this.virtual.run(milliseconds);
    } finally {
      this.now = this.bootedAt + time.now() - CLOCK_BEGIN;
    }
  }

  /** A power cut that was asked for may come in the middle of a call. */
  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.afterCut();
    }
  }

  private start(): void {
    // The power may be cut while the device looks at its log.
    this.guard(() => this.launch());
  }

  private launch(): void {
    this.boot++;
    this.bootedAt = this.now;
    this.timeKnownAt = this.networkUp ? this.now + SNTP : Infinity;
    this.virtual = new VirtualBoard(this.store, this.random.uint32());
    this.virtual.platform.listen('broker', 1883, this.brokerUp ? this.broker : 'refuses');
    if (!this.networkUp) this.virtual.platform.network.set(false);
    const raw = { broker: 'mqtt://broker', gateway: 'shed', presence: 0, interval: 0, heartbeat: 0, health: 0 };
    const configuration = parseConfiguration({ ...raw, ...this.options.settings }, TARGET);
    this.firmware = Firmware.launch(configuration, this.board(), {
      openFlashLog,
      makeReporter: makeTagReporter,
    });
  }

  private board(): Board {
    const { time } = this.virtual.platform;
    const elapsed = (): number => this.bootedAt + time.now() - CLOCK_BEGIN;
    const unixTime = (): number => (elapsed() >= this.timeKnownAt ? EPOCH + elapsed() : 0);
    const clock = { now: () => time.now(), unixTime };
    return { ...this.virtual.board(), clock, flash: this.flash };
  }

  private hear(): void {
    if (this.now >= this.timeKnownAt) this.startsWithTime.add(this.boot);
    const place = this.heard.length;
    const tag = place % this.options.tags;
    const reading = { place, time: EPOCH + this.now, boot: this.boot, taken: false, arrivals: 0, id: '' };
    this.heard.push(reading);
    const address = `DC:2C:6E:00:00:${tag.toString(16).padStart(2, '0')}`;
    this.guard(() => {
      this.virtual.scanner.hear(address, mikrotik(place, 5000 + (place % 1000)));
      reading.taken = true;
    });
  }

  private beginOutage(kind: number): void {
    this.ledger.outages++;
    if (kind === 0) {
      this.networkUp = false;
      this.virtual.platform.network.set(false);
      this.broker.freeze();
    } else {
      this.brokerUp = false;
      this.virtual.platform.listen('broker', 1883, 'refuses');
      if (kind === 1) this.broker.drop();
      else this.broker.freeze();
    }
  }

  private endOutage(): void {
    this.brokerUp = true;
    this.virtual.platform.listen('broker', 1883, this.broker);
    if (this.networkUp) return;
    this.networkUp = true;
    this.virtual.platform.network.set(true);
    if (this.timeKnownAt === Infinity) this.timeKnownAt = this.now + SNTP;
  }

  private restartBroker(): void {
    this.ledger.brokerRestarts++;
    this.broker.acknowledges = true;
    this.broker.drop();
  }

  /** In order, as the RPC `reboot` does it. */
  private restart(): void {
    this.guard(() => this.firmware!.restart());
    this.noteDrops();
    this.broker.drop();
    this.start();
  }

  /** At once, or in the middle of what the log writes next. */
  private cutPower(): void {
    if (this.random.unit() < 0.5) this.afterCut();
    else this.flash.cutAfter(Math.floor(this.random.unit() * 300));
  }

  private afterCut(): void {
    this.flash.restorePower();
    this.collect();
    this.broker.freeze();
    this.cuts.push({ boot: this.boot, time: EPOCH + this.now });
    if (this.firmware) this.noteDrops();
    this.firmware = undefined;
    this.start();
  }

  private noteDrops(): void {
    const { dropped } = this.ledger;
    const { queue } = this.firmware!.gateway.reporter!;
    for (const { name, count } of new OutboxStatistics(queue, this.store).reasons()) {
      dropped[name] = (dropped[name] ?? 0) + count;
    }
  }

  /** Takes what the broker received into the ledger. */
  private collect(): void {
    for (const { packet } of this.broker.received) {
      if (packet.cmd !== 'publish') continue;
      const { topic, payload } = packet as IPublishPacket;
      if (topic.startsWith('tagwire/shed/tags/')) this.arrive(JSON.parse(payload.toString()) as TagPayload);
    }
    this.broker.received.length = 0;
  }

  private arrive({ id, time, timeEstimated, uptime: place }: TagPayload): void {
    const { ledger } = this;
    const reading = this.heard[place]!;
    const known = this.ids.get(id);
    if (known === undefined) this.ids.set(id, place);
    else if (known !== place) ledger.wrongIds++;
    if (!id.startsWith(`${reading.boot}/`)) ledger.wrongIds++;
    if (time === undefined) {
      ledger.timeless++;
      if (this.startsWithTime.has(reading.boot)) ledger.wronglyTimeless++;
    } else ledger.worstTime = Math.max(ledger.worstTime, Math.abs(time - reading.time));
    if (timeEstimated) ledger.estimated++;
    if (reading.arrivals++ > 0) {
      ledger.duplicates++;
      return;
    }
    ledger.arrived++;
    reading.id = id;
    if (place > this.latestPlace) {
      this.latestPlace = place;
    } else {
      if (place < this.latestBacklog) ledger.outOfOrder++;
      this.latestBacklog = place;
    }
  }
}
