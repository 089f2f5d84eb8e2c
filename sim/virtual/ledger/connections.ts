import { ConnectionState } from '../../../src/connection/connection.js';
import { Counter } from '../../../src/mqtt/layout.js';
import { DisconnectReason } from '../broker/observer.js';
import type { Device } from '../device.js';
import { STRANGER } from '../faults/client-id.js';
import type { TcpConnection } from '../network/tcp.js';
import type { Simulation } from '../simulation.js';
import type { Rule } from './rule.js';

const SECOND = 1000;
/** How often it is looked where a connection stands. */
const LOOK = 5 * SECOND;
/** Milliseconds that an attempt may take, as `ConnectionOptions` and `SessionOptions` say, and what a look adds. */
const CONNECT_TIME = 30 * SECOND;
const CONNACK_TIME = 10 * SECOND;
const RESOLVE_TIME = 10 * SECOND;
const LATE = 2 * LOOK + SECOND;
/** After the time for a PINGREQ: until it is written, and for its answer. */
const FOUND_OUT = 45 * SECOND;

/**
 * `deadline`: each step of an attempt ends in its time: the name is resolved in 10 s, TCP and TLS with an address in 30
 * s, CONNACK comes in 10 s. A connection that is dead is found out when a PINGREQ was due and has no answer.
 */
export function deadlineRule(): Rule {
  return {
    name: 'deadline',
    watch(simulation) {
      for (const device of simulation.devices) watchDeadlines(simulation, device);
    },
  };
}

function watchDeadlines(simulation: Simulation, device: Device): void {
  /** When each connection was seen first, and when it was seen to be dead. */
  let known = new Map<TcpConnection, { since: number; deadSince: number }>();
  /** What the device was at when it was looked at last, with which connection, and since when. */
  let state = ConnectionState.stopped;
  let newest: TcpConnection | undefined;
  let deadline = Infinity;
  let since = 0;
  /** Of the last CONNECT, in milliseconds; people may change it. */
  let keepAlive = 0;
  for (const { model } of simulation.brokers) {
    model.watch({
      onConnect: ({ clientId }, request) => {
        if (request.username !== STRANGER && deviceOf(simulation, clientId) === device)
          keepAlive = request.keepAlive * SECOND;
      },
    });
  }
  const complain = (text: string): void =>
    simulation.ledger.break('deadline', simulation.now(), device.name + ': ' + text);
  const isOver = (from: number, limit: number): boolean => {
    const spent = (simulation.now() - from) * device.clockRate;
    // Once is enough.
    return spent > limit && spent <= limit + LOOK * device.clockRate;
  };
  const look = (): void => {
    simulation.scheduler.after(LOOK, look);
    const now = simulation.now();
    const seen = new Map<TcpConnection, { since: number; deadSince: number }>();
    for (const connection of device.connections) {
      if (connection.clientGone) continue;
      const times = known.get(connection) ?? { since: now, deadSince: Infinity };
      if (connection.dead && times.deadSince === Infinity) times.deadSince = now;
      seen.set(connection, times);
      if (!connection.established && isOver(times.since, CONNECT_TIME + LATE)) {
        complain('an attempt to connect is not given up after ' + Math.floor((now - times.since) / SECOND) + ' s');
      }
      if (keepAlive > 0 && isOver(times.deadSince, 0.75 * keepAlive + FOUND_OUT + LATE)) {
        complain('a dead connection is not found out after ' + Math.floor((now - times.deadSince) / SECOND) + ' s');
      }
    }
    known = seen;
    const connection = device.firmware?.gateway.connection;
    const last = device.connections[device.connections.length - 1];
    const is = connection?.state ?? ConnectionState.stopped;
    const until = connection?.['deadline'] ?? Infinity;
    if (is !== state || last !== newest || until !== deadline) since = now;
    state = is;
    newest = last;
    deadline = until;
    if (is === ConnectionState.resolving && isOver(since, RESOLVE_TIME + LATE)) {
      complain('waits for the address of a name too long');
    }
    if (is === ConnectionState.handshaking && isOver(since, CONNACK_TIME + LATE))
      complain('waits for CONNACK too long');
  };
  simulation.scheduler.after(LOOK, look);
}

/** Faults that leave a connection alone. */
const HARMLESS = [
  'notime',
  'wrongtime',
  'clockjump',
  'flashfull',
  'badblock',
  'bitflip',
  'heaplow',
  'radiosilent',
  'tagsilent',
  'interference',
  'storm',
  'malformed',
  'rotate',
];
/** Longer than it takes until all has found out that a fault is over. */
const AFTERMATH = 240 * SECOND;

/**
 * `kept`: where nothing is wrong with the way and the broker, a device ends no connection without DISCONNECT, nor does
 * the broker for want of a PINGREQ; and a device does not say of its broker that it broke the protocol.
 */
export function keptRule(): Rule {
  return {
    name: 'kept',
    watch(simulation) {
      const { ledger } = simulation;
      const startedAt = simulation.devices.map(() => 0);
      const begins = (device: Device): void => void (startedAt[device.index] = simulation.now());
      simulation.deviceObservers.push({ onBoot: begins, onCut: begins, onRestart: begins });
      const isWell = (device: Device): boolean => {
        const since = simulation.now() - AFTERMATH;
        if (!device.running || startedAt[device.index]! > since) return false;
        return ledger.faults.every(({ kind, detail, to }) => to < since || isHarmless(kind, detail));
      };
      for (const { model } of simulation.brokers) {
        model.watch({
          onDisconnect: ({ clientId }, reason) => {
            if (reason !== DisconnectReason.lost && reason !== DisconnectReason.keepAlive) return;
            const device = deviceOf(simulation, clientId);
            if (!device || !isWell(device)) return;
            const why =
              reason === DisconnectReason.lost ? 'ends a connection without DISCONNECT' : 'is silent for too long';
            ledger.break('kept', simulation.now(), device.name + ': ' + why + ', and nothing was wrong');
          },
        });
      }
      watchBlame(simulation);
    },
  };
}

function isHarmless(kind: string, detail: string): boolean {
  // As much as a few messages: only what uses the room badly comes to a stop.
  return HARMLESS.includes(kind) || (kind === 'shortwrites' && detail.includes('bytes=100'));
}

function deviceOf({ devices }: Simulation, clientId: string): Device | undefined {
  return devices.find((device) => device.firmware?.gateway['connectOptions'].clientId === clientId);
}

/** The broker of a simulation breaks no rule of the protocol; only a captive portal does. */
function watchBlame(simulation: Simulation): void {
  const { devices, ledger } = simulation;
  const counts = devices.map(() => 0);
  const look = (): void => {
    simulation.scheduler.after(LOOK, look);
    const since = simulation.now() - 60 * SECOND;
    const hadPortal = ledger.faults.some(({ kind, to }) => kind === 'portal' && to > since);
    for (const { index, name, firmware } of devices) {
      const count = firmware?.gateway.connection.session.counter(Counter.malformed) ?? 0;
      const more = count - counts[index]!;
      counts[index] = count;
      if (more > 0 && !hadPortal)
        ledger.break('kept', simulation.now(), name + ': says that the broker broke the protocol');
    }
  };
  simulation.scheduler.after(LOOK, look);
}

/** How long it is looked back at what came: nearly the time that an answer has. */
const LOOK_BACK = 9 * SECOND;
/** Bytes in that time, and the longest pause: `minReceiveRate` of the session is half of it. */
const ENOUGH_BYTES = 1800;
const LONGEST_PAUSE = 2.5 * SECOND;
/** Faults with which an answer may be missing for itself. */
const OWES = ['nopong', 'subackdelay', 'pubackdelay', 'trickle'];

/**
 * `patient`: while a long message comes, at 200 bytes a second or more, no device gives the connection up for want of
 * an answer, which can only come behind it.
 */
export function patientRule(): Rule {
  return {
    name: 'patient',
    watch(simulation) {
      const { ledger, deviceObservers, devices } = simulation;
      /** By device: when bytes came, and how many. */
      const came = devices.map((): { at: number; count: number }[] => []);
      deviceObservers.push({
        onSegment: (connection, up, count) => {
          const device = up ? undefined : devices.find(({ connections }) => connections.includes(connection));
          if (!device) return;
          const list = came[device.index]!;
          const at = simulation.now();
          while (list.length > 0 && list[0]!.at < at - LOOK_BACK) list.shift();
          list.push({ at, count });
        },
        onLine: (device, text) => {
          if (!/^lost: timed out waiting for (PINGRESP|SUBACK|PUBACK)/.test(text)) return;
          const now = simulation.now();
          const active = ledger.faults.filter(({ to }) => to > now - LOOK_BACK).map(({ kind }) => kind);
          if (!active.includes('longmessage') || active.some((kind) => OWES.includes(kind))) return;
          let last = now - LOOK_BACK;
          let pause = 0;
          let bytes = 0;
          for (const { at, count } of came[device.index]!) {
            if (at < last) continue;
            pause = Math.max(pause, at - last);
            last = at;
            bytes += count;
          }
          if (bytes < ENOUGH_BYTES || Math.max(pause, now - last) > LONGEST_PAUSE) return;
          ledger.break('patient', now, device.name + ': does not wait for an answer behind a message that comes');
        },
      });
    },
  };
}

/** So many waits of one length, and at least half of all of its kind, are no chance. */
const EQUAL = 5;

/**
 * `jitter`: waits before attempts are drawn by chance, so that devices which lost one broker do not come back together:
 * of the waits of a device that lie between the same two powers of two, not half are of one length.
 */
export function jitterRule(): Rule {
  /** By device and power of two: waits in whole milliseconds. */
  const waits = new Map<string, number[]>();
  return {
    name: 'jitter',
    watch(simulation) {
      const told = simulation.devices.map(() => 0);
      simulation.deviceObservers.push({
        // A device tells of its failure when it has chosen how long to wait.
        onLine: (device) => {
          const connection = device.firmware?.gateway.connection;
          if (connection?.state !== ConnectionState.waiting) return;
          const until = connection['deadline'];
          if (until === told[device.index] || !(until < Infinity)) return;
          told[device.index] = until;
          const wait = until - device.start!.clock.now();
          let step = 1;
          while (step < wait) step *= 2;
          const key = device.name + ' ' + step;
          const before = waits.get(key);
          if (before) before.push(Math.floor(wait));
          else waits.set(key, [Math.floor(wait)]);
        },
      });
    },
    finish(simulation) {
      for (const [key, all] of waits) {
        const counts = new Map<number, number>();
        for (const wait of all) counts.set(wait, (counts.get(wait) ?? 0) + 1);
        for (const [wait, count] of counts) {
          if (count < EQUAL || 2 * count < all.length) continue;
          const [name] = key.split(' ');
          const text = ` waits before an attempt are ${wait} ms each: attempts are not spread`;
          simulation.ledger.break('jitter', simulation.now(), name + ': ' + count + ' of ' + all.length + text);
        }
      }
    },
  };
}
