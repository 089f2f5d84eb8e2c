import { Brokers } from '../../../src/brokers/index.js';
import type { MessageReceiver } from '../../../src/brokers/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { publishPacket } from './publish-packet.js';
import { World } from './world.js';

/*
 * A message on its way from the transport to on-message. Each export does its operation `count` times and returns how
 * often it was seen to have happened.
 */

const SECOND = 1000;
const RECEIVED = 32;

const TOPIC_NAME = 'some/sort/of/topic';
const TOPIC = encodeUtf8(TOPIC_NAME);
const PAYLOAD = new Uint8Array(48).fill(0x41);
const MESSAGE = publishPacket(TOPIC_NAME, PAYLOAD);

class Receiver implements MessageReceiver {
  heard = 0;

  onMessage(): void {
    this.heard++;
  }
}

const world = new World(0);
const board = world.board('bench', false);
const brokers = new Brokers(board, { platforms: [board], received: { entries: RECEIVED } });
const [exact, single, multiple] = [new Receiver(), new Receiver(), new Receiver()];
const broker = brokers.add({ name: 'b', address: '127.0.0.1', 'client-id': 'bench' });

/** Lets promises and then time pass until `promise` is settled. */
async function answered(promise: Promise<void>): Promise<void> {
  for (let i = 0; i < 8; i++) await undefined;
  world.time.run(SECOND);
  await promise;
}

// The host runs promises only while it loads.
await answered(broker.connect());
await answered(broker.subscribe('some/#', { receiver: multiple }));
await answered(broker.subscribe('some/sort/of/+', { receiver: single }));
await answered(broker.subscribe('some/sort/of/topic', { receiver: exact }));

/** A message is received, acknowledged, stored in the ring, and given to the closest of three receivers of bytes. */
export function receiveOnMessage(count: number): number {
  const before = exact.heard;
  const storedBefore = brokers.received.count + brokers.received.lost;
  for (let i = 0; i < count; i++) world.broker.send(MESSAGE);
  const stored = brokers.received.count + brokers.received.lost - storedBefore;
  const heard = exact.heard - before;
  return single.heard + multiple.heard > 0 ? 0 : stored < heard ? stored : heard;
}

/** A message of firmware goes out through a broker with QoS 1, and is acknowledged. */
export function publishBytes(count: number): number {
  world.broker.byHand = true;
  const before = world.broker.publishes;
  for (let i = 0; i < count; i++) {
    broker.publishBytes(TOPIC, PAYLOAD, 1, false);
    world.broker.answer();
  }
  world.broker.byHand = false;
  return broker.connection?.session.inFlight === 0 ? world.broker.publishes - before : 0;
}
