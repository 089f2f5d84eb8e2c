import { RecordLayout, Layout } from './layout.js';
import { MAX_REMAINING_LENGTH, packetSize, publishLength, writePublishHeader } from './packet.js';
import type { Session } from './session.js';
import { Refusal } from './state.js';
import type { StreamedPacket, TransmitArena } from './transmit-arena.js';
import { scanUtf8 } from './utf8.js';

/**
 * Supplies a payload that is larger than the transmit arena, piece by piece, whenever there is room.
 * It must be able to begin again at offset 0 after a reconnection, until the message is written (QoS 0) or acknowledged
 * (QoS 1).
 */
export interface PayloadSource {
  /**
   * Writes payload bytes that begin at `offset` to `into[from..to)`, as many as it likes but at least one,
   * and returns how many. 0: none at the moment; call `session.sourceReady(now)` later (waiting too long closes the
   * connection). -1: it cannot go on; the connection is closed, because half a packet is on the wire, and the message
   * is given up. Must not call the session.
   */
  read(offset: number, into: Uint8Array, from: number, to: number): number;
}

/**
 * A packet whose record in the arena holds the header and a stage for pieces of the payload. It has a file of its
 * own so that firmware without large payloads does not carry it.
 */
class PayloadStream implements StreamedPacket {
  readonly record: number;
  failed = false;

  private readonly source: PayloadSource;
  /** Where the header ends and the stage begins. */
  private readonly headerEnd: number;
  private readonly total: number;
  /** Payload bytes that were read from the source. */
  private offset = 0;
  private stageTo = 0;

  /** For the packet that is about to be committed as the newest of the arena; `total` is in bytes. */
  constructor(arena: TransmitArena, source: PayloadSource, headerEnd: number, total: number) {
    this.record = arena.record(arena.words[Layout.count]!);
    this.source = source;
    this.headerEnd = headerEnd;
    this.total = total;
    this.stageTo = headerEnd;
  }

  rewind(): void {
    this.offset = 0;
    this.stageTo = this.headerEnd;
  }

  size(start: number): number {
    return this.headerEnd - start + this.total;
  }

  next(arena: TransmitArena, record: number): number {
    const words = arena.words;
    const start = words[record + RecordLayout.start]!;
    const written = words[Layout.partial]!;
    const headerEnd = this.headerEnd;
    if (start + written < headerEnd) {
      words[Layout.from] = start + written;
      words[Layout.to] = headerEnd;
      return 1;
    }
    const payloadWritten = start + written - headerEnd;
    if (payloadWritten === this.offset) {
      const missing = this.total - this.offset;
      const room = words[record + RecordLayout.end]! - headerEnd;
      const length = missing < room ? missing : room;
      const read = this.source.read(this.offset, arena.bytes, headerEnd, headerEnd + length);
      if (read === 0) return 0;
      if (!(read > 0 && read <= length)) {
        this.failed = true;
        return -1;
      }
      this.offset += read;
      this.stageTo = headerEnd + read;
    }
    words[Layout.from] = this.stageTo - (this.offset - payloadWritten);
    words[Layout.to] = this.stageTo;
    return 1;
  }
}

/**
 * Publishes a payload of `total` bytes that `source` supplies while it is being written; it may be larger than the
 * arena. One such message at a time. With QoS 1 the source is kept until PUBACK. Allocates one object.
 * Returns the packet identifier with QoS 1, 0 with QoS 0, or a `Refusal`.
 */
export function publishStream(
  session: Session,
  topic: Uint8Array,
  source: PayloadSource,
  total: number,
  qos: number,
  retain: boolean,
): number {
  const arena = session.arena;
  const ring = arena.words[Layout.ring]!;
  if (arena.stream) return session.refuse(Refusal.streaming);
  const length = publishLength(topic.length, qos, total);
  const headerSize = packetSize(length) - total;
  const refusal = session.admit(topic.length, qos, headerSize + (total > 0 ? 1 : 0));
  if (refusal < 0) return session.refuse(refusal);
  if (!(total >= 0 && total % 1 === 0 && length <= MAX_REMAINING_LENGTH)) return session.refuse(Refusal.tooLarge);
  // The stage takes half of the arena at most, so that other messages find room as well.
  const size = headerSize + Math.min(total, ring >> 1, ring - headerSize);
  const start = arena.room(size);
  if (start < 0) return session.refuse(Refusal.full);
  const packetId = qos > 0 ? arena.nextPacketId() : 0;
  const headerEnd = writePublishHeader(arena.bytes, start, topic, 0, topic.length, qos, retain, packetId, total);
  if (scanUtf8(topic, 0, topic.length) !== 0) return session.refuse(Refusal.invalidTopic);
  arena.stream = new PayloadStream(arena, source, headerEnd, total);
  arena.commit(start, start + size, packetId);
  return packetId;
}
