import { join } from 'node:path';
import { CLOUDS } from '../../src/cloud/index.js';
import type { Advertisement, Scanner, ScannerHandler, ScanOptions } from '../../src/hal/index.js';
import { parseTagConfiguration } from '../../src/settings/index.js';
import type { GatewayEngineHandler } from '../../sim/gateway-engine.js';
import { openStores } from '../../sim/cli/console-flags.js';
import { NodeEngine } from '../../sim/node-engine.js';
import { simBoard } from '../../sim/sim-board.js';
import { bytesFromHex } from '../../sim/world/transmitter.js';
import { mikrotik } from '../device/hand-scanner.js';
import { startWatch, tell } from './work.js';
import type { Outcome, Work } from './work.js';

// The whole gateway of `tagwire sim` in a process of its own, with 200 tags, policies and presence, connected to a
// broker. Its scanner gives advertisements as fast as they are taken.

const TAGS = 200;
/** Advertisements in one turn of the event loop. */
const BATCH = 1000;
/** The same, when each is reported: as many as the outbox can be told of between two looks at it. */
const REPORTED_BATCH = 64;
/** Readings that wait at most: as much comes in as goes out. */
const MOST_WAITING = 256;
const POLICIES = 'mikrotik interval=10 heartbeat=3600 temperature=0.5 batteryPercent=1; ruuvi5 interval=30';
const EVERYTHING = { interval: 0, heartbeat: 0, presence: 0 };

export async function run(work: Work): Promise<void> {
  const { port, store, changing = false } = work;
  const stores = openStores(store === undefined ? {} : { store: join(store, 'device') });
  const settings = changing ? EVERYTHING : { policies: POLICIES, presence: 60 };
  let connect: () => void;
  const connected = new Promise<void>((resolve) => (connect = resolve));
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const handler: GatewayEngineHandler = {
    onConnected: () => connect(),
    onFailed: (failure) => fail(new Error(failure.detail)),
    onTag: () => undefined,
    onPublished: () => undefined,
    onLog: () => undefined,
    onStopped: () => undefined,
    onDied: (problem) => fail(new Error(problem)),
  };
  const scanner = new EagerScanner(changing);
  const broker = `mqtt://127.0.0.1:${port}`;
  const engine = new NodeEngine(
    {
      settings: { broker, gateway: work.clientId, ...settings, tags: 256, outbox: 65536, health: 0, silent: 0 },
      target: { inFlight: 64, tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS },
    },
    simBoard(() => scanner, stores),
    handler,
  );
  try {
    engine.start();
    await Promise.race([connected, failed]);
    const give = changing
      ? (count: number): Promise<void> => scanner.giveReadings(count, () => engine.counts)
      : (count: number): Promise<void> => scanner.give(count);
    await Promise.race([give(work.warmUp), failed]);
    // The first advertisement of each tag is news.
    const settle = async (): Promise<void> => {
      while (engine.counts.waiting + engine.counts.inFlight > 0) await new Promise(setImmediate);
    };
    await Promise.race([settle(), failed]);
    const { acknowledged } = engine.counts;
    const stop: () => Outcome = startWatch();
    await Promise.race([give(work.operations), failed]);
    const outcome = stop();
    const reported = engine.counts.acknowledged - acknowledged;
    if (reported !== (changing ? work.operations : 0)) throw new Error(`${reported} readings were reported`);
    tell(outcome);
  } finally {
    await engine.end();
    stores.close();
  }
}

/** Gives advertisements of 200 MikroTik tags in turn, on demand. */
class EagerScanner implements Scanner {
  private handler: ScannerHandler | undefined;
  private readonly advertisements: Advertisement[] = [];
  private readonly views: DataView[] = [];
  private given = 0;

  constructor(private readonly changing: boolean) {
    for (let tag = 0; tag < TAGS; tag++) {
      const bytes = bytesFromHex(mikrotik(0, 5120));
      const address = bytesFromHex(`DC2C6E0000${tag.toString(16).padStart(2, '0')}`);
      this.advertisements.push({ address, addressType: 0, rssi: -60, bytes, from: 0, to: bytes.length });
      this.views.push(new DataView(bytes.buffer, bytes.byteOffset));
    }
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
  }

  stop(): void {
    this.handler = undefined;
  }

  /** Gives so many. */
  give(count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      const turn = (): void => {
        for (let i = 0; i < BATCH && left > 0; i++, left--) this.hear();
        if (left > 0) setImmediate(turn);
        else resolve();
      };
      setImmediate(turn);
    });
  }

  /** Gives so many as the outbox empties, and waits for the last PUBACK. */
  giveReadings(count: number, counts: () => { waiting: number; acknowledged: number }): Promise<void> {
    const until = counts().acknowledged + count;
    return new Promise((resolve) => {
      let left = count;
      const turn = (): void => {
        for (let i = 0; i < REPORTED_BATCH && left > 0 && counts().waiting < MOST_WAITING; i++, left--) this.hear();
        if (counts().acknowledged < until) setImmediate(turn);
        else resolve();
      };
      setImmediate(turn);
    });
  }

  /** The next tag is heard, as strong as it happens to be. */
  private hear(): void {
    const number = this.given++;
    const tag = number % TAGS;
    const advertisement = this.advertisements[tag]!;
    advertisement.rssi = -60 - (number % 7);
    if (this.changing) {
      this.views[tag]!.setInt16(14, 5120 + (Math.floor(number / TAGS) % 1000), true);
      this.views[tag]!.setUint32(16, number, true);
    }
    this.handler?.onAdvertisement(advertisement);
  }
}
