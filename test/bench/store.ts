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
import { startMosquitto } from '../support/mosquitto.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { median, result } from './compare.js';
import type { Comparison } from './compare.js';

const ROUNDS = 25;
const READINGS = 15_000;
/** Advertisements in one turn of the event loop. */
const BATCH = 64;
/** Readings that wait at most: as much comes in as goes out. */
const MOST_WAITING = 256;

/**
 * The gateway of `tagwire sim` to Mosquitto, from the first reading to the PUBACK of the last one, with `--store` and
 * without, in turn. The scanner gives as many readings as go out.
 */
export async function benchStore(progress: (text: string) => void): Promise<Comparison[]> {
  // A broker that logs each packet would be measured with its log.
  const broker = await startMosquitto({ maxQueuedMessages: 0, settings: ['log_type none'] });
  try {
    await gatewayRate(broker.port);
    const rates = { withStore: [] as number[], without: [] as number[], ratios: [] as number[] };
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`gateway with --store, round ${round} of ${ROUNDS}`);
      // Whoever comes first finds another machine than who comes second.
      const before = round % 2 === 0 ? await rateOf(broker.port, false) : undefined;
      const withStore = await rateOf(broker.port, true);
      const without = before ?? (await rateOf(broker.port, false));
      rates.withStore.push(withStore);
      rates.without.push(without);
      rates.ratios.push(withStore / without);
    }
    const row = result('gateway --store', 'without it', median(rates.withStore), median(rates.without));
    // Of neighbours in time: a machine that is busy for a while slows both.
    return [{ ...row, ratio: median(rates.ratios) }];
  } finally {
    await broker.stop();
  }
}

async function rateOf(port: number, withStore: boolean): Promise<number> {
  if (!withStore) return gatewayRate(port);
  const folder = makeTemporaryFolder();
  try {
    return await gatewayRate(port, join(folder.path, 'device'));
  } finally {
    folder.remove();
  }
}

/** Readings a second. */
async function gatewayRate(port: number, store?: string): Promise<number> {
  const stores = openStores(store === undefined ? {} : { store });
  let begun = false;
  const handler: GatewayEngineHandler = {
    onConnected: () => undefined,
    onFailed: (failure) => fail(new Error(failure.detail)),
    onTag: () => undefined,
    onPublished: () => undefined,
    // What it is and how it is configured comes before.
    onLog: (line) => begun && fail(new Error(line)),
    onStopped: () => undefined,
    onDied: (problem) => fail(new Error(problem)),
  };
  const scanner = new HungryScanner(
    () => engine.counts.waiting < MOST_WAITING,
    () => engine.counts.acknowledged >= READINGS,
  );
  const board = simBoard(() => scanner, stores);
  const settings = { broker: `mqtt://127.0.0.1:${port}`, gateway: 'bench', interval: 0, heartbeat: 0, presence: 0 };
  const target = { inFlight: 64, tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
  const engine = new NodeEngine(
    { settings: { ...settings, outbox: 65536, health: 0, silent: 0 }, target },
    board,
    handler,
  );
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  try {
    const begin = performance.now();
    begun = true;
    engine.start();
    await Promise.race([scanner.done, failed]);
    return (READINGS * 1000) / (performance.now() - begin);
  } finally {
    await engine.end();
    stores.close();
  }
}

/** Gives an advertisement, each with a new reading, as long as `hungry`, until `full`. */
class HungryScanner implements Scanner {
  readonly done: Promise<void>;
  private finish: () => void = () => undefined;
  private handler: ScannerHandler | undefined;
  private given = 0;
  private readonly advertisement: Advertisement;
  private readonly view: DataView;

  constructor(
    private readonly hungry: () => boolean,
    private readonly full: () => boolean,
  ) {
    const bytes = bytesFromHex(mikrotik(0, 5120));
    this.advertisement = {
      address: bytesFromHex('DC2C6E000001'),
      addressType: 0,
      rssi: -60,
      bytes,
      from: 0,
      to: bytes.length,
    };
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
    this.done = new Promise((resolve) => (this.finish = resolve));
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    setImmediate(this.turn);
  }

  stop(): void {
    this.handler = undefined;
  }

  private readonly turn = (): void => {
    for (let i = 0; i < BATCH && this.given < READINGS && this.handler && this.hungry(); i++) {
      this.given++;
      this.view.setInt16(14, 5120 + (this.given % 1000), true);
      this.view.setUint32(16, this.given, true);
      this.handler.onAdvertisement(this.advertisement);
    }
    if (this.full()) this.finish();
    else if (this.handler) setImmediate(this.turn);
  };
}
