import { RecordWord, Word } from './layout.js';
import { MAX_REMAINING_LENGTH, packetSize, publishLength, writePublishHeader } from './packet.js';
import type { Session } from './session.js';
import { Refusal } from './state.js';
import type { TransmitArena } from './transmit-arena.js';

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
 * The packet of a transmit arena whose payload comes from a source: its record holds the header and a stage for
 * pieces. It lies in a file of its own so that firmware without large payloads does not carry it.
 */
export class PayloadStream {
  /** Its record in the arena. */
  readonly record: number;
  /** The source gave up: the message is dropped at the next connection, since it would fail on every one. */
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
    this.record = arena.record(arena.words[Word.count]!);
    this.source = source;
    this.headerEnd = headerEnd;
    this.total = total;
    this.stageTo = headerEnd;
  }

  /** The packet is to be written again. */
  rewind(): void {
    this.offset = 0;
    this.stageTo = this.headerEnd;
  }

  /** Bytes of the whole packet, which begins at `start`; what is still in the source included. */
  size(start: number): number {
    return this.headerEnd - start + this.total;
  }

  /** As `TransmitArena.next`. */
  next(arena: TransmitArena, record: number): number {
    const words = arena.words;
    const start = words[record + RecordWord.start]!;
    const written = words[Word.partial]!;
    const headerEnd = this.headerEnd;
    if (start + written < headerEnd) {
      words[Word.from] = start + written;
      words[Word.to] = headerEnd;
      return 1;
    }
    const payloadWritten = start + written - headerEnd;
    if (payloadWritten === this.offset) {
      const missing = this.total - this.offset;
      const room = words[record + RecordWord.end]! - headerEnd;
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
    words[Word.from] = this.stageTo - (this.offset - payloadWritten);
    words[Word.to] = this.stageTo;
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
  const ring = arena.words[Word.ring]!;
  if (arena.stream) return session.refuse(Refusal.streaming);
  const length = publishLength(topic.length, qos, total);
  const headerSize = packetSize(length) - total;
  const refusal = session.admit(topic, 0, topic.length, qos, headerSize + (total > 0 ? 1 : 0));
  if (refusal < 0) return session.refuse(refusal);
  if (!(total >= 0 && total % 1 === 0 && length <= MAX_REMAINING_LENGTH)) return session.refuse(Refusal.tooLarge);
  // The stage takes half of the arena at most, so that other messages find room as well.
  const size = headerSize + Math.min(total, ring >> 1, ring - headerSize);
  const start = arena.room(size);
  if (start < 0) return session.refuse(Refusal.full);
  const packetId = qos > 0 ? arena.nextPacketId() : 0;
  const headerEnd = writePublishHeader(arena.bytes, start, topic, 0, topic.length, qos, retain, packetId, total);
  arena.stream = new PayloadStream(arena, source, headerEnd, total);
  arena.commit(start, start + size, packetId);
  return packetId;
}
