import { writeFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, requireMosquitto } from '../support/mosquitto.js';
import { makeTemporaryFolder } from '../support/temp.js';
import type { TemporaryFolder } from '../support/temp.js';
import { MosquittoBroker, Sink } from './brokers.js';
import type { BenchBroker } from './brokers.js';
import { measureClient, measureTool, newClientId } from './processes.js';
import type { Order } from './processes.js';
import { BenchRun, Interrupted } from './rows.js';

const bench = new BenchRun(true, () => undefined);
const order: Omit<Order, 'side' | 'task'> = { qos: 1, operations: 300, warmUp: 50, window: 20 };
const SIDES = ['tagwire', 'mqttjs'] as const;

let sink: Sink;
let folder: TemporaryFolder | undefined;

beforeAll(async () => {
  sink = await Sink.start();
});
afterEach(() => folder?.remove());
afterAll(() => sink.stop());

describe('a measured process', () => {
  it.each(SIDES.flatMap((side) => ([0, 1] as const).map((qos) => [side, qos] as const)))(
    '%s publishes as many QoS %i messages as the others, warm-up included',
    async (side, qos) => {
      for (const bursts of [false, true]) {
        const clientId = newClientId();
        const gone = sink.gone(clientId);
        await measureClient(bench, sink, { ...order, side, task: 'publish', qos, bursts, clientId });
        // Behind QoS 0 one of QoS 1, after the warm-up too.
        expect(await gone).toBe(qos === 0 ? 352 : 350);
      }
    },
  );

  it.each([0, 20, 1000])('publishes packets made beforehand, with a window of %i', async (window) => {
    for (const [qos, warmUp] of [
      [0, 0],
      [0, 50],
      [1, 0],
      [1, 1500],
    ] as const) {
      const clientId = newClientId();
      const gone = sink.gone(clientId);
      await measureClient(bench, sink, { ...order, side: 'raw', task: 'publish', qos, warmUp, window, clientId });
      expect(await gone).toBe(300 + warmUp + (qos === 0 ? 2 : 0));
    }
  });

  it.each(SIDES)('%s receives what the sink sends', async (side) => {
    for (const qos of [0, 1] as const) {
      const filter = `source/${qos}/350`;
      const sample = await measureClient(bench, sink, { ...order, side, task: 'receive', qos, filter });
      expect(sample.perSecond).toBeGreaterThan(0);
      expect(sample.cpuMicroseconds).toBeGreaterThan(0);
    }
  });

  it.each([...SIDES.map((side) => [side, false] as const), ['tagwire', true] as const])(
    '%s stores messages without a connection, and sends them all (in a file: %s)',
    async (side, inFile) => {
      folder = makeTemporaryFolder();
      const clientId = newClientId();
      const work = { ...order, side, task: 'stored', clientId, ...(inFile && { store: folder.path }) } as const;
      const first = sink.gone(clientId);
      let second: Promise<number | undefined> | undefined;
      await measureClient(bench, sink, work, {
        connected: () => void sink.halt(),
        stored: () => {
          second = sink.gone(clientId);
          void sink.listen();
        },
      });
      expect(await first).toBe(0);
      expect(await second).toBe(300);
    },
  );

  it('is a gateway that reports each new reading, and none of the others', async () => {
    const work = { ...order, side: 'gateway', task: 'advertisements', operations: 2000, warmUp: 400 } as const;
    await measureClient(bench, sink, work);
    await measureClient(bench, sink, { ...work, changing: true });
  });

  it('is killed at an interruption', async () => {
    const run = new BenchRun(true, () => undefined);
    const endless = { ...order, side: 'raw', task: 'receive', qos: 0, filter: 'source/0/1' } as const;
    const measured = measureClient(run, sink, endless, { subscribed: () => run.interrupt() });
    await expect(measured).rejects.toThrow(Interrupted);
  });
});

requireMosquitto('mosquitto_pub')('Mosquitto and its tools', () => {
  let mosquitto: MosquittoBroker;

  beforeAll(async () => {
    mosquitto = await MosquittoBroker.start();
  });
  afterAll(() => mosquitto.stop());

  it('tells of a subscription, and of the end of a client', async () => {
    const clientId = newClientId();
    const client = await mqtt.connectAsync({ port: mosquitto.port, clientId });
    const subscribed = mosquitto.subscribed(clientId);
    await client.subscribeAsync('a', { qos: 1 });
    await subscribed;
    const gone = mosquitto.gone(clientId);
    await client.endAsync();
    await gone;
  });

  it.each(SIDES)('%s gets its own messages back through it', async (side) => {
    for (const qos of [0, 1] as const) {
      const sample = await measureClient(bench, mosquitto, { ...order, side, task: 'round-trip', qos });
      expect(sample.perSecond).toBeGreaterThan(0);
    }
  });

  it('measures mosquitto_pub until the broker has all of it', async () => {
    folder = makeTemporaryFolder();
    const input = folder.file('lines');
    writeFileSync(input, 'A\n'.repeat(500));
    const program = findProgram('mosquitto_pub')!;
    for (const broker of [sink, mosquitto] as BenchBroker[]) {
      const clientId = newClientId();
      const gone = broker.gone(clientId);
      const args = ['-h', '127.0.0.1', '-p', String(broker.port), '-i', clientId, '-t', 'a', '-q', '1', '-l'];
      const sample = await measureTool(bench, broker, program, args, 500, { input, end: gone });
      expect(await gone).toBe(broker === sink ? 500 : undefined);
      expect(sample.perSecond).toBeGreaterThan(0);
      expect(sample.cpuMicroseconds).toBeGreaterThan(0);
    }
  });

  it('says what a tool said when it failed', async () => {
    const program = findProgram('mosquitto_pub')!;
    const measured = measureTool(bench, sink, program, ['--nonsense'], 1, {});
    await expect(measured).rejects.toThrow(/ended with 1: .*Unknown option '--nonsense'/s);
  });
});
