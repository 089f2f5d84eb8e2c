import type { IPublishPacket } from 'mqtt-packet';
import type { SessionOptions } from '../../../src/mqtt/options.js';
import { FlashLog } from '../../../src/telemetry/outbox/flash-log.js';
import { MessageDrop, MessageQueue } from '../../../src/telemetry/outbox/message-queue.js';
import type { MessageQueueOptions } from '../../../src/telemetry/outbox/message-queue.js';
import type { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { utf8 } from '../../mqtt/bench/bytes.js';
import { publishes } from '../../mqtt/bench/codec.js';
import { Desk } from '../../mqtt/bench/desk.js';

export const EPOCH = 1790000000000;

/** What is the same over all runs of a program. */
export interface World {
  /** Milliseconds; goes on over restarts. */
  now: number;
  /** 0: the time of day is not known. */
  epoch: number;
  flash?: NorFlash;
}

export interface RunOptions extends Partial<MessageQueueOptions> {
  session?: Partial<SessionOptions>;
  log?: FlashLog;
  channel?: number;
}

/** One run of a program that has a queue of messages and a session: a restart is another `Run` on the same flash. */
export class Run {
  readonly desk: Desk;
  readonly log: FlashLog | undefined;
  readonly queue: MessageQueue;
  /** Numbers of messages by the packet identifiers under which they were sent. */
  readonly sent: [number: number, packetId: number][] = [];
  readonly drops: [count: number, reason: MessageDrop, number: number][] = [];

  constructor(
    readonly world: World,
    options: RunOptions = {},
  ) {
    const { session, log, channel = 1, ...sizes } = options;
    this.desk = new Desk(
      { cleanSession: false, ...session },
      {
        onConnected: () => {
          this.queue.connected();
          this.queue.publishWaiting();
        },
        onAcknowledged: (id) => {
          if (!this.queue.acknowledged(id)) throw new Error(`nobody waits for ${id}`);
        },
      },
    );
    this.desk.now = world.now;
    this.log = log ?? (world.flash && new FlashLog(world.flash));
    this.queue = new MessageQueue(
      { place: 7, ...sizes },
      { now: () => world.now, unixTime: () => (world.epoch > 0 ? world.epoch + world.now : 0) },
      {
        onSent: (number, packetId) => void this.sent.push([number, packetId]),
        onDropped: (count, reason, number) => void this.drops.push([count, reason, number]),
      },
      this.log,
      channel,
    );
    const { session: machine } = this.desk;
    const publishRange = machine.publishRange.bind(machine);
    this.queue.attach({ session: machine, publishRange }, session?.cleanSession !== true);
  }

  add(payload: string, lifetime = 0, topic = 't'): number {
    const [name, bytes] = [utf8(topic), utf8(payload)];
    const number = this.queue.add(name, 0, name.length, bytes, 0, bytes.length, false, lifetime);
    this.queue.publishWaiting();
    return number;
  }

  /** A connection is made; returns what is written behind CONNECT: see `describePublish`. */
  connect(): string[] {
    return publishes(this.desk.connect()).map(describePublish);
  }

  /** What the session writes now. */
  write(): string[] {
    return publishes(this.desk.write()).map(describePublish);
  }

  lose(): void {
    this.desk.session.lost();
    this.queue.disconnected();
  }

  /** PUBACK. */
  acknowledge(...packetIds: number[]): void {
    for (const id of packetIds) this.desk.give(Uint8Array.of(0x40, 2, id >> 8, id & 255));
    this.queue.publishWaiting();
  }

  /** Acknowledges all that is sent, until nothing is; returns it. */
  drain(): string[] {
    const all: string[] = [];
    for (let texts = this.write(); texts.length > 0 || this.queue.inFlight > 0; texts = this.write()) {
      all.push(...texts);
      this.acknowledge(...this.sent.splice(0).map(([, id]) => id));
    }
    return all;
  }

  /** Lets time pass, with a tick at each deadline. */
  wait(milliseconds: number): void {
    const end = this.world.now + milliseconds;
    while (this.queue.deadline <= end) {
      this.world.now = Math.max(this.world.now, this.queue.deadline);
      this.queue.tick();
    }
    this.world.now = end;
    this.desk.now = end;
  }
}

/** Identifier, DUP and payload. */
export function describePublish({ messageId, dup, payload }: IPublishPacket): string {
  return `${messageId}${dup ? ' dup' : ''} ${payload.toString()}`;
}
