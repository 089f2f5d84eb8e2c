import fc from 'fast-check';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { BrokerModel } from '../../../../sim/virtual/broker/broker-model.js';
import type { BrokerModelOptions } from '../../../../sim/virtual/broker/options.js';
import { requireMosquitto, startMosquitto } from '../../../support/mosquitto.js';
import type { Mosquitto, MosquittoOptions } from '../../../support/mosquitto.js';
import { runScript, script, SECOND_CONNECT, TOLERATED, VIOLATIONS } from './script.js';
import type { OpenLink, Step } from './script.js';

/** Scripts for each kind of settings; a campaign sets more. */
const RUNS = Number(process.env['TAGWIRE_BROKER_SCRIPTS'] ?? 100);
const SEED = Number(process.env['TAGWIRE_BROKER_SEED'] ?? 1);

const ending: Mosquitto[] = [];

afterEach(async () => {
  for (const broker of ending.splice(0)) await broker.stop();
});

/** A new model for each script. */
function openModel(options: Partial<BrokerModelOptions>): OpenLink {
  const broker = new BrokerModel({ now: () => 0 }, options);
  return (data, ended) => {
    const connection = broker.accept({ send: data, close: ended });
    return {
      send: (bytes) => connection.receive(bytes, 0, bytes.length),
      lose: () => {
        connection.ended();
        ended();
      },
    };
  };
}

function openTcp(port: number): OpenLink {
  return (data, ended) => {
    // The end of the other side is not answered by itself, so that Mosquitto's end of a lost connection is seen.
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      socket.destroy();
      ended();
    };
    socket.on('data', data);
    socket.once('end', end);
    socket.once('close', end);
    socket.once('error', end);
    return {
      send: (bytes) => socket.write(bytes),
      lose: () => socket.end(),
    };
  };
}

requireMosquitto()('the broker model does as Mosquitto', () => {
  it('in what makes it close, where it is not more tolerant than the standard', async () => {
    const mosquitto = await startMosquitto();
    ending.push(mosquitto);
    const closes = async (hex: string, open: OpenLink): Promise<boolean> => {
      const [step] = await runScript([{ do: 'violate', slot: 0, hex }], open);
      return step![0]!.endsWith('not connected');
    };
    const both = [...VIOLATIONS, SECOND_CONNECT];
    for (const hex of both) expect([hex, await closes(hex, openTcp(mosquitto.port))]).toEqual([hex, true]);
    for (const hex of [...both, ...TOLERATED]) expect([hex, await closes(hex, openModel({}))]).toEqual([hex, true]);
  });

  // Without it, the kernel holds small answers back for 40 ms.
  const quick = 'set_tcp_nodelay true';
  const each = { settings: [quick, 'allow_duplicate_messages true'] };
  const small = { maxInflightMessages: 2, maxQueuedMessages: 4 };
  const kinds: [name: string, MosquittoOptions, Partial<BrokerModelOptions>, (steps: Step[]) => Step[]][] = [
    ['when each filter that matches brings a message', each, { overlapping: 'each' }, (steps) => steps],
    // Where filters overlap, Mosquitto takes the QoS of any of them, against [MQTT-3.3.5-1].
    ['when a message comes once', { settings: [quick] }, {}, withEqualQos],
    [
      'with small windows and queues',
      { ...each, ...small },
      { overlapping: 'each', inflightMessages: 2, queuedMessages: 4 },
      withOneWindow,
    ],
  ];
  it.each(kinds)('%s', async (_, settings, options, adapt) => {
    const mosquitto = await startMosquitto(settings);
    ending.push(mosquitto);
    const compare = async (generated: Step[]): Promise<void> => {
      const steps = adapt(generated);
      const expected = await runScript(steps, openTcp(mosquitto.port));
      const outcome = await runScript(steps, openModel(options));
      expect(describeOutcome(steps, outcome)).toEqual(describeOutcome(steps, expected));
    };
    await fc.assert(fc.asyncProperty(script, compare), { numRuns: RUNS, seed: SEED });
  });
});

/** All subscriptions with QoS 2. */
function withEqualQos(steps: Step[]): Step[] {
  return steps.map((step) =>
    step.do === 'subscribe' ? { ...step, filters: step.filters.map(([filter]) => [filter, 2] as const) } : step,
  );
}

/**
 * Only client 0 holds its answers, and messages come one by one: otherwise what finds room depends on who is faster,
 * and Mosquitto's window for what clients publish is full at times, when it acknowledges messages and loses them.
 * Nothing is retained, since the order of retained messages with different topics is open, and tells which of them
 * find room.
 */
function withOneWindow(steps: Step[]): Step[] {
  return steps.map((step): Step => {
    switch (step.do) {
      case 'hold':
        return { ...step, slot: 0 };
      case 'publish':
        return { ...step, retain: false, qos: step.slot === 0 && step.qos === 2 ? 1 : step.qos, count: 1 };
      case 'connect':
        return { ...step, will: step.will && { ...step.will, retain: false } };
      default:
        return step;
    }
  });
}

/** Steps and what came of them, for the message of a failure. */
function describeOutcome(steps: readonly Step[], outcome: readonly string[][]): string[] {
  return steps.map((step, i) => `${JSON.stringify(step)} → ${outcome[i]!.join(' | ')}`);
}
