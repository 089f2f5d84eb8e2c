import { NodeTransport } from '../../sim/hal/transport.js';
import type { TransportHandler } from '../../src/hal/index.js';
import { measure, publishPacket, startWatch, tell, TOPIC } from './work.js';
import type { Outcome, Work } from './work.js';

// Our transport without a client: bytes that were made beforehand go to a broker, and what comes is counted. How fast
// that is, is the limit of the broker and of the sockets, and its processor time that of the system calls.

/** Messages that are made beforehand; their packet identifiers are different. */
const BLOCK = 1000;
const CONNACK_LENGTH = 4;
const SUBACK_LENGTH = 5;
const PUBACK_LENGTH = 4;

export async function run(work: Work): Promise<void> {
  const wire = await open(work);
  if (work.task === 'publish') await pump(wire, work);
  else await drink(wire, work);
  wire.transport.write(Uint8Array.of(0xe0, 0), 0, 2);
  wire.transport.close();
}

const nothing = (): void => undefined;

/** A connection, and how many bytes it received. */
class Wire implements TransportHandler {
  readonly transport = new NodeTransport();
  count = 0;
  onOpen: () => void = nothing;
  onWritable: () => void = nothing;
  onCounted: () => void = nothing;

  onReceive(_bytes: Uint8Array, from: number, to: number): number {
    this.count += to - from;
    this.onCounted();
    return to - from;
  }

  onClose(_cause: number, detail: string): void {
    throw new Error(detail);
  }

  /** Resolves when so many bytes have arrived since the connection began. */
  received(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.onCounted = () => {
        if (this.count >= bytes) resolve();
      };
      this.onCounted();
    });
  }
}

async function open({ port, clientId }: Work): Promise<Wire> {
  const wire = new Wire();
  const name = Buffer.from(clientId);
  const variable = Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 0, 0, name.length]);
  const connect = Buffer.concat([Buffer.from([0x10, variable.length + name.length]), variable, name]);
  wire.onOpen = () => wire.transport.write(connect, 0, connect.length);
  wire.transport.open('127.0.0.1', { host: '127.0.0.1', port }, wire);
  await wire.received(CONNACK_LENGTH);
  return wire;
}

/**
 * Ends behind the last PUBACK; behind QoS 0 one message of QoS 1 is sent for that. With a `window`, so many messages
 * are without a PUBACK at most, and the next ones go when half of it is free.
 */
async function pump(wire: Wire, work: Work): Promise<void> {
  const { qos } = work;
  const window = qos === 0 ? Infinity : work.window || Infinity;
  const topic = work.filter ?? TOPIC;
  const messages: Buffer[] = [];
  for (let i = 1; i <= BLOCK; i++) messages.push(publishPacket(topic, qos, i));
  const block = Buffer.concat(messages);
  const size = messages[0]!.length;
  const last = publishPacket(topic, 1, 1);
  const publishAll = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const before = wire.count;
      const end = count * size;
      let sent = 0;
      let lastSent = 0;
      const send = (): void => {
        const acknowledged = (wire.count - before) / PUBACK_LENGTH;
        if (acknowledged === (qos === 0 ? 1 : count)) return resolve();
        const inFlight = sent / size - acknowledged;
        if (inFlight > window / 2) return;
        const limit = Math.min(end, Math.floor(acknowledged + window) * size);
        while (sent < limit) {
          const from = sent % block.length;
          const taken = wire.transport.write(block, from, Math.min(block.length, from + limit - sent));
          if (taken === 0) return;
          sent += taken;
        }
        if (sent === end && qos === 0) lastSent += wire.transport.write(last, lastSent, last.length);
      };
      wire.onWritable = send;
      wire.onCounted = send;
      send();
    });
  await measure(work, publishAll);
}

/** Reads the messages of QoS 0 of a subscription, and looks at none. */
async function drink(wire: Wire, { filter = '', warmUp, operations }: Work): Promise<void> {
  const name = Buffer.from(filter);
  const subscribe = Buffer.from([0x82, name.length + 5, 0, 1, 0, name.length, ...name, 0]);
  wire.transport.write(subscribe, 0, subscribe.length);
  const size = publishPacket(filter, 0, 0).length;
  const before = CONNACK_LENGTH + SUBACK_LENGTH;
  await wire.received(before);
  tell('subscribed');
  await wire.received(before + warmUp * size);
  const stop: () => Outcome = startWatch();
  await wire.received(before + (warmUp + operations) * size);
  tell(stop());
}
