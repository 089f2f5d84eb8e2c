import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { encodeUtf8, Session } from '../../../src/mqtt/index.js';
import type { IncomingMessage, SessionHandler } from '../../../src/mqtt/index.js';
import { BuiltInMethods } from '../../../src/rpc/built-in-methods.js';
import { KeptAnswers } from '../../../src/rpc/kept-answers.js';
import { plainRoutes } from '../../../src/rpc/rpc-route.js';
import { Rpc } from '../../../src/rpc/rpc.js';
import { Schedule } from '../../../src/schedule/schedule.js';
import { FlashLog } from '../../../src/telemetry/outbox/flash-log.js';
import { HealthReport } from '../../../src/telemetry/index.js';
import { writeHealthJson } from '../../../src/cloud/index.js';
import { MemoryPartition } from './memory-partition.js';
import { publishPacket } from './publish-packet.js';

/*
 * An RPC call as a device gets it: a PUBLISH with QoS 1 arrives at the session, the method runs, its answer is
 * published with QoS 1 and acknowledged. Each export does that `count` times and returns how many answers there were.
 * Then a schedule, which is due that often.
 */

const TOPIC = 'tagwire/shed/cmd/17';
const SCAN = publishPacket(TOPIC, encodeUtf8('{"method":"scan","params":{"on":true}}'));
const STATISTICS = publishPacket(TOPIC, encodeUtf8('{"method":"statistics"}'));
const UNKNOWN = publishPacket(TOPIC, encodeUtf8('{"method":"no such method"}'));
/** Of the flash of each log. */
const BLOCKS = 6;
const CONNACK = new Uint8Array([0x20, 2, 0, 0]);
const PUBACK = new Uint8Array([0x40, 2, 0, 0]);
const SUBACK = new Uint8Array([0x90, 3, 0, 0, 1]);

const report = new HealthReport(encodeUtf8('power on'), encodeUtf8('esp32'), encodeUtf8('A1B2C3'), encodeUtf8('0.1.0'));
report.freeChunkBytes = report.freeSlotBytes = 8192;
report.rssi = -60;

/** What the methods act on. */
class Device implements SessionHandler {
  scanning = false;
  readonly connection = this;
  rpc: Rpc | undefined;
  lastId = 0;

  setScan(on: boolean): void {
    this.scanning = on;
  }

  writeStatistics(into: Uint8Array, from: number, to: number): number {
    return writeHealthJson(report, into, from, to);
  }

  // RpcHost

  publishRange(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    from: number,
    to: number,
    qos: number,
    retain: boolean,
  ): number {
    const packetId = session.publishRange(topic, topicFrom, topicTo, payload, from, to, qos, retain);
    this.lastId = packetId;
    return packetId;
  }

  subscribe(filter: Uint8Array, qos: number): number {
    return session.subscribe(filter, qos);
  }

  wake(): void {}

  // SessionHandler

  onConnected(): void {
    this.rpc!.connected(0);
  }

  onMessage(received: IncomingMessage): void {
    this.rpc!.message(received, 0);
  }

  onAcknowledged(packetId: number): void {
    this.rpc!.acknowledged(packetId, 0);
  }

  onSubscribed(): void {}
  onUnsubscribed(): void {}
  onSkipped(): void {}
  onRoom(): void {}
  onClosed(): void {}
}

const device = new Device();
const session = new Session({ clientId: 'bench', transmitArenaSize: 2048 }, device);
device.rpc = new Rpc({ routes: plainRoutes('tagwire', 'shed'), methods: [new BuiltInMethods(device)] });
device.rpc.start(0, device);
const [plain, kept, logged] = [device.rpc, keptRpc(5), keptRpc(0)];
session.open(0);
drain();
session.receive(CONNACK, 0, CONNACK.length, 0);
session.next(0);
// The identifier of SUBSCRIBE: fixed header, length, identifier.
SUBACK[2] = session.output[session.outputFrom + 2]!;
SUBACK[3] = session.output[session.outputFrom + 3]!;
drain();
session.receive(SUBACK, 0, SUBACK.length, 0);

/** A literal would be made anew each time, since this program is not in ROM. */
/** Put together, because each evaluation of a literal would be a copy: a chip has it in ROM, this engine has not. */
const CONNECTED = ['conn', 'ected'].join('');
let runs = 0;
let now = 0;
const schedule = new Schedule(
  { now: () => now, unixTime: () => 0 },
  { uint32: () => 7 },
  { onJobFailed: () => undefined },
);
schedule.add('health', { kind: 'every', seconds: 1, jitter: 1 }, () => runs++);
schedule.add('event', { kind: 'event', name: CONNECTED }, () => runs++);
schedule.start(0);

export function callScan(count: number): number {
  return call(SCAN, count);
}

/** As `callScan`, with an answer that a queue keeps until its PUBACK. */
export function callKept(count: number): number {
  return callOf(kept, count);
}

/** The same, and each answer is written to the log before it is sent, and marked there. */
export function callLogged(count: number): number {
  return callOf(logged, count);
}

export function callStatistics(count: number): number {
  return call(STATISTICS, count);
}

export function unknownMethod(count: number): number {
  return call(UNKNOWN, count);
}

/** Jobs that are due by an interval and by an event, in turn. */
export function scheduledJob(count: number): number {
  const before = runs;
  for (let i = 0; i < count; i++) {
    if (i & 1) schedule.event(CONNECTED);
    else now = schedule.deadline;
    schedule.tick(now);
  }
  return runs - before;
}

/** An `Rpc` that keeps its answers in a log of its own. */
function keptRpc(persistSeconds: number): Rpc {
  const log = new FlashLog(new PartitionFlash(new MemoryPartition(BLOCKS), BLOCKS));
  const clock = { now: () => 0, unixTime: () => 0 };
  const storage = { log, clock, place: 1, persistent: false, persistSeconds, maxInFlight: 8 };
  const made = new Rpc(
    { routes: plainRoutes('tagwire', 'shed'), methods: [new BuiltInMethods(device)] },
    undefined,
    (queueSize, maxAnswer, handler) => new KeptAnswers(queueSize, maxAnswer, handler, storage),
  );
  made.start(0, device);
  made.connected(0);
  return made;
}

function callOf(rpc: Rpc, count: number): number {
  device.rpc = rpc;
  const answers = call(SCAN, count);
  device.rpc = plain;
  return answers;
}

function call(bytes: Uint8Array, count: number): number {
  const before = device.rpc!.answers;
  for (let i = 0; i < count; i++) {
    session.receive(bytes, 0, bytes.length, 0);
    drain();
    PUBACK[2] = device.lastId >> 8;
    PUBACK[3] = device.lastId & 255;
    session.receive(PUBACK, 0, PUBACK.length, 0);
  }
  return session.inFlight === 0 ? device.rpc!.answers - before : -1;
}

function drain(): void {
  while (session.next(0)) session.sent(session.outputTo - session.outputFrom, 0);
}
