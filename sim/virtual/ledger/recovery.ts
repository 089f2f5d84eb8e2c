import { encodeUtf8 } from '../../../src/mqtt/index.js';
import type { Device } from '../device.js';
import type { Simulation } from '../simulation.js';
import { isPlain } from './delivery.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

const MINUTE = 60_000;
/** Within so many milliseconds after the last fault all is as it was. */
const SETTLED = 15 * MINUTE;
/** How long before the end devices are called. */
const CALL = 2 * MINUTE;
/** Reports that a device which has caught up may hold, and of these on flash: what came in the last seconds. */
const MAY_WAIT = 64;
/** Connections of a device that may end in ten minutes, for each address of a broker: twice what the backoff allows. */
const MAY_END = 60;
const STORM_TIME = 10 * MINUTE;

/**
 * What holds a quarter of an hour after the last fault, judged at the end of a run:
 *
 * - `connected`: every device runs and is connected;
 * - `drained`: what waited during the faults has left;
 * - `subscribed`: the broker has its subscription for calls;
 * - `status`: the retained status says `online`;
 * - `reachable`: it answered a call two minutes before the end.
 */
export function recoveryRule(): Rule {
  let calledAt = -1;
  return {
    name: 'recovery',
    watch(simulation) {
      if (simulation.endsAt < SETTLED) return;
      if (!(simulation.endsAt < Infinity)) return;
      simulation.scheduler.at(simulation.endsAt - CALL, () => {
        calledAt = simulation.now();
        for (const { model, touch } of simulation.brokers) {
          for (const device of simulation.devices) {
            if (!answersCalls(device)) continue;
            model.publish(base(device) + '/cmd/probe', encodeUtf8('{"method":"outbox.statistics"}'), 1, false);
          }
          touch();
        }
      });
    },
    finish(simulation) {
      const { ledger } = simulation;
      if (ledger.activeFaults > 0 || simulation.now() - ledger.disturbedAt < SETTLED) return;
      for (const device of simulation.devices) {
        if (simulation.now() - (device.gateway.poweredAt ?? 0) >= SETTLED) judge(simulation, device, calledAt);
      }
    },
  };
}

function judge(simulation: Simulation, device: Device, calledAt: number): void {
  const complain = (rule: string, text: string): void =>
    simulation.ledger.break(rule, simulation.now(), device.name + ': ' + text);
  const gateway = device.firmware?.gateway;
  if (!gateway?.connection.connected) {
    complain('connected', gateway ? 'is not connected' : 'does not run');
    return;
  }
  const pending = gateway.reporter?.queue.pending ?? 0;
  if (pending > MAY_WAIT) complain('drained', pending + ' reports wait');
  if (!isPlain(device)) return;
  const status = simulation.brokers.map(({ model }) => model.retained(base(device) + '/status'));
  if (!status.some((message) => message && textOf(message.payload).startsWith('{"status":"online"'))) {
    complain('status', 'the retained status does not say online');
  }
  if (!answersCalls(device)) return;
  const filter = base(device) + '/cmd/+';
  const clientId = gateway['connectOptions'].clientId ?? '';
  if (!simulation.brokers.some(({ model }) => (model.session(clientId)?.subscriptions.get(filter) ?? 0x80) < 0x80)) {
    complain('subscribed', 'no subscription of ' + filter);
  }
  if (calledAt < 0) return;
  const answer = base(device) + '/res/probe';
  if (!simulation.ledger.received.some(({ topic, time }) => time >= calledAt && topic === answer)) {
    complain('reachable', 'does not answer a call');
  }
}

function answersCalls(device: Device): boolean {
  const { rpc, rpcAccess } = device.gateway.settings;
  return isPlain(device) && rpc === undefined && rpcAccess !== 'none';
}

function base(device: Device): string {
  return String(device.gateway.settings['prefix'] ?? 'tagwire') + '/' + device.name;
}

/** Minutes for which a connected device may hold all its reports back: longer than any deadline of a session. */
const MAY_STALL = 5;

/** `progress`: while nothing is wrong, a connected device that has reports sends some. In the cloud `plain`. */
export function progressRule(): Rule {
  return {
    name: 'progress',
    watch(simulation) {
      const { ledger, devices, scheduler } = simulation;
      const quiet = devices.map(() => 0);
      const senders = new Set<string>();
      for (const { model } of simulation.brokers) {
        model.watch({
          onPublish: ({ clientId }, { message }) => {
            // Births, health and answers take another way.
            if (message.topic.text.includes('/tags/')) senders.add(clientId);
          },
        });
      }
      const look = (): void => {
        for (const [index, device] of devices.entries()) {
          const gateway = device.firmware?.gateway;
          const waits =
            isPlain(device) && gateway?.connection.connected === true && (gateway.reporter?.queue.pending ?? 0) > 0;
          const undisturbed = ledger.activeFaults === 0 && simulation.now() - ledger.disturbedAt > MINUTE;
          const sends = senders.has(gateway?.['connectOptions'].clientId ?? '');
          quiet[index] = waits && undisturbed && !sends ? quiet[index]! + 1 : 0;
          if (quiet[index] !== MAY_STALL) continue;
          ledger.break('progress', simulation.now(), device.name + ': is connected, has reports and sends nothing');
        }
        senders.clear();
        scheduler.after(MINUTE, look);
      };
      scheduler.after(MINUTE, look);
    },
  };
}

/** Minutes without a fault after which each device that has run for so long is connected, trials included. */
const RECONNECTS = 8;

/** `connected`, at any time: eight minutes after the last fault each device that runs is connected. */
export function reconnectRule(): Rule {
  return {
    name: 'connected',
    watch(simulation) {
      const { ledger, devices, scheduler, deviceObservers } = simulation;
      const offline = devices.map(() => 0);
      /** Two devices that share a client identifier take turns: who has connected within the minute is not away. */
      const connects = devices.map(() => 0);
      const begin = (device: Device): void => void (offline[device.index] = 0);
      deviceObservers.push({ onBoot: begin, onCut: begin });
      const look = (): void => {
        scheduler.after(MINUTE, look);
        const isQuiet = ledger.activeFaults === 0 && simulation.now() - ledger.disturbedAt > MINUTE;
        for (const device of devices) {
          const gateway = device.firmware?.gateway;
          const count = gateway?.['connects'] ?? 0;
          const isAway = isQuiet && gateway?.connection.connected === false && count === connects[device.index];
          connects[device.index] = count;
          offline[device.index] = isAway ? offline[device.index]! + 1 : 0;
          if (offline[device.index] !== RECONNECTS) continue;
          ledger.break('connected', simulation.now(), device.name + ': has not been connected for 8 minutes');
        }
      };
      scheduler.after(MINUTE, look);
    },
  };
}

/** `storm`: in ten minutes no more connections of a device end than twice what the backoff allows. */
export function stormRule(): Rule {
  return {
    name: 'storm',
    watch(simulation) {
      let addresses = 0;
      for (const broker of simulation.world.brokers) addresses += broker.addresses.length;
      // Each fault of names that puts dead addresses before the right one adds two.
      const most = (): number => {
        const since = simulation.now() - STORM_TIME;
        const { faults } = simulation.ledger;
        const dead = faults.filter(({ kind, detail, to }) => kind === 'dns' && detail.includes('dead') && to > since);
        return MAY_END * Math.max(1, addresses + 2 * dead.length);
      };
      const ends = simulation.devices.map((): number[] => []);
      simulation.deviceObservers.push({
        onEnd: (connection) => {
          const { index, name } = simulation.devices.find(({ path }) => path === connection['path'])!;
          const times = ends[index]!;
          times.push(simulation.now());
          const allowed = times.length > MAY_END ? most() : MAY_END;
          if (times.length <= allowed) return;
          while (times.length > allowed + 1) times.shift();
          const since = times.shift()!;
          if (simulation.now() - since >= STORM_TIME) return;
          simulation.ledger.break(
            'storm',
            simulation.now(),
            name + ': more than ' + allowed + ' connections in 10 minutes',
          );
          times.length = 0;
        },
      });
    },
  };
}
