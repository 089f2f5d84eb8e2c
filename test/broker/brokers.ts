import { afterEach, describe } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import { closeClients } from './client.js';
import { endPeers } from './peer.js';

/** What both brokers offer. */
export interface RunningBroker {
  readonly port: number;
  readonly url: string;
}

/** Settings that both brokers understand. */
export interface BrokerSettings {
  /** Passwords by user name; absent: everyone may connect. */
  users?: Readonly<Record<string, string>>;
}

export interface BrokerKind {
  name: 'Mosquitto' | 'aedes';
  /** Starts a broker that ends with the test. */
  start(settings?: BrokerSettings): Promise<RunningBroker>;
}

/** Runs the tests of `body` against Mosquitto, where it is installed, and against aedes. */
export function describeBrokers(title: string, body: (kind: BrokerKind) => void): void {
  const ending: (() => Promise<void>)[] = [];
  const prepare = (kind: BrokerKind): void => {
    afterEach(async () => {
      closeClients();
      await endPeers();
      for (const end of ending.splice(0)) await end();
    });
    body(kind);
  };
  requireMosquitto()(`${title}: Mosquitto`, () => {
    prepare({
      name: 'Mosquitto',
      start: async (settings = {}) => {
        const broker = await startMosquitto(settings);
        ending.push(() => broker.stop());
        return broker;
      },
    });
  });
  describe(`${title}: aedes`, () => {
    prepare({
      name: 'aedes',
      start: async (settings = {}) => {
        const broker = await startEmbeddedBroker(settings);
        ending.push(() => broker.close());
        return broker;
      },
    });
  });
}
