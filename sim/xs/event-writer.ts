import { ChannelSize, EventOffset } from '../../boards/xsnap/channel.js';
import type { Event } from '../../boards/xsnap/channel.js';

/** Bytes of the longest body. */
export const LONGEST_BODY: number = ChannelSize.command - EventOffset.body;

/** Something of the host that has events for the firmware. */
export interface EventSource {
  /** Writes its next event and returns true; false when there is none. */
  next(event: EventWriter): boolean;
}

/** Writes one event for the firmware after another into one buffer; see `EventOffset`. */
export class EventWriter {
  private readonly buffer = Buffer.alloc(ChannelSize.command);
  private length = 0;

  /** Begins an event without a body. */
  begin(event: Event, small = 0, count = 0, number = 0): void {
    this.buffer.writeUInt8(event, EventOffset.event);
    this.buffer.writeUInt8(small, EventOffset.small);
    this.buffer.writeUInt16LE(count, EventOffset.count);
    this.buffer.writeUInt32LE(number, EventOffset.number);
    this.length = EventOffset.body;
  }

  /** Puts text into the body; what does not fit is cut off. */
  text(text: string): void {
    this.length += this.buffer.write(text, this.length);
  }

  /** Puts `bytes[from..to)` into the body, which has room for `LONGEST_BODY` in all. */
  bytes(bytes: Uint8Array, from: number, to: number): void {
    this.buffer.set(bytes.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** The event, at the time of these clocks; valid until the next one begins. */
  finish(now: number, unixTime: number): Uint8Array {
    this.buffer.writeDoubleLE(now, EventOffset.now);
    this.buffer.writeDoubleLE(unixTime, EventOffset.unixTime);
    return this.buffer.subarray(0, this.length);
  }
}
