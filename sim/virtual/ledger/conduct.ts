import { DisconnectReason } from '../broker/observer.js';
import type { BrokerObserver } from '../broker/observer.js';
import type { Start } from '../device.js';
import { STRANGER } from '../faults/client-id.js';
import type { Simulation } from '../simulation.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

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
          onNotice: ({ clientId }, text) => complain(clientId, text),
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
 * again: identifiers are counted up, and 65,535 messages lie between two uses of one.
 */
function watchRedelivery(
  { devices }: Simulation,
  complain: (clientId: string, text: string) => void,
): Pick<BrokerObserver, 'onConnect' | 'onPublish'> {
  /** By client and identifier. */
  const sent = new Map<string, Sent>();
  const persistent = new Set<number>();
  return {
    onConnect: ({ connection }, { cleanSession, username }) => {
      if (!cleanSession && username !== STRANGER) persistent.add(connection);
    },
    onPublish: ({ clientId, connection }, { message, dup, packetId }) => {
      if (message.qos !== 1 || !persistent.has(connection)) return;
      const start = devices.find(({ firmware }) => firmware?.gateway['connectOptions'].clientId === clientId)?.start;
      if (!start) return;
      const key = clientId + ' ' + packetId;
      const { payload } = message;
      const topic = message.topic.text;
      const before = sent.get(key);
      sent.set(key, { start, connection, topic, payload });
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
    },
    finish({ ledger }) {
      for (const { topic, payload, time } of ledger.received) {
        if (leak(topic) || leak(textOf(payload))) ledger.break('secret', time, 'in a message on ' + topic);
      }
    },
  };
}
