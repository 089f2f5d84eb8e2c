import { TransportFailure } from '../../../src/hal/index.js';
import type { Endpoint, Timer, Timers, Transport, TransportHandler } from '../../../src/hal/index.js';
import { PacketType } from '../../../src/mqtt/index.js';

/** Milliseconds from the device to the broker and back. */
const ROUND_TRIP = 40;
const ANSWER_BYTES = 4096;

/** How the broker, or the way to it, behaves. */
export const enum Fault {
  none,
  /** Nothing listens. */
  refuses,
  /** CONNACK says "server unavailable". */
  unavailable,
}

/**
 * A transport that ends in a broker, both in memory that is taken at construction: once it exists, nothing that it
 * does costs memory, so that what is measured beside it is the device's alone. It takes what is written as whole
 * packets, since it always takes all, and answers with PUBACK, SUBACK, UNSUBACK and PINGRESP.
 */
export class ModelBroker implements Transport {
  fault: Fault = Fault.none;
  /** CONNECT packets. */
  connects = 0;
  /** PUBLISH packets, and how many of them had DUP. */
  publishes = 0;
  redelivered = 0;
  subscribes = 0;
  pings = 0;
  /** PUBACK packets, for what it sent. */
  acknowledgements = 0;
  /** Times that the packet identifiers began anew. */
  wraps = 0;
  lastPacketId = 0;
  /** Answers wait for `answer`; else they are sent by themselves, after a round trip. */
  byHand = false;

  private handler: TransportHandler | undefined;
  private isOpen = false;
  /** Half-open: bytes go nowhere, and nobody says so. */
  private frozen = false;
  private readonly answers = new Uint8Array(ANSWER_BYTES);
  private answersTo = 0;
  /** Bytes of the packet that has begun and that are still to come. */
  private missing = 0;
  private readonly answerTimer: Timer;
  private readonly openTimer: Timer;

  /** `onPublish` hears the payload `bytes[from..to)` of each PUBLISH. */
  constructor(
    timers: Timers,
    private readonly onPublish: (bytes: Uint8Array, from: number, to: number) => void,
  ) {
    this.answerTimer = timers.create(() => this.answer());
    this.openTimer = timers.create(() => this.opened());
  }

  open(_address: string, _endpoint: Endpoint, handler: TransportHandler): void {
    this.handler = handler;
    this.openTimer.start(ROUND_TRIP);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.frozen) return to - from;
    let at = from + this.missing;
    while (at < to) at = this.take(bytes, at);
    // The rest of a payload that comes in pieces.
    this.missing = at - to;
    if (this.answersTo > 0 && !this.byHand) this.answerTimer.start(ROUND_TRIP);
    return to - from;
  }

  resume(): void {}

  close(): void {
    this.handler = undefined;
    this.isOpen = false;
    this.frozen = false;
    this.missing = 0;
    this.answersTo = 0;
    this.answerTimer.stop();
    this.openTimer.stop();
  }

  /** Ends the connection, if there is one. */
  drop(): void {
    const handler = this.handler;
    const wasOpen = this.isOpen;
    this.close();
    if (wasOpen) handler?.onClose(TransportFailure.reset, RESET);
  }

  /** From now on nothing passes on the connection, in either direction. */
  freeze(): void {
    this.frozen = this.isOpen;
  }

  /** Sends the answers that wait. */
  answer(): void {
    const to = this.answersTo;
    this.answersTo = 0;
    if (to > 0 && !this.frozen) this.handler?.onReceive(this.answers, 0, to);
  }

  /** Sends `bytes` to the device. False when there is no way. */
  send(bytes: Uint8Array): boolean {
    if (!this.isOpen || this.frozen || !this.handler) return false;
    this.handler.onReceive(bytes, 0, bytes.length);
    return true;
  }

  private opened(): void {
    if (this.fault === Fault.refuses) {
      const handler = this.handler;
      this.handler = undefined;
      handler?.onClose(TransportFailure.unreachable, REFUSED);
      return;
    }
    this.isOpen = true;
    this.handler?.onOpen();
  }

  /** Takes the packet at `bytes[at]` and returns where it ends. */
  private take(bytes: Uint8Array, at: number): number {
    const type = bytes[at]! >> 4;
    let length = 0;
    let head = at + 1;
    let shift = 0;
    for (;;) {
      const byte = bytes[head++]!;
      length |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) break;
    }
    const end = head + length;
    if (type === PacketType.publish) this.takePublish(bytes, at, head, end);
    else if (type === PacketType.connect) this.takeConnect();
    else if (type === PacketType.pingreq) this.takePing();
    else if (type === PacketType.puback) this.acknowledgements++;
    else if (type === PacketType.subscribe) this.takeSubscribe(bytes, head, end);
    else if (type === PacketType.unsubscribe) this.put4(0xb0, 2, bytes[head]!, bytes[head + 1]!);
    return end;
  }

  private takePublish(bytes: Uint8Array, at: number, head: number, end: number): void {
    this.publishes++;
    if ((bytes[at]! & 8) !== 0) this.redelivered++;
    let from = head + 2 + ((bytes[head]! << 8) | bytes[head + 1]!);
    if ((bytes[at]! & 6) !== 0) {
      const packetId = (bytes[from]! << 8) | bytes[from + 1]!;
      if (packetId + 32768 < this.lastPacketId) this.wraps++;
      this.lastPacketId = packetId;
      this.put4(0x40, 2, bytes[from]!, bytes[from + 1]!);
      from += 2;
    }
    this.onPublish(bytes, from, end);
  }

  private takeConnect(): void {
    this.connects++;
    this.put4(0x20, 2, 0, this.fault === Fault.unavailable ? 3 : 0);
  }

  private takePing(): void {
    this.pings++;
    this.answers[this.answersTo++] = 0xd0;
    this.answers[this.answersTo++] = 0;
  }

  private takeSubscribe(bytes: Uint8Array, head: number, end: number): void {
    this.subscribes++;
    const length = this.answersTo + 1;
    this.put4(0x90, 2, bytes[head]!, bytes[head + 1]!);
    for (let at = head + 2; at < end;) {
      at += 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
      this.answers[this.answersTo++] = bytes[at++]!;
      this.answers[length]!++;
    }
  }

  private put4(first: number, second: number, third: number, fourth: number): void {
    const answers = this.answers;
    answers[this.answersTo++] = first;
    answers[this.answersTo++] = second;
    answers[this.answersTo++] = third;
    answers[this.answersTo++] = fourth;
  }
}

// Evaluated once: a string literal costs a chunk each time in a script.
const RESET = 'the connection was reset';
const REFUSED = 'nothing listens there';
