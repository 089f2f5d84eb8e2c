import { decodeUtf8Lossy } from '../../../src/bytes/utf8.js';
import { RECORDER_HEADER, RecorderEntry, RecorderMessage } from '../../../src/device/recorder.js';
import type { Advertisement } from '../../../src/hal/index.js';
import { encodeUtf8 } from '../../../src/mqtt/utf8.js';
import { crc32 } from '../../../src/telemetry/crc32.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import { VirtualWorld } from '../run.js';
import type { RunOptions } from '../run.js';
import type { BoardName, SimulatedWorld } from '../world.js';
import { BadRecording } from './recording-file.js';

/** `TAGWRIN` and the version. */
const MAGIC = [0x54, 0x41, 0x47, 0x57, 0x52, 0x49, 0x4e, 1];
/** Magic, CRC-32 of what follows (4), length of the description (4), the description as JSON, the entries. */
const HEADER_LENGTH = 16;
const TWO_32 = 0x1_0000_0000;

/** Where a ring comes from. */
export interface RingDescription {
  gateway: string;
  /** The device's clock when it was sent, in milliseconds, and the time of day then, or 0. */
  now: number;
  time: number;
}

/** What `Recorder` of a device recorded, read. */
export interface RingEntry {
  kind: RecorderEntry;
  /** Milliseconds since the oldest entry. */
  at: number;
  /** Of a message. */
  topic?: string;
  payload?: Uint8Array;
  qos?: number;
  retain?: boolean;
  /** Its payload is not in the ring. */
  hidden?: boolean;
  advertisement?: Advertisement;
}

/** A file of the pieces that `recorder.dump` sent. */
export function writeRing(description: RingDescription, ring: Uint8Array): Uint8Array {
  const text = encodeUtf8(JSON.stringify(description));
  const file = new Uint8Array(HEADER_LENGTH + text.length + ring.length);
  const view = new DataView(file.buffer);
  file.set(MAGIC);
  view.setUint32(12, text.length, true);
  file.set(text, HEADER_LENGTH);
  file.set(ring, HEADER_LENGTH + text.length);
  view.setUint32(8, crc32(file, 12, file.length, 0), true);
  return file;
}

/** True for the beginning of such a file. */
export function isRing(file: Uint8Array): boolean {
  return MAGIC.slice(0, 7).every((byte, i) => file[i] === byte);
}

/** Throws `BadRecording` that says at which offset the file is damaged. */
export function readRing(file: Uint8Array): { description: RingDescription; entries: RingEntry[] } {
  const bad = (at: number, what: string): never => {
    throw new BadRecording('at offset ' + at + ': ' + what);
  };
  if (file[7] !== MAGIC[7]) bad(7, 'the version must be 1, got ' + String(file[7]));
  if (file.length < HEADER_LENGTH) bad(file.length, 'the file ends before its header does');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(8, true) !== crc32(file, 12, file.length, 0)) {
    bad(8, 'the file is damaged or cut short: its CRC does not match');
  }
  const first = HEADER_LENGTH + view.getUint32(12, true);
  if (first > file.length) bad(12, 'the description goes beyond the end of the file');
  const description = JSON.parse(decodeUtf8Lossy(file.subarray(HEADER_LENGTH, first))) as RingDescription;
  const entries: RingEntry[] = [];
  let begin = 0;
  for (let at = first; at < file.length;) {
    const length = at + RECORDER_HEADER <= file.length ? view.getUint16(at, true) : 0;
    if (length < RECORDER_HEADER || at + length > file.length) bad(at, 'an entry goes beyond the end of the file');
    const now = view.getUint32(at + 3, true);
    if (entries.length === 0) begin = now;
    const entry: RingEntry = { kind: file[at + 2]!, at: (now - begin + TWO_32) % TWO_32 };
    readEntry(entry, file, view, at + RECORDER_HEADER, at + length, bad);
    entries.push(entry);
    at += length;
  }
  return { description, entries };
}

function readEntry(
  entry: RingEntry,
  file: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  bad: (at: number, what: string) => never,
): void {
  switch (entry.kind) {
    case RecorderEntry.advertisement:
      if (to - from < 8) bad(from, 'an advertisement has 8 bytes at least');
      entry.advertisement = {
        rssi: view.getInt8(from),
        addressType: file[from + 1]!,
        address: file.slice(from + 2, from + 8),
        bytes: file.slice(from + 8, to),
        from: 0,
        to: to - from - 8,
      };
      return;
    case RecorderEntry.message: {
      const topicTo = to - from < 3 ? to + 1 : from + 3 + view.getUint16(from + 1, true);
      if (topicTo > to) bad(from, 'a message goes beyond the end of its entry');
      const bits = file[from]!;
      entry.qos = bits & RecorderMessage.qos1;
      entry.retain = (bits & RecorderMessage.retain) !== 0;
      entry.hidden = (bits & RecorderMessage.hidden) !== 0;
      entry.topic = decodeUtf8Lossy(file.subarray(from + 3, topicTo));
      entry.payload = file.slice(topicTo, to);
      return;
    }
    case RecorderEntry.connected:
    case RecorderEntry.disconnected:
      return;
    default:
      bad(from - RECORDER_HEADER, 'there is no entry of the kind ' + String(entry.kind));
  }
}

/** The device that a ring is given to. */
export interface RingDevice {
  board: BoardName;
  /** Its configuration: that of the device which the ring is from. */
  settings: RawConfiguration;
  /** Where its broker is. */
  broker: { host: string; port: number; tls: boolean };
}

/** Milliseconds that a firmware has to connect before the first entry, and to send what is due behind the last one. */
const LEAD = 15_000;
const REST = 30_000;

/**
 * Gives the entries of a ring to a new firmware, at their times: a device of a world without tags hears the
 * advertisements, the broker publishes the messages, and where the device lost its connection it loses it. Messages
 * whose payload is not in the ring are left out.
 */
export async function replayRing(
  { gateway }: RingDescription,
  entries: readonly RingEntry[],
  { board, settings, broker }: RingDevice,
  options: RunOptions,
): Promise<VirtualWorld> {
  const { host, port, tls } = broker;
  const world: SimulatedWorld = {
    name: 'ring of ' + gateway,
    gateways: [{ name: gateway, board, position: [0, 0, 0], settings }],
    tags: [],
    brokers: [{ name: host, port, addresses: ['203.0.113.10'], tls }],
    wifi: { ssid: 'tagwire' },
  };
  const simulation = new VirtualWorld(world, [], 1, { ...options, rules: [] });
  for (const entry of entries) simulation.scheduler.at(LEAD + entry.at, () => give(simulation, entry));
  await simulation.runUntil(LEAD + (entries.at(-1)?.at ?? 0) + REST);
  return simulation;
}

function give(simulation: VirtualWorld, { kind, advertisement, topic, payload, qos, retain, hidden }: RingEntry): void {
  const device = simulation.devices[0]!;
  const { model, touch } = simulation.brokers[0]!;
  switch (kind) {
    case RecorderEntry.advertisement:
      device.receiver.scanner?.deliver(advertisement!);
      return;
    case RecorderEntry.message:
      if (!hidden) model.publish(topic!, payload!, qos!, retain!);
      touch();
      return;
    case RecorderEntry.disconnected:
      for (const connection of [...device.connections]) connection.reset();
      return;
    case RecorderEntry.connected:
  }
}
