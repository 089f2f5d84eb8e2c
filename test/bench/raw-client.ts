import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { measure, publishPacket, startWatch, tell, TOPIC } from './work.js';
import type { Outcome, Work } from './work.js';

// No client at all: bytes that were made beforehand go to a broker, and what comes is counted. How fast that is, is the
// limit of the broker and of the sockets, which no client can exceed.

/** Messages of one write. */
const BLOCK = 1000;
const READ_SIZE = 262144;
const CONNACK_LENGTH = 4;
const SUBACK_LENGTH = 5;
const PUBACK_LENGTH = 4;

export async function run(work: Work): Promise<void> {
  const wire = await open(work);
  if (work.task === 'publish') await pump(wire, work);
  else await drink(wire, work);
  wire.socket.end(Buffer.from([0xe0, 0]));
}

/** A socket, and how many bytes it received. */
interface Wire {
  socket: Socket;
  /** Resolves when so many bytes have arrived since the connection began. */
  received(bytes: number): Promise<void>;
}

async function open({ port, clientId }: Work): Promise<Wire> {
  let count = 0;
  let wanted = Infinity;
  let reached = (): void => undefined;
  const buffer = Buffer.alloc(READ_SIZE);
  const callback = (length: number): boolean => {
    count += length;
    if (count >= wanted) reached();
    return true;
  };
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } });
  const received = (bytes: number): Promise<void> =>
    new Promise((resolve) => {
      wanted = bytes;
      reached = resolve;
      if (count >= wanted) resolve();
    });
  const name = Buffer.from(clientId);
  const variable = Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 0, 0, name.length]);
  socket.write(Buffer.concat([Buffer.from([0x10, variable.length + name.length]), variable, name]));
  await received(CONNACK_LENGTH);
  return { socket, received };
}

/** Ends behind the last PUBACK; behind QoS 0 one message of QoS 1 is sent for that. Nobody keeps to a window. */
async function pump({ socket, received }: Wire, work: Work): Promise<void> {
  const { qos } = work;
  const topic = work.filter ?? TOPIC;
  const messages: Buffer[] = [];
  for (let i = 1; i <= BLOCK; i++) messages.push(publishPacket(topic, qos, i));
  const block = Buffer.concat(messages);
  const size = messages[0]!.length;
  const last = publishPacket(topic, 1, 1);
  let pubacks = 0;
  const publishAll = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count;) {
      const part = Math.min(BLOCK, count - sent);
      sent += part;
      if (!socket.write(block.subarray(0, part * size))) {
        await new Promise((resolve) => socket.once('drain', resolve));
      }
    }
    if (qos === 0) socket.write(last);
    pubacks += qos === 0 ? 1 : count;
    await received(CONNACK_LENGTH + pubacks * PUBACK_LENGTH);
  };
  await measure(work, publishAll);
}

/** Reads the messages of QoS 0 of a subscription, and looks at none. */
async function drink({ socket, received }: Wire, { filter = '', warmUp, operations }: Work): Promise<void> {
  const name = Buffer.from(filter);
  socket.write(Buffer.concat([Buffer.from([0x82, name.length + 5, 0, 1, 0, name.length]), name, Buffer.from([0])]));
  const size = publishPacket(filter, 0, 0).length;
  const before = CONNACK_LENGTH + SUBACK_LENGTH;
  await received(before);
  tell('subscribed');
  await received(before + warmUp * size);
  const stop: () => Outcome = startWatch();
  await received(before + (warmUp + operations) * size);
  tell(stop());
}
