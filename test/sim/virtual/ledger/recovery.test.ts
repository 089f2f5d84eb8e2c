import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../src/mqtt/index.js';
import type { TagReporter } from '../../../../src/device/tag-reporter.js';
import {
  DisconnectReason,
  PublishOutcome,
  randomWorld,
  tagSilent,
  VirtualWorld,
} from '../../../../sim/virtual/index.js';
import type { Fault, ReceivedMessage, Simulation } from '../../../../sim/virtual/index.js';

const MINUTE = 60_000;

/** Runs 40 minutes with the default rules, changes the books, and returns the names of the rules that broke. */
async function judged(
  change: (simulation: VirtualWorld, received: ReceivedMessage[]) => void,
  faults: readonly Fault[] = [],
): Promise<string[]> {
  const simulation = new VirtualWorld(randomWorld(7), faults, 7, { hours: 2 / 3 });
  await simulation.runUntil(40 * MINUTE);
  change(simulation, simulation.ledger.received);
  return [...new Set(simulation.finish().broken.map(({ rule }) => rule))];
}

function at(minutes: number, install: Fault['install']): Fault {
  return { kind: 'test', at: minutes * MINUTE, install };
}

describe('the rules of recovery', () => {
  it('hold when nothing goes wrong', async () => {
    expect(await judged(() => {})).toEqual([]);
  });

  it('find a device that is not connected a quarter of an hour after the last fault', async () => {
    const stop = at(20, ({ devices }) => devices[0]!.firmware!.stop());
    expect(await judged(() => {}, [stop])).toContain('connected');
    const late = at(34, ({ devices }) => devices[0]!.firmware!.stop());
    expect(await judged(() => {}, [late])).not.toContain('connected');
  });

  it('find a device that does not run', async () => {
    expect(await judged(() => {}, [at(10, ({ devices }) => devices[0]!.start!.end())])).toContain('connected');
  });

  it('wait for a device that has no power yet', async () => {
    expect(await judged(() => {}, [at(10, ({ devices }) => devices[0]!.powerCut(3 * 60 * MINUTE))])).toEqual([]);
  });

  it('find a device that is connected and sends none of its reports', async () => {
    const hold = at(5, ({ devices }) => {
      const { queue } = devices[0]!.firmware!.gateway.reporter!;
      queue.publishWaiting = () => {};
    });
    expect(await judged(() => {}, [hold])).toContain('progress');
  });

  it('find a birth of another session than the will', async () => {
    const birth = at(5, ({ devices }) => {
      const { connection } = devices[0]!.firmware!.gateway;
      connection.publish(
        encodeUtf8('tagwire/' + devices[0]!.name + '/status'),
        encodeUtf8('{"session":"0-0"}'),
        1,
        false,
      );
    });
    expect(await judged(() => {}, [birth])).toContain('will');
  });

  it('find an outbox that was not drained', async () => {
    const hold = at(5, ({ devices }) => {
      const { queue } = devices[0]!.firmware!.gateway.reporter!;
      queue.publishWaiting = () => {};
      Object.defineProperty(queue, 'pending', { get: () => 65 });
    });
    expect(await judged(() => {}, [hold])).toContain('drained');
  });

  it('find a subscription that is missing, and a call that was not answered', async () => {
    const forget = at(10, ({ brokers }) => {
      const { model } = brokers[0]!;
      for (const session of [...model['sessions'].values()]) session.subscriptions.clear();
      model.subscriptionsChanged();
    });
    expect(await judged(() => {}, [forget])).toEqual(['subscribed', 'reachable']);
  });

  it('find a retained status that does not say online', async () => {
    const lie = at(10, ({ brokers }) => {
      brokers[0]!.model.publish('tagwire/gateway-1/status', Buffer.from('{"status":"offline"}'), 1, true);
    });
    expect(await judged(() => {}, [lie])).toEqual(['status']);
  });

  it('find connections that come faster than the backoff', async () => {
    const storm = at(10, ({ devices, deviceObservers }) => {
      const connection = devices[0]!.connections[0]!;
      for (let i = 0; i < 61; i++) for (const observer of deviceObservers) observer.onEnd?.(connection);
    });
    expect(await judged(() => {}, [storm])).toEqual(['storm']);
  });
});

/** What `presence` says of 80 minutes in which a tag falls silent after 10, with `change` made at the start. */
async function presenceOf(change: (reporter: TagReporter) => void = () => {}): Promise<string[]> {
  const first = {
    kind: 'test',
    at: 1,
    install: ({ devices }: Simulation) => change(devices[0]!.firmware!.gateway.reporter!),
  };
  const simulation = new VirtualWorld(randomWorld(7, { tags: 4 }), [first, tagSilent(10 * MINUTE, 60 * MINUTE, 3)], 7);
  await simulation.runUntil(80 * MINUTE);
  return simulation.finish().broken.map(({ rule, detail }) => rule + ': ' + detail);
}

describe('the rule of presence', () => {
  it('holds for a tag that falls silent and comes back', async () => {
    expect(await presenceOf()).toEqual([]);
  });

  it('finds a tag that is not told away', async () => {
    const broken = await presenceOf((reporter) => Object.assign(reporter, { reportDepartures: () => false }));
    expect(broken).toEqual([
      expect.stringMatching(/^presence: gateway-1: tag-4 is silent for \d+ s, and is not told away$/),
    ]);
  });

  it('finds arrivals that are not told', async () => {
    const broken = await presenceOf((reporter) => Object.assign(reporter, { reportChange: () => {} }));
    expect(broken[0]).toMatch(/^presence: gateway-1: tag-\d+ is heard, and its arrival is not told$/);
  });

  it('finds an arrival that is told twice', async () => {
    const twice = await presenceOf((reporter) => {
      const { reportChange } = reporter as unknown as { reportChange: (...all: unknown[]) => void };
      Object.assign(reporter, {
        reportChange: (...all: unknown[]) => [1, 2].forEach(() => reportChange.apply(reporter, all)),
      });
    });
    expect(twice[0]).toMatch(/^presence: gateway-1: tag-\d+ is told here twice$/);
  });
});

describe('the rules of conduct', () => {
  it('find what a client must not send', async () => {
    const violate = at(10, ({ brokers }) => {
      for (const observer of brokers[0]!.model.observers) {
        const client = { connection: 1, clientId: clientIdOf(brokers), username: undefined };
        observer.onDisconnect?.(client, DisconnectReason.violation, false, 'a test');
      }
    });
    expect(await judged(() => {}, [violate])).toContain('protocol');
  });

  it('find a secret in a log and in a message', async () => {
    const tell = at(10, ({ devices }) => devices[0]!.firmware!.log.line('joining with correct horse'));
    expect(await judged(() => {}, [tell])).toEqual(['secret']);
    const publish = at(10, ({ brokers }) => {
      const { model } = brokers[0]!;
      const client = { connection: 1, clientId: clientIdOf(brokers), username: undefined };
      const topic = model.topicOf('tagwire/gateway-1/answer');
      const payload = Buffer.from('"correct horse"');
      const message = { topic, payload, qos: 0, retain: false, publisher: client.clientId };
      for (const observer of model.observers) {
        observer.onPublish?.(client, { message, dup: false, packetId: 0, outcome: PublishOutcome.taken });
      }
    });
    expect(await judged(() => {}, [publish])).toEqual(['secret']);
  });

  it('find a tag that is told away while it was heard, or too early', async () => {
    const away = (silence: number) => (_: VirtualWorld, received: ReceivedMessage[]) => {
      const i = received.findIndex(({ topic }) => topic.includes('/presence/'));
      const text = Buffer.from(received[i]!.payload).toString().replace('arrived', 'away');
      const times = text.replace(
        /"time":(\d+)/,
        (_all, time: string) => `"time":${Number(time) + silence},"lastSeen":${time}`,
      );
      received[i] = { ...received[i]!, payload: Buffer.from(times) };
    };
    expect(await judged(away(900_000))).toEqual(['presence']);
    expect(await judged(away(10_000))).toEqual(['presence']);
  });
});

function clientIdOf(brokers: VirtualWorld['brokers']): string {
  return brokers[0]!.model.clientIds[0]!;
}
