import { describe, expect, it } from 'vitest';
import {
  connackDelayed,
  connectionReset,
  halfOpen,
  longMessages,
  nameFails,
  randomWorld,
  serverSilent,
} from '../../../../sim/virtual/index.js';
import { pubackLost, VirtualWorld } from '../../../../sim/virtual/index.js';
import { Counter } from '../../../../src/mqtt/layout.js';
import type { Device } from '../../../../sim/virtual/device.js';
import type { Fault } from '../../../../sim/virtual/index.js';

const MINUTE = 60_000;
const RULES = ['deadline', 'kept', 'patient', 'jitter', 'protocol'];

/** What the rules of connections say of 20 minutes with these faults, and with `change` made at minute 4. */
async function judged(
  faults: readonly Fault[],
  change: (device: Device) => void = () => {},
  minutes = 20,
): Promise<string[]> {
  const world = randomWorld(7, { tags: 4 });
  Object.assign(world.gateways[0]!.settings, { interval: 10, cleanSession: false });
  const first: Fault = { kind: 'clockjump', at: 4 * MINUTE, install: ({ devices }) => change(devices[0]!) };
  const simulation = new VirtualWorld(world, [first, ...faults], 7);
  await simulation.runUntil(minutes * MINUTE);
  const broken = simulation.finish().broken.filter(({ rule }) => RULES.includes(rule));
  return [...new Set(broken.map(({ rule, detail }) => rule + ': ' + detail.replace(/^(tagwire-)?gateway-1: /, '')))];
}

const connectionOf = (device: Device): object => device.firmware!.gateway.connection;

describe('the rule of patience', () => {
  it('holds while a long message comes, and finds who does not wait for the answer behind it', async () => {
    const faults = [longMessages(5 * MINUTE, 5 * MINUTE)];
    // Its end comes at all moments of the time that a PUBACK has.
    for (let more = 0; more < 60_000; more += 5000) {
      expect(await judged([longMessages(5 * MINUTE, 2 * MINUTE + more)]), String(more)).toEqual([]);
    }
    const broken = await judged(faults, (device) => {
      const { session } = device.firmware!.gateway.connection;
      session['progress'] = () => {};
    });
    expect(broken).toEqual(['patient: does not wait for an answer behind a message that comes']);
  });
});

describe('the rule of deadlines', () => {
  it.each([
    ['a name that nobody answers for', nameFails(5 * MINUTE, 5 * MINUTE, 0, 'hangs')],
    ['a broker that does not answer', serverSilent(5 * MINUTE, 5 * MINUTE)],
    ['a CONNACK that does not come', connackDelayed(5 * MINUTE, 5 * MINUTE, 0, 600_000)],
    ['a connection that is dead', halfOpen(5 * MINUTE)],
  ])('holds with %s', async (_, fault) => {
    expect(await judged([fault])).toEqual([]);
  });

  it('finds a name that is waited for without end', async () => {
    const broken = await judged([nameFails(5 * MINUTE, 5 * MINUTE, 0, 'hangs')], (device) =>
      Object.assign(connectionOf(device), { resolveTimeout: Infinity }),
    );
    expect(broken).toEqual(['deadline: waits for the address of a name too long']);
  });

  it('finds an attempt that is not given up', async () => {
    const broken = await judged([serverSilent(5 * MINUTE, 5 * MINUTE)], (device) =>
      Object.assign(connectionOf(device), { connectTimeout: Infinity }),
    );
    expect(broken).toEqual([expect.stringMatching(/^deadline: an attempt to connect is not given up after 4\d s$/)]);
  });

  it('finds a CONNACK that is waited for without end', async () => {
    const broken = await judged([connackDelayed(5 * MINUTE, 5 * MINUTE, 0, 600_000)], (device) => {
      const { session } = device.firmware!.gateway.connection;
      const tick = session.tick.bind(session);
      session.tick = (now) => {
        if (session.connected) tick(now);
      };
    });
    expect(broken).toEqual(['deadline: waits for CONNACK too long']);
  });

  it('finds a dead connection that is not found out', async () => {
    const broken = await judged([halfOpen(5 * MINUTE)], (device) => {
      device.firmware!.gateway.connection.session.tick = () => {};
    });
    expect(broken).toEqual([expect.stringMatching(/^deadline: a dead connection is not found out after 1\d\d s$/)]);
  });
});

describe('the rule that good connections are kept', () => {
  it('finds one that the device ends', async () => {
    const end: Fault = {
      kind: 'clockjump',
      at: 10 * MINUTE,
      install: ({ devices }) => devices[0]!.firmware!.gateway.connection.session.lost(),
    };
    expect(await judged([end])).toEqual(['kept: ends a connection without DISCONNECT, and nothing was wrong']);
    // Where something was wrong just before, nobody can tell.
    expect(await judged([connectionReset(9 * MINUTE), end])).toEqual([]);
  });

  it('finds one without PINGREQ', async () => {
    const broken = await judged([], (device) => {
      device.firmware!.gateway.connection.publish = () => -1;
      device.firmware!.gateway.connection.publishRange = () => -1;
      device.firmware!.gateway.connection.session.tick = () => {};
    });
    expect(broken).toContain('kept: is silent for too long, and nothing was wrong');
  });

  it('finds a device that blames its broker', async () => {
    const broken = await judged([], (device) => {
      device.firmware!.gateway.connection.session['words'][Counter.malformed]!++;
    });
    expect(broken).toContain('kept: says that the broker broke the protocol');
  });
});

describe('the rule of jitter', () => {
  const faults = [serverSilent(5 * MINUTE, 60 * MINUTE)];

  it('holds for waits that are drawn by chance', async () => {
    expect(await judged(faults, () => {}, 70)).toEqual([]);
  });

  it('finds waits that are all of one length', async () => {
    const broken = await judged(
      faults,
      (device) => {
        device.firmware!.gateway.connection['backoff'].next = () => 60_000;
      },
      70,
    );
    expect(broken).toEqual([expect.stringMatching(/^jitter: (\d+) of \1 waits before an attempt are 60000 ms each/)]);
  });
});

describe('the rule of the protocol', () => {
  it('finds a message that comes again with DUP 0', async () => {
    expect(await judged([pubackLost(5 * MINUTE, MINUTE)])).toEqual([]);
    const broken = await judged([pubackLost(5 * MINUTE, MINUTE)], (device) => {
      const { arena } = device.firmware!.gateway.connection.session;
      const rewind = arena.rewind.bind(arena);
      arena.rewind = () => rewind(true);
    });
    expect(broken).toContainEqual(expect.stringMatching(/^protocol: sends message \d+ again with DUP 0$/));
  });
});
