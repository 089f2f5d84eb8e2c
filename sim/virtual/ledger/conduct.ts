import { DisconnectReason, PublishOutcome } from '../broker/observer.js';
import type { BrokerObserver } from '../broker/observer.js';
import type { Start } from '../device.js';
import { STRANGER } from '../faults/client-id.js';
import type { TcpConnection } from '../network/tcp.js';
import type { Simulation } from '../simulation.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

const MINUTE = 60_000;

/**
 * `protocol`: a device keeps MQTT 3.1.1. It breaks when the broker closes a connection of a device for a malformed or
 * wrong packet, and at what the standard does not foresee: an identifier that is in use with DUP 0, an acknowledgement
 * of nothing; and when a message of a persistent session comes again on a later connection with DUP 0 [MQTT-3.3.1-1].
 */
export function protocolRule(): Rule {
  return {
    name: 'protocol',
    watch(simulation) {
      const isOurs = (clientId: string): boolean =>
        simulation.devices.some((device) => device.start?.firmware?.gateway['connectOptions'].clientId === clientId);
      const complain = (clientId: string, text: string): void => {
        if (isOurs(clientId)) simulation.ledger.break('protocol', simulation.now(), clientId + ': ' + text);
      };
      for (const { model } of simulation.brokers) {
        model.watch({
          onDisconnect: ({ clientId }, reason, _, detail) => {
            if (reason === DisconnectReason.violation) complain(clientId, detail);
          },
          ...watchRedelivery(simulation, complain),
        });
      }
    },
  };
}

/** A QoS 1 message as a broker got it last under its identifier. */
interface Sent {
  readonly start: Start;
  readonly connection: number;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/**
 * A message that a start of a device sends with the same identifier, topic and payload on two connections was sent
 * again: identifiers are counted up, and 65,535 messages lie between two uses of one. A start cannot know which
 * identifiers of an earlier one, whose memory is lost, the broker has not answered.
 */
function watchRedelivery(
  { devices }: Simulation,
  complain: (clientId: string, text: string) => void,
): Pick<BrokerObserver, 'onConnect' | 'onPublish' | 'onNotice'> {
  /** By client and identifier. */
  const sent = new Map<string, Sent>();
  const persistent = new Set<number>();
  /** An earlier start had the identifier of the message that came last. */
  let isForeign = false;
  return {
    onNotice: ({ clientId }, text) => {
      if (!(isForeign && text.includes('which is in flight'))) complain(clientId, text);
    },
    onConnect: ({ connection }, { cleanSession, username }) => {
      if (!cleanSession && username !== STRANGER) persistent.add(connection);
    },
    onPublish: ({ clientId, connection }, { message, dup, packetId }) => {
      isForeign = false;
      if (message.qos !== 1 || !persistent.has(connection)) return;
      const start = devices.find(({ firmware }) => firmware?.gateway['connectOptions'].clientId === clientId)?.start;
      if (!start) return;
      const key = clientId + ' ' + packetId;
      const { payload } = message;
      const topic = message.topic.text;
      const before = sent.get(key);
      sent.set(key, { start, connection, topic, payload });
      isForeign = before !== undefined && before.start !== start;
      if (dup || !before || before.start !== start || before.connection === connection) return;
      if (before.topic !== topic || !isEqual(before.payload, payload)) return;
      complain(clientId, 'sends message ' + packetId + ' again with DUP 0');
    },
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * `will`: the will of each connection has a session number of its own, and no birth of another session follows its own.
 * In the cloud `plain`.
 */
export function willRule(): Rule {
  return {
    name: 'will',
    watch(simulation) {
      const complain = (text: string): void => simulation.ledger.break('will', simulation.now(), text);
      const seen = new Set<string>();
      /** Session of the will, by broker and connection. */
      const wills = new Map<string, string>();
      const born = new Set<string>();
      for (const { name, model } of simulation.brokers) {
        model.watch({
          onConnect: (client, { will, username }, code) => {
            if (code !== 0 || username === STRANGER || will === undefined) return;
            const session = sessionOf(will.payload);
            if (session === undefined) return;
            wills.set(name + client.connection, session);
            // Two gateways may have one client identifier, and have topics of their own.
            const key = will.topic + ' ' + session;
            if (seen.has(key)) complain(client.clientId + ': a second connection has the will of session ' + session);
            seen.add(key);
          },
          onPublish: ({ clientId, connection }, { message }) => {
            if (!message.topic.text.endsWith('/status')) return;
            const will = wills.get(name + connection);
            const session = sessionOf(message.payload);
            if (will === undefined || session === undefined) return;
            if (session === will) born.add(name + connection);
            // What an earlier connection did not finish may come before.
            else if (born.has(name + connection))
              complain(clientId + ': the birth is of session ' + session + ', the will of ' + will);
          },
        });
      }
    },
  };
}

/** The session number of a status message of the plain profile. */
function sessionOf(payload: Uint8Array): string | undefined {
  return /"session":"([^"]*)"/.exec(textOf(payload))?.[1];
}

/** How often a broker may close at one message before it gets another: a device gives it up after three times. */
const MOST_REFUSALS = 8;

/**
 * `blocked`: a message at which a broker closes the connection does not keep others back: before it has come eight
 * times under one packet identifier, the broker gets another one.
 */
export function blockedRule(): Rule {
  return {
    name: 'blocked',
    watch(simulation) {
      for (const { model } of simulation.brokers) {
        /** By client: the message that was refused last, and how often since another one was taken. */
        const refusals = new Map<string, { key: string; count: number }>();
        model.watch({
          onPublish: ({ clientId }, { message: { topic }, packetId, outcome }) => {
            if (outcome !== PublishOutcome.refused) {
              refusals.delete(clientId);
              return;
            }
            const key = packetId + ' on ' + topic.text;
            const before = refusals.get(clientId);
            const count = before?.key === key ? before.count + 1 : 1;
            refusals.set(clientId, { key, count });
            if (count !== MOST_REFUSALS) return;
            const text = clientId + ': the broker closes at message ' + key + ', which blocks all others';
            simulation.ledger.break('blocked', simulation.now(), text);
          },
        });
      }
    },
  };
}

/** What the waits of a session allow in the time, and some more: 5 s at least, then twice that, and so on. */
const MOST_ASKED = 10;
const ASKING_TIME = 10 * 60_000;

/** A minute more than the longest wait before a filter is asked for again. */
const ASKS_WITHIN = 11 * MINUTE;

/**
 * `storm`: on one connection a filter that the broker refuses is asked for ten times in ten minutes at most.
 * `subscribed`: as long as the connection lasts, it is asked for again within eleven minutes.
 */
export function askingRule(): Rule {
  return {
    name: 'storm',
    watch(simulation) {
      for (const { model } of simulation.brokers) {
        /** Times, by connection and filter. */
        const refusals = new Map<string, number[]>();
        /** When it was asked for last, by connection and filter. */
        const askedAt = new Map<string, number>();
        model.watch({
          onUnsubscribe: ({ connection }, filter) => void askedAt.delete(connection + ' ' + filter),
          onDisconnect: ({ connection }) => {
            for (const key of [...askedAt.keys()]) if (key.startsWith(connection + ' ')) askedAt.delete(key);
          },
          onSubscribe: ({ clientId, connection }, filter, _, granted) => {
            const key = connection + ' ' + filter;
            const now = simulation.now();
            askedAt.set(key, now);
            if (granted !== 0x80) return;
            const look = (): void => {
              if (askedAt.get(key) !== now) return;
              const { activeFaults, disturbedAt } = simulation.ledger;
              if (activeFaults > 0 || simulation.now() - disturbedAt < MINUTE) {
                simulation.scheduler.after(MINUTE, look);
                return;
              }
              const text = clientId + ': does not ask again for ' + filter + ', which was refused';
              simulation.ledger.break('subscribed', simulation.now(), text);
            };
            simulation.scheduler.after(ASKS_WITHIN, look);
            const times = refusals.get(key) ?? [];
            refusals.set(key, times);
            times.push(simulation.now());
            if (times.length <= MOST_ASKED || simulation.now() - times.shift()! >= ASKING_TIME) return;
            const text = clientId + ': asks for ' + filter + ' more than ' + MOST_ASKED + ' times in 10 minutes';
            simulation.ledger.break('storm', simulation.now(), text);
            times.length = 0;
          },
        });
      }
    },
  };
}

/** Milliseconds after which what arrived must be read. */
const READS_WITHIN = 2000;

/** `unread`: a device reads what has arrived within four seconds, when nothing that it has to send is in its way. */
export function unreadRule(): Rule {
  return {
    name: 'unread',
    watch(simulation) {
      const { devices, scheduler, ledger } = simulation;
      /** Connections with unread bytes, and the number of the first of them. */
      let before: Map<TcpConnection, number> | undefined;
      const look = (): void => {
        let now: Map<TcpConnection, number> | undefined;
        for (const { name, connections } of devices) {
          for (const connection of connections) {
            const { down, up, clientGone } = connection;
            if (clientGone || down.unread.length === 0 || up.outgoing.length > 0) continue;
            const { first } = down.unread;
            if (before?.get(connection) === first) {
              const text = name + ': does not read ' + down.unread.length + ' bytes that have arrived';
              ledger.break('unread', simulation.now(), text);
            } else (now ??= new Map<TcpConnection, number>()).set(connection, first);
          }
        }
        before = now;
        scheduler.after(READS_WITHIN, look);
      };
      scheduler.after(READS_WITHIN, look);
    },
  };
}

/** Characters of console output in which a secret is looked for that comes in two pieces. */
const OUTPUT_KEPT = 256;

/** `secret`: no line of a log, topic, payload or output of a console has a password, token or key of the world. */
export function secretRule(): Rule {
  const secrets: string[] = [];
  const output = new Map<string, string>();
  const leak = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  return {
    name: 'secret',
    watch(simulation) {
      const { wifi, gateways } = simulation.world;
      if (wifi.password !== undefined) secrets.push(wifi.password);
      for (const { settings } of gateways) {
        for (const [name, value] of Object.entries(settings)) {
          if (!/password|token|secret|keys?$/i.test(name)) continue;
          if (typeof value === 'string' && value.length >= 6) secrets.push(value);
        }
      }
      simulation.deviceObservers.push({
        onLine: (device, text) => {
          if (leak(text)) simulation.ledger.break('secret', simulation.now(), device.name + ': in its log');
        },
        onOutput: (device, text) => {
          const all = (output.get(device.name) ?? '') + text;
          const leaks = leak(all);
          if (leaks) simulation.ledger.break('secret', simulation.now(), device.name + ': at its console');
          output.set(device.name, leaks ? '' : all.slice(-OUTPUT_KEPT));
        },
      });
      if (secrets.length === 0) return;
      for (const { model } of simulation.brokers) {
        model.watch({
          onPublish: (_client, { message: { topic, payload } }) => {
            if (!leak(topic.text) && !leak(textOf(payload))) return;
            simulation.ledger.break('secret', simulation.now(), 'in a message on ' + topic.text);
          },
        });
      }
    },
  };
}
