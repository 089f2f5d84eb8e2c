import { put, putByte, QUOTE, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { DeviceStatus } from '../profile.js';

const CLOSE = 0x7d;
const ONLINE = encodeUtf8('{"status":"online","session":"');
const OFFLINE = encodeUtf8('{"status":"offline","session":"');
const FIRMWARE = encodeUtf8('"firmware":');
const BOARD = encodeUtf8('"board":');
const BOOTS = encodeUtf8('"boots":');
const RESTART = encodeUtf8('"restart":');
const TIME = encodeUtf8('"time":');
const NOTICE = encodeUtf8('"notice":');

/**
 * Writes a birth message as one flat JSON object to `into[from..to)` and returns its length, or -1 when it does not
 * fit. Where there is no room for all of it, it has status and session alone. Allocates nothing.
 *
 *     {"status":"online","session":"12-3","firmware":"0.1.0","board":"esp32","boots":12,"restart":"power on",
 *      "time":1790000000000,"notice":"settings: on trial"}
 *
 * (in one line). What is not known is left out.
 */
export function writeOnlineJson(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
  const { firmware, board, boots, restartReason, unixTime, notice } = status;
  let at = writeSession(ONLINE, status, into, from, to);
  if (firmware.length > 0) at = writeText(FIRMWARE, firmware, into, at, to);
  if (board.length > 0) at = writeText(BOARD, board, into, at, to);
  if (boots > 0) at = writeNumber(BOOTS, boots, 0, into, at, to);
  if (restartReason.length > 0) at = writeText(RESTART, restartReason, into, at, to);
  if (unixTime > 0) at = writeNumber(TIME, unixTime, 0, into, at, to);
  if (notice.length > 0) at = writeText(NOTICE, notice, into, at, to);
  at = putByte(CLOSE, into, at, to);
  if (at < 0) at = putByte(CLOSE, into, writeSession(ONLINE, status, into, from, to), to);
  return at < 0 ? -1 : at - from;
}

/** Writes the will, which is also the farewell, in the same way: `{"status":"offline","session":"12-3"}`. */
export function writeOfflineJson(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
  const at = putByte(CLOSE, into, writeSession(OFFLINE, status, into, from, to), to);
  return at < 0 ? -1 : at - from;
}

function writeSession(head: Uint8Array, status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
  const { session, sessionLength } = status;
  let at = put(head, into, from, to);
  for (let i = 0; i < sessionLength; i++) at = putByte(session[i]!, into, at, to);
  return putByte(QUOTE, into, at, to);
}
