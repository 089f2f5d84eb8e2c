import { Brokers } from '../../../src/device/brokers/index.js';
import type { MessageReceiver } from '../../../src/device/brokers/index.js';
import type { Timer } from '../../../src/hal/index.js';
import { encodeUtf8, PacketType, PublishFlag } from '../../../src/mqtt/index.js';
import { World } from './world.js';

/*
 * A message on its way from the transport to on-message. Each export does its operation `count` times and returns how
 * often it was seen to have happened.
 */

const SECOND = 1000;
const RECEIVED = 32;

/** A PUBLISH with QoS 1 from the broker. */
const TOPIC = encodeUtf8('some/sort/of/topic');
const PAYLOAD = new Uint8Array(48).fill(0x41);
const MESSAGE = new Uint8Array(2 + 2 + TOPIC.length + 2 + PAYLOAD.length);
MESSAGE[0] = (PacketType.publish << 4) | PublishFlag.qos1;
MESSAGE[1] = MESSAGE.length - 2;
MESSAGE[3] = TOPIC.length;
MESSAGE.set(TOPIC, 4);
MESSAGE[4 + TOPIC.length + 1] = 7;
MESSAGE.set(PAYLOAD, 4 + TOPIC.length + 2);

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

const timer: Timer = { start: () => {}, stop: () => {} };
const still = { ...board, timers: { create: (): Timer => timer } };
const kept: unknown[] = [];

/** `count` devices, each with one broker that was not connected yet and a small ring; they are not garbage. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) {
    const own = new Brokers(still, { platforms: [still], received: { capacity: 64, entries: 1 } });
    kept.push(own.add({ name: 'b', address: '127.0.0.1', 'client-id': 'bench' }));
  }
  return count;
}
