import { describe, expect, it } from 'vitest';
import { parseFaults, randomVisits, randomWorld, VirtualWorld, visitText } from '../../../../sim/virtual/index.js';
import type { Fault, PersonAction, Simulation } from '../../../../sim/virtual/index.js';
import { Chance } from '../../../../sim/virtual/random.js';
import type { Gateway } from '../../../../src/device/index.js';
import { Rpc } from '../../../../src/rpc/index.js';

const MINUTE = 60_000;

/** Runs 12 minutes or more in which people do something, with `change` made after 2, and returns what the rule says. */
async function judged(
  rule: string,
  people: readonly PersonAction[],
  change: (simulation: Simulation) => void = () => {},
  more: readonly Fault[] = [],
  minutes = 12,
): Promise<string[]> {
  const world = randomWorld(7, { tags: 2, remote: true });
  const gateways = world.gateways.map((gateway) => ({ ...gateway, people }));
  const fault: Fault = { kind: 'test', at: 2 * MINUTE, install: change };
  const simulation = new VirtualWorld({ ...world, gateways }, [fault, ...more], 7);
  await simulation.runUntil(minutes * MINUTE);
  const broken = simulation.finish().broken.filter((one) => one.rule === rule);
  return broken.map(({ detail }) => detail.replace(/^gateway-1: /, ''));
}

/** Restarts the device after so many minutes. */
function restart(minutes: number): Fault {
  return { kind: 'test', at: minutes * MINUTE, install: ({ devices }) => devices[0]!.powerCut(1000) };
}

function rpcOf({ devices }: Simulation): Rpc {
  const parts: readonly unknown[] = devices[0]!.firmware!.gateway['parts'];
  return parts.find((part) => part instanceof Rpc)!;
}

const call = (minutes: number, method: string, params: unknown = {}): PersonAction => ({
  at: minutes * MINUTE,
  call: { method, params },
});

describe('the rule that calls are answered', () => {
  it('holds', async () => {
    const message = { topic: 'cmd/x', payload: 'no call', qos: 1, retain: true };
    const people = [call(5, 'statistics'), call(5, 'nothing'), { at: 5 * MINUTE, message }, call(9, 'identify')];
    expect(await judged('answered', people, () => {}, [restart(7)])).toEqual([]);
  });

  it('finds a call that is not answered, where nothing is wrong', async () => {
    const deaf = (simulation: Simulation): void => {
      rpcOf(simulation).message = () => true;
    };
    const [first] = await judged('answered', [call(5, 'statistics')], deaf);
    expect(first).toBe('no answer to the call c1: {"method":"statistics","params":{}}');
    expect(await judged('answered', [call(5, 'statistics')], deaf, [restart(5.1)])).toEqual([]);
  });

  it('finds a second answer, and one that nobody asked for', async () => {
    const twice = (simulation: Simulation): void => {
      const outgoing = rpcOf(simulation)['outgoing'];
      const give = outgoing.give.bind(outgoing);
      outgoing.give = (...all: Parameters<typeof give>) => {
        give(...all);
        give(...all);
      };
    };
    expect(await judged('answered', [call(5, 'statistics')], twice)).toEqual([
      '2 answers to 1 deliveries of the call c1',
    ]);
    const alone = ({ devices }: Simulation): void => {
      const topic = new TextEncoder().encode('tagwire/gateway-1/res/other');
      devices[0]!.firmware!.gateway.connection.publish(topic, new Uint8Array(0), 1, false);
    };
    expect(await judged('answered', [], alone)).toEqual(['answers what nobody asked: other']);
  });
});

describe('the rule of settings', () => {
  it('holds for policies, and for values on trial that are confirmed and that are not', async () => {
    const people = [
      call(3, 'policy.set', 'default interval=60'),
      call(4, 'policy.set', 'default interval=nothing'),
      call(5, 'configuration.set', { keepAlive: 30, heartbeat: null }),
      call(6, 'configuration.set', { health: 60, broker: 'mqtt://nowhere.example' }),
    ];
    expect(await judged('settings', people, () => {}, [restart(10)])).toEqual([]);
  });

  it('takes no answer for that to a call whose name was used before', async () => {
    const send = (minutes: number, payload: string): PersonAction => ({
      at: minutes * MINUTE,
      message: { topic: 'cmd/kept', payload, qos: 1, retain: false },
    });
    const wrong = '{"method":"policy.set","params":"wrong"}';
    const question = '{"method":"statistics"}';
    for (const payloads of [
      [wrong, question],
      [question, wrong],
    ]) {
      const people = [send(3, payloads[0]!), send(3, payloads[1]!)];
      // The answers change places.
      const late: Fault = {
        kind: 'test',
        at: 2.9 * MINUTE,
        install: (simulation) => {
          const outgoing = rpcOf(simulation)['outgoing'];
          const give = outgoing.give.bind(outgoing);
          outgoing.give = (...all: Parameters<typeof give>) => {
            give(...all);
            give(...all);
          };
        },
      };
      expect(await judged('settings', people, () => {}, [late, restart(7)])).toEqual([]);
    }
  });

  it('finds the call that was carried out without an answer by all of its values', async () => {
    const people = [
      call(3, 'configuration.set', { keepAlive: 30, broker: 'mqtt://nowhere.example' }),
      call(8, 'configuration.set', { keepAlive: 30 }),
    ];
    const loseAnswer: Fault = {
      kind: 'test',
      at: 7 * MINUTE,
      install: (simulation) => {
        rpcOf(simulation)['outgoing'].give = () => simulation.devices[0]!.powerCut(1000);
      },
    };
    expect(await judged('settings', people, () => {}, [loseAnswer, restart(10)])).toEqual([]);
  });

  it('finds policies that are not there after a restart', async () => {
    const forget = ({ devices }: Simulation): void => {
      const { policies } = devices[0]!.firmware!;
      policies!['settings'].write = () => {};
    };
    const people = [call(5, 'policy.set', 'default interval=60')];
    expect(await judged('settings', people, forget, [restart(7)])).toEqual([
      'policies is undefined, and must be default interval=60',
    ]);
  });

  it('finds values that were accepted and do not count', async () => {
    const forget = ({ devices }: Simulation): void => {
      devices[0]!.firmware!.remote!['trial'].begin = () => {};
    };
    const people = [call(5, 'configuration.set', { keepAlive: 30 })];
    expect((await judged('settings', people, forget))[0]).toBe('values that were accepted do not count: keepAlive=30');
  });

  it('finds another setting that is lost', async () => {
    const lose = ({ devices }: Simulation): void => {
      const { remote, policies } = devices[0]!.firmware!;
      policies!.setPolicyText('default interval=60');
      remote!['settings'].write([{ name: 'policies', value: undefined }]);
    };
    const people = [call(1, 'policy.set', 'default interval=90')];
    expect(await judged('settings', people, lose, [restart(7)])).toEqual([
      'policies is undefined, and must be default interval=90',
    ]);
  });

  it('finds a start that fails', async () => {
    const damage = ({ devices }: Simulation): void => {
      const settings = devices[0]!.firmware!.remote!['settings'];
      settings.write([{ name: 'outbox', value: '16777216' }]);
    };
    expect((await judged('settings', [], damage, [restart(7)]))[0]).toMatch(/^(cannot start|does not start|outbox)/);
  });

  it('finds a script that is not there after a restart', async () => {
    const people = [{ at: MINUTE, line: '/system script add name=one source={:put 1}' }];
    expect(await judged('settings', people, () => {}, [restart(7)])).toEqual([]);
    const lose = ({ devices }: Simulation): unknown => devices[0]!.firmware!.board.userStore!.remove('script-0');
    expect((await judged('settings', people, lose, [restart(7)]))[0]).toContain('what was written at the console was');
  });
});

describe('the rules of conduct', () => {
  const gatewayOf = ({ devices }: Simulation): Gateway => devices[0]!.firmware!.gateway;

  it('find a message that blocks all others', async () => {
    const people = [call(1, 'statistics')];
    const keep = (simulation: Simulation): void => {
      Object.defineProperty(gatewayOf(simulation).connection, 'suspect', { get: () => undefined, set: () => {} });
    };
    const poison = parseFaults('poison@190s+8m');
    expect(await judged('blocked', people, () => {}, poison)).toEqual([]);
    expect((await judged('blocked', people, keep, poison))[0]).toContain('which blocks all others');
  });

  it('find a filter that is asked for too often, and one that is not asked for again', async () => {
    const refused = parseFaults('subackrefused@3m+8m');
    expect(await judged('storm', [], () => {}, refused)).toEqual([]);
    const often = (simulation: Simulation): void => {
      const session = gatewayOf(simulation).connection.session;
      session['subscriptions']['wait'] = () => 1000;
    };
    expect((await judged('storm', [], often, refused))[0]).toContain('more than 10 times in 10 minutes');
    const never = (simulation: Simulation): void => {
      gatewayOf(simulation).connection.session['subscriptions'].retry = () => Infinity;
    };
    const short = parseFaults('subackrefused@3m+5s');
    expect(await judged('subscribed', [], () => {}, short, 16)).toEqual([]);
    expect((await judged('subscribed', [], never, short, 16))[0]).toContain('does not ask again for');
  });

  it('find what has arrived and is not read', async () => {
    const people = [call(5, 'statistics')];
    const stop = (simulation: Simulation): void => {
      gatewayOf(simulation).connection.onReceive = () => 0;
    };
    expect((await judged('unread', people, stop))[0]).toMatch(/^does not read \d+ bytes that have arrived$/);
  });

  it('find a device that is away for eight minutes in which nothing is wrong', async () => {
    const stop = (simulation: Simulation): void => gatewayOf(simulation).connection.stop();
    expect((await judged('connected', [], stop))[0]).toBe('has not been connected for 8 minutes');
  });
});

it('finds a secret in what a console prints', async () => {
  const people = [{ at: 3 * MINUTE, line: ':put "correct horse"' }];
  expect(await judged('secret', people)).toContain('at its console');
});

describe('random visits', () => {
  const visits = (board: 'esp32' | 'esp8266' | 'desktop'): ReturnType<typeof randomVisits> =>
    randomVisits(new Chance(3).stream('visits'), randomWorld(3, { board }), 400, 4);

  it('are the same for the same seed, in order, and end half an hour before the end', () => {
    const all = visits('esp32');
    expect(all).toEqual(visits('esp32'));
    expect(all).toHaveLength(1600);
    const times = all.map(({ actions }) => actions[0]!.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(399.5 * 60 * MINUTE);
  });

  it('call every method, type lines, send messages, and have words', () => {
    const all = visits('esp32').flatMap(({ actions }) => actions);
    const methods = new Set(all.map((action) => action.call?.method));
    for (const method of ['identify', 'reboot', 'statistics', 'outbox.statistics', 'scan', 'log', 'policy.get']) {
      expect(methods).toContain(method);
    }
    for (const method of ['policy.set', 'configuration.get', 'configuration.set']) expect(methods).toContain(method);
    expect(all.filter(({ line }) => line !== undefined).length).toBeGreaterThan(100);
    expect(all.filter(({ message }) => message?.retain).length).toBeGreaterThan(10);
    expect(visits('esp32').map(visitText).join('\n')).toMatch(/^person@\d+s gateway=0 (calls|types|sends) /);
  });

  it('type nothing where there is no console, and set no policies where there are no tags', () => {
    const all = visits('esp8266').flatMap(({ actions }) => actions);
    expect(all.every(({ line, call: made }) => line === undefined && made?.method !== 'policy.set')).toBe(true);
  });
});
