import { Layout, RecordLayout } from './layout.js';
import { copyBytes } from './packet.js';
import type { Session } from './session.js';
import { MessageState, MessageStep } from './state.js';
import { StateWord } from './transmit-arena.js';

/*
 * For an owner who looks for the message at which a broker ends the connection: what that may be, and how to go on
 * without it. It has a file of its own so that a client which does not look does not carry it.
 */

/**
 * The packet identifier of the oldest QoS 1 message that was written on this connection, even in part, and not
 * acknowledged; or 0. Valid until the next `open`, so that the owner learns what a connection ended with.
 */
export function firstUnacknowledged(session: Session): number {
  const arena = session.arena;
  const words = arena.words;
  for (let i = 0; i < words[Layout.count]!; i++) {
    const record = arena.record(i);
    const word = words[record]!;
    const partly = i === words[Layout.cursor] && arena.midPacket && arena.isQos1(record);
    if (partly || word >> StateWord.shift === MessageState.awaitingPuback) return word & StateWord.packetId;
  }
  return 0;
}

/**
 * Does not send the message on this connection; on the next one it is sent again, in its old place. For just after
 * `open`. Returns false when there is no such message, or it was begun.
 */
export function setAside(session: Session, packetId: number): boolean {
  const arena = session.arena;
  const record = arena.find(packetId);
  if (record < 0 || arena.words[record]! >> StateWord.shift !== MessageState.queued || arena.midPacket) return false;
  arena.words[record]! += MessageStep.setAside << StateWord.shift;
  return true;
}

/** Sends the message that is set aside on this connection after all. Returns false in the middle of a packet. */
export function restore(session: Session, packetId: number): boolean {
  const arena = session.arena;
  const words = arena.words;
  const record = findSetAside(session, packetId);
  if (record < 0 || arena.midPacket) return false;
  words[record]! -= MessageStep.setAside << StateWord.shift;
  // What lies between is written, and `next` goes past it.
  while (words[Layout.cursor]! > 0 && arena.record(words[Layout.cursor]!) !== record) words[Layout.cursor]!--;
  return true;
}

/** Gives up the message that is set aside, for good. Returns false when it is not. `onRoom` may follow. */
export function drop(session: Session, packetId: number): boolean {
  const arena = session.arena;
  const record = findSetAside(session, packetId);
  if (record < 0) return false;
  arena.words[record] = packetId + (MessageState.done << StateWord.shift);
  arena.words[Layout.inFlight]!--;
  if (arena.isStream(record)) arena.stream = undefined;
  arena.reclaim();
  session.roomFreed();
  return true;
}

/** A copy of the QoS 1 PUBLISH packet with this identifier; of a streamed one, as far as it is in the arena. */
export function copyOf(session: Session, packetId: number): Uint8Array | undefined {
  const { arena } = session;
  const record = arena.find(packetId);
  if (record < 0 || !arena.isQos1(record)) return undefined;
  const start = arena.words[record + RecordLayout.start]!;
  const packet = new Uint8Array(arena.words[record + RecordLayout.end]! - start);
  copyBytes(packet, 0, arena.bytes, start, start + packet.length);
  return packet;
}

/** The record of the message that is set aside, or -1. */
function findSetAside(session: Session, packetId: number): number {
  const { arena } = session;
  const record = arena.find(packetId);
  return record >= 0 && arena.words[record]! >> StateWord.shift === MessageState.setAside ? record : -1;
}
