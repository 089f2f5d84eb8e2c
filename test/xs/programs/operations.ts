import { PlainTagProfile } from '../../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../../src/device/index.js';
import { Counter, encodeUtf8, PacketType, PublishFlag, Session, topicMatches } from '../../../src/mqtt/index.js';
import type { IncomingMessage, SessionHandler } from '../../../src/mqtt/index.js';
import { FilterReason } from '../../../src/tags/filter/advertisement-filter.js';
import { publishPacket } from './publish-packet.js';
import { World } from './world.js';
import { SILENT } from './silent.js';

/*
 * Each export below does its operation `count` times and returns how many times it was seen to have happened, by
 * what came out of the session or by its counters. Nothing but the code under measurement allocates.
 */

const TOPIC_NAME = 'tagwire/shed/tags/DC2C6E0FC03D';
const TOPIC = encodeUtf8(TOPIC_NAME);
const FILTER = encodeUtf8('tagwire/+/tags/#');
const PAYLOAD = new Uint8Array(64).fill(0x41);
const CONNACK = new Uint8Array([0x20, 2, 1, 0]);
const PINGRESP = new Uint8Array([0xd0, 0]);
const PUBACK = new Uint8Array([0x40, 2, 0, 0]);
const IN_FLIGHT = 8;
/** The first byte of a PUBLISH that is sent again. */
const AGAIN = (PacketType.publish << 4) | PublishFlag.dup | PublishFlag.qos1;
const SECOND = 1000;

/** A PUBLISH with QoS 1 from the broker. */
const MESSAGE = publishPacket(TOPIC_NAME, PAYLOAD);
const MESSAGE_ID = 4 + TOPIC.length;

/** Counts what the session tells. */
class Tally implements SessionHandler {
  acknowledged = 0;
  messages = 0;

  onConnected(): void {}

  onMessage(message: IncomingMessage): void {
    if (topicMatches(FILTER, 0, FILTER.length, message.topic, message.topicFrom, message.topicTo)) this.messages++;
  }

  onAcknowledged(): void {
    this.acknowledged++;
  }

  onSubscribed(): void {}
  onUnsubscribed(): void {}
  onSkipped(): void {}
  onRoom(): void {}
  onClosed(): void {}
}

const tally = new Tally();
const session = new Session({ clientId: 'bench', cleanSession: false, transmitArenaSize: 1024 }, tally);
let now = 0;

session.open(now);
drain();
session.receive(CONNACK, 0, CONNACK.length, now);

/** Takes everything that the session has to write. */
function drain(): void {
  while (session.next(now)) session.sent(session.outputTo - session.outputFrom, now);
}

function acknowledge(packetId: number): void {
  PUBACK[2] = packetId >> 8;
  PUBACK[3] = packetId & 255;
  session.receive(PUBACK, 0, PUBACK.length, now);
}

export function publishQos0(count: number): number {
  const before = session.counter(Counter.sent + PacketType.publish);
  for (let i = 0; i < count; i++) {
    session.publish(TOPIC, PAYLOAD, 0, false);
    drain();
  }
  return session.counter(Counter.sent + PacketType.publish) - before;
}

export function publishQos1Ack(count: number): number {
  const before = tally.acknowledged;
  for (let i = 0; i < count; i++) {
    const packetId = session.publish(TOPIC, PAYLOAD, 1, false);
    drain();
    acknowledge(packetId);
  }
  return tally.acknowledged - before;
}

export function receiveDispatch(count: number): number {
  const before = tally.messages;
  const acknowledgedBefore = session.counter(Counter.sent + PacketType.puback);
  for (let i = 0; i < count; i++) {
    const packetId = 1 + (i % 65535);
    MESSAGE[MESSAGE_ID] = packetId >> 8;
    MESSAGE[MESSAGE_ID + 1] = packetId & 255;
    session.receive(MESSAGE, 0, MESSAGE.length, now);
    drain();
  }
  return lesser(tally.messages - before, session.counter(Counter.sent + PacketType.puback) - acknowledgedBefore);
}

export function keepAlive(count: number): number {
  const before = session.counter(Counter.sent + PacketType.pingreq);
  const answeredBefore = session.counter(Counter.received + PacketType.pingresp);
  for (let i = 0; i < count; i++) {
    now += 45 * SECOND;
    session.tick(now);
    drain();
    session.receive(PINGRESP, 0, PINGRESP.length, now);
  }
  const answered = session.counter(Counter.received + PacketType.pingresp) - answeredBefore;
  return lesser(session.counter(Counter.sent + PacketType.pingreq) - before, answered);
}

/** Publishes eight messages, loses the connection, and delivers them again on the next one. */
export function reconnect8(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    let first = session.publish(TOPIC, PAYLOAD, 1, false);
    for (let message = 1; message < IN_FLIGHT; message++) session.publish(TOPIC, PAYLOAD, 1, false);
    drain();
    session.lost();
    const before = tally.acknowledged;
    const redelivered = session.counter(Counter.redelivered);
    session.open(now);
    drain();
    session.receive(CONNACK, 0, CONNACK.length, now);
    const publishes = session.counter(Counter.sent + PacketType.publish);
    let again = 0;
    while (session.next(now)) {
      // The session counts those that it marks with DUP; the first of each range is looked at.
      if (session.output[session.outputFrom] !== AGAIN) break;
      session.sent(session.outputTo - session.outputFrom, now);
      again = session.counter(Counter.sent + PacketType.publish) - publishes;
    }
    for (let message = 0; message < IN_FLIGHT; message++) {
      acknowledge(first);
      first = first === 65535 ? 1 : first + 1;
    }
    if (session.counter(Counter.redelivered) - redelivered !== IN_FLIGHT) again = 0;
    if (again === IN_FLIGHT && tally.acknowledged - before === IN_FLIGHT) done++;
  }
  return done;
}

function lesser(a: number, b: number): number {
  return a < b ? a : b;
}

const world = new World(0);
const board = world.board('bench', true);
const profile = new PlainTagProfile({ gateway: 'shed' });
const reporter = new TagReporter({ profile, rules: [{ minimumInterval: 0, maximumInterval: 0 }] }, board, SILENT);
const gateway = new Gateway(
  { connection: { clientId: 'bench', endpoints: [{ host: '127.0.0.1', port: 1883 }] }, profile },
  board,
  SILENT,
  reporter,
);
gateway.start();
world.time.run(SECOND);
world.scanner.advertise();
world.time.run(SECOND);
world.broker.byHand = true;

export function advertisement(count: number): number {
  const before = reporter.control.advertisements;
  const reports = reporter.outbox.appendedCount;
  for (let i = 0; i < count; i++) world.scanner.repeat();
  return reporter.outbox.appendedCount === reports ? reporter.control.advertisements - before : 0;
}

/** Of a device of which no format knows anything, such as a phone. */
export function unknownAdvertisement(count: number): number {
  const { control, tags, filter } = reporter;
  const before = control.advertisements;
  const passed = filter.counts[FilterReason.passed]!;
  world.scanner.stranger = true;
  for (let i = 0; i < count; i++) world.scanner.repeat();
  world.scanner.stranger = false;
  if (tags.size !== 1 || filter.counts[FilterReason.passed]! - passed !== count) return -1;
  return control.advertisements - before;
}

export function readingToPublish(count: number): number {
  const acknowledged = reporter.outbox.acknowledgedCount;
  const before = world.broker.publishes;
  for (let i = 0; i < count; i++) {
    world.scanner.advertise();
    world.broker.answer();
  }
  return lesser(reporter.outbox.acknowledgedCount - acknowledged, world.broker.publishes - before);
}
