import { connectAsync } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';

/** A message as MQTT.js tells it. */
export interface PeerMessage {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
}

const peers: MqttClient[] = [];

/** Ends every peer that was made since; for `afterEach`. */
export async function endPeers(): Promise<void> {
  for (const peer of peers.splice(0)) await peer.endAsync(true);
}

/** MQTT.js as the client on the other side of the broker. */
export class Peer {
  readonly messages: PeerMessage[] = [];
  private readonly waiting: { condition: () => boolean; resolve: () => void }[] = [];

  private constructor(readonly client: MqttClient) {
    client.on('message', (topic, payload, { qos, retain }) => {
      this.messages.push({ topic, payload, qos, retain });
      for (let i = this.waiting.length - 1; i >= 0; i--) {
        const { condition, resolve } = this.waiting[i]!;
        if (!condition()) continue;
        this.waiting.splice(i, 1);
        resolve();
      }
    });
  }

  static async connect(url: string, options: IClientOptions = {}): Promise<Peer> {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...options }, false);
    peers.push(client);
    return new Peer(client);
  }

  /** A connected peer that is subscribed to `filter` with QoS 1. */
  static async subscribed(url: string, filter: string, options: IClientOptions = {}): Promise<Peer> {
    const peer = await Peer.connect(url, options);
    await peer.client.subscribeAsync(filter, { qos: 1 });
    return peer;
  }

  async publish(topic: string, payload: string | Buffer, qos: 0 | 1, retain = false): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos, retain });
  }

  /** Resolves when `condition` holds; it is asked after each message. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  /** Resolves with the first message. */
  async first(): Promise<PeerMessage> {
    await this.until(() => this.messages.length > 0);
    return this.messages[0]!;
  }

  texts(): string[] {
    return this.messages.map(({ payload }) => payload.toString());
  }
}
