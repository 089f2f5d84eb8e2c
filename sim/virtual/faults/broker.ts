import { timeOf } from '../../world/duration.js';
import type { BrokerFaults, BrokerModelOptions } from '../broker/options.js';
import { PublishAccess } from '../broker/options.js';
import { SUBACK_FAILURE } from '../broker/packets.js';
import type { BrokerPlace, Simulation } from '../simulation.js';
import type { Fault, FaultDetail } from './fault.js';
import { lastingFault, momentFault, override } from './fault.js';

/** CONNACK comes `delay` milliseconds after CONNECT; connections are cut first, so that there is one. */
export function connackDelayed(at: number, length: number, broker = 0, delay = 8000): Fault {
  return brokerFault('connackdelay', at, length, { broker, delay: timeOf(delay) }, true, () => ({
    connackDelay: delay,
  }));
}

/** Every CONNECT is refused with return code `code`, 1 to 5 (MQTT 3.1.1, table 3.1); connections are cut first. */
export function connackRefused(at: number, length: number, broker = 0, code = 3): Fault {
  return brokerFault('connackcode', at, length, { broker, code }, true, () => ({ connackCode: code }));
}

/** The broker ends each connection right after its CONNACK; those that there are, too. */
export function endsAfterConnack(at: number, length: number, broker = 0): Fault {
  return brokerFault('connackend', at, length, { broker }, true, () => ({ endsAfterConnack: true }));
}

/** PUBACK, PUBREC and PUBCOMP come `delay` milliseconds late. */
export function pubackDelayed(at: number, length: number, broker = 0, delay = 5000): Fault {
  return brokerFault('pubackdelay', at, length, { broker, delay: timeOf(delay) }, false, () => ({
    publishAnswerDelay: delay,
  }));
}

/** SUBACK and UNSUBACK come `delay` milliseconds late; connections are cut first, so that there is one. */
export function subackDelayed(at: number, length: number, broker = 0, delay = 20_000): Fault {
  return brokerFault('subackdelay', at, length, { broker, delay: timeOf(delay) }, true, () => ({
    subscribeAnswerDelay: delay,
  }));
}

/** PINGREQ has no answer. */
export function pingsUnanswered(at: number, length: number, broker = 0): Fault {
  return brokerFault('nopong', at, length, { broker }, false, () => ({ answersPings: false }));
}

/** What the broker sends leaves in pieces of `bytes` bytes, one a second. */
export function brokerTrickles(at: number, length: number, broker = 0, bytes = 1): Fault {
  return brokerFault('trickle', at, length, { broker, bytes }, false, () => ({ trickleBytes: bytes }));
}

/** No message is longer than this. */
const LONGEST_MESSAGE = 1_000_000;

/**
 * Somebody sends each device a message on its topic of calls that is so long that it lasts to the end, while the broker
 * sends `bytes` bytes a second: what the device waits for can only come behind it.
 */
export function longMessages(at: number, length: number, broker = 0, bytes = 300): Fault {
  return lastingFault('longmessage', at, length, { broker, bytes }, (simulation) => {
    const { model, touch } = simulation.brokers[broker]!;
    const cure = override(model.faults as BrokerFaults, { trickleBytes: bytes });
    model.changeFaults({});
    const payload = new Uint8Array(Math.min(LONGEST_MESSAGE, Math.ceil((bytes * length) / 1000))).fill(0x7a);
    for (const { name, settings } of simulation.world.gateways) {
      model.publish(String(settings['prefix'] ?? 'tagwire') + '/' + name + '/cmd/long', payload, 0, false);
    }
    touch();
    return () => {
      cure();
      model.changeFaults({});
      touch();
    };
  });
}

/** The broker takes the next message with QoS 1 or 2, dies before its answer, and is back at once with its sessions. */
export function pubackLost(at: number, length: number, broker = 0): Fault {
  return brokerFault('pubacklost', at, length, { broker }, false, (simulation, { model, touch }) => {
    let dead = false;
    return {
      cutsBeforeAnswer: () => {
        if (dead) return false;
        dead = true;
        simulation.scheduler.at(simulation.now(), () => {
          model.restart(true);
          touch();
        });
        return true;
      },
    };
  });
}

/** The broker restarts, and is away for `off` milliseconds. Sessions and retained messages are kept or lost. */
export function brokerRestart(at: number, broker = 0, sessions: 'kept' | 'lost' = 'kept', off = 3000): Fault {
  return momentFault('brokerrestart', at, { broker, sessions, off: timeOf(off) }, (simulation) => {
    const { model, servers, touch } = simulation.brokers[broker]!;
    const cures = servers.map((server) => override(server, { state: 'refuses' }));
    model.restart(sessions === 'kept');
    touch();
    simulation.scheduler.at(simulation.now() + off, () => {
      for (const cure of cures) cure();
    });
  });
}

/**
 * Every filter is refused in SUBACK with 0x80; connections are cut first, and sessions lost, so that there is one. At
 * the end nothing is cut: a device asks by itself for what was refused.
 */
export function subackRefused(at: number, length: number, broker = 0): Fault {
  return optionFault('subackrefused', at, length, { broker }, () => ({ grant: () => SUBACK_FAILURE }), true);
}

/** The broker closes at each message with the topic of the first message that comes: one that it cannot bear. */
export function closesAtMessage(at: number, length: number, broker = 0): Fault {
  return optionFault('poison', at, length, { broker }, () => {
    let poison: string | undefined;
    return {
      mayPublish: (_client, topic) => {
        poison ??= topic;
        return topic === poison ? PublishAccess.close : PublishAccess.accept;
      },
    };
  });
}

/** Nobody may publish: messages are acknowledged and go nowhere, as with an access list of Mosquitto. */
export function publishesDropped(at: number, length: number, broker = 0): Fault {
  return optionFault('acldrop', at, length, { broker }, () => ({ mayPublish: () => PublishAccess.drop }));
}

function brokerFault(
  kind: string,
  at: number,
  length: number,
  detail: FaultDetail & { readonly broker: number },
  cutsFirst: boolean,
  faults: (simulation: Simulation, place: BrokerPlace) => Partial<BrokerFaults>,
): Fault {
  return lastingFault(kind, at, length, detail, (simulation) => {
    const place = simulation.brokers[detail.broker]!;
    const { model, touch } = place;
    const cure = override(model.faults as BrokerFaults, faults(simulation, place));
    model.changeFaults({});
    if (cutsFirst) model.disconnect();
    touch();
    return () => {
      cure();
      model.changeFaults({});
      touch();
    };
  });
}

function optionFault(
  kind: string,
  at: number,
  length: number,
  detail: FaultDetail & { readonly broker: number },
  options: () => Partial<BrokerModelOptions>,
  losesSessions = false,
): Fault {
  return lastingFault(kind, at, length, detail, (simulation) => {
    const { model, touch } = simulation.brokers[detail.broker]!;
    const cure = override(model.options, options());
    if (losesSessions) {
      model.restart(false, true);
      touch();
    }
    return cure;
  });
}
