import type { WorldFormat, WorldTag } from '../../world/world-file.js';

/*
 * What docs/policies.md says of reports, once more and in other words: written for the rule `due`, from the page and
 * not from src/telemetry, so that a mistake there is not made here again.
 */

/** A policy in force: milliseconds, and what has a word about changes of a field. */
export interface Policy {
  interval: number;
  /** 0: none. */
  heartbeat: number;
  events: boolean;
  /** By field: a change of so much counts; Infinity: none does. Of other fields any does. */
  deltas: Map<string, number>;
}

/** The policies of a device. */
export interface Policies {
  fallback: Policy;
  /** By name of a format, and by address with colons. */
  byName: Map<string, Policy>;
}

/** Names of the formats of tags, as policies have them. */
export const FORMAT_NAMES: { readonly [format in WorldFormat]: string } = Object.freeze({
  'mikrotik-tg-bt5': 'mikrotik',
  ruuvi: 'ruuvi5',
  bthome: 'bthome2',
  ibeacon: 'ibeacon',
  'eddystone-tlm': 'eddystone-tlm',
  'eddystone-uid': 'eddystone-uid',
});

const SECOND = 1000;

/** Reads policies that a device has accepted. `interval` and `heartbeat`: the keys of these names, in seconds. */
export function readPolicies(text: string, interval = 10, heartbeat = Math.max(60, interval)): Policies {
  const lines = text
    .split(/[;\n]/)
    .map((line) => line.split(/[\s,]+/).filter((word) => word !== ''))
    .filter((words) => words.length > 0);
  const keys = { interval: interval * SECOND, heartbeat: heartbeat * SECOND, events: true, deltas: new Map() };
  const first = lines.find((words) => words[0] === 'default');
  const fallback = readPolicy(first ?? [], keys);
  const byName = new Map<string, Policy>();
  for (const words of lines) {
    if (words === first) continue;
    const policy = readPolicy(words, fallback);
    for (const word of words)
      if (!word.includes('=')) byName.set(word.includes(':') ? word.toUpperCase() : word, policy);
  }
  return { fallback, byName };
}

function readPolicy(words: readonly string[], inherited: Policy): Policy {
  let interval: number | undefined;
  let heartbeat: number | undefined;
  let { events } = inherited;
  const deltas = new Map(inherited.deltas);
  for (const word of words) {
    const [name = '', value] = word.split('=');
    if (value === undefined) continue;
    if (name === 'interval') interval = Math.round(Number(value) * SECOND);
    else if (name === 'heartbeat') heartbeat = Math.round(Number(value) * SECOND);
    else if (name === 'events') events = value === 'yes';
    else if (value === 'any') deltas.delete(name);
    else deltas.set(name, value === 'off' ? Infinity : Number(value));
  }
  // Of the two, the one that is not said follows the other.
  const given = interval ?? inherited.interval;
  if (heartbeat === undefined) {
    ({ heartbeat } = inherited);
    if (heartbeat > 0) heartbeat = Math.max(heartbeat, given);
  }
  interval = heartbeat > 0 ? Math.min(given, heartbeat) : given;
  return { interval, heartbeat, events, deltas };
}

/** One text for equal policies, for comparing. */
export function policiesText({ fallback, byName }: Policies): string {
  const one = ({ interval, heartbeat, events, deltas }: Policy): string =>
    [interval, heartbeat, events, ...[...deltas].map(([name, delta]) => name + '=' + delta).sort()].join(' ');
  const rows = [...byName].map(([name, policy]) => name + ' ' + one(policy));
  return ['default ' + one(fallback), ...rows.sort()].join('; ');
}

/** A part of an advertisement that says something: a field, or an identity, whose name is empty. */
export interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Its value in the unit of docs/formats.md. */
  readonly value: (bytes: Uint8Array, at: number) => number;
}

const signedLe = (bytes: Uint8Array, at: number): number => ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
const signedBe = (bytes: Uint8Array, at: number): number => ((bytes[at + 1]! | (bytes[at]! << 8)) << 16) >> 16;
const unsignedBe = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const fixedLe = (bytes: Uint8Array, at: number): number => signedLe(bytes, at) / 256;
const fixedBe = (bytes: Uint8Array, at: number): number => signedBe(bytes, at) / 256;
const thousandthBe = (bytes: Uint8Array, at: number): number => signedBe(bytes, at) / 1000;
const byte = (bytes: Uint8Array, at: number): number => bytes[at]!;
const signedByte = (bytes: Uint8Array, at: number): number => (bytes[at]! << 24) >> 24;

function part(name: string, from: number, length: number, value: Part['value'] = byte): Part {
  return { name, from, to: from + length, value };
}

/** Behind the flags of 3 bytes and the header of 4: where a MikroTik tag and a Ruuvi have their data. */
const DATA = 7;
const MIKROTIK_FLAGS = DATA + 16;
/** The accelerometer is off: its numbers mean nothing. */
const NO_ACCELEROMETER = 0x40;
const EVENTS = 0x3f;
/** Where a BTHome tag has its objects, behind the device information; the first two are its counter and its battery. */
const OBJECTS = 8;
const BUTTON = 0x3a;

/** What of the advertisement `bytes[0..to)` of a tag counts as content; uptime, counters and salt do not. */
export function partsOf(format: WorldFormat, bytes: Uint8Array, to: number): Part[] {
  switch (format) {
    case 'mikrotik-tg-bt5': {
      const climate = [
        part('temperature', DATA + 10, 2, fixedLe),
        part('events', MIKROTIK_FLAGS, 1, (from, at) => from[at]! & EVENTS),
        part('batteryPercent', DATA + 17, 1),
      ];
      if (bytes[MIKROTIK_FLAGS]! & NO_ACCELEROMETER) return climate;
      return [
        part('accelerationX', DATA + 4, 2, fixedLe),
        part('accelerationY', DATA + 6, 2, fixedLe),
        part('accelerationZ', DATA + 8, 2, fixedLe),
        ...climate,
      ];
    }
    case 'ruuvi':
      return [
        part('temperature', DATA + 1, 2, (from, at) => signedBe(from, at) / 200),
        part('humidity', DATA + 3, 2, (from, at) => unsignedBe(from, at) / 400),
        part('pressure', DATA + 5, 2, unsignedBe),
        part('accelerationX', DATA + 7, 2, thousandthBe),
        part('accelerationY', DATA + 9, 2, thousandthBe),
        part('accelerationZ', DATA + 11, 2, thousandthBe),
        part('batteryVoltage', DATA + 13, 2, (from, at) => ((unsignedBe(from, at) >> 5) + 1600) / 1000),
        part('movementCount', DATA + 15, 1),
      ];
    case 'bthome': {
      const parts = [part('batteryPercent', OBJECTS + 3, 1)];
      for (let at = OBJECTS + 4; at < to;) {
        const object = bytes[at]!;
        const hundredth = (from: Uint8Array, place: number): number => signedLe(from, place) / 100;
        if (object === BUTTON) parts.push(part('button', at + 1, 1));
        else parts.push(part(object === 2 ? 'temperature' : 'humidity', at + 1, 2, hundredth));
        at += object === BUTTON ? 2 : 3;
      }
      return parts;
    }
    case 'eddystone-tlm':
      return [
        part('batteryVoltage', 13, 2, (from, at) => unsignedBe(from, at) / 1000),
        part('temperature', 15, 2, fixedBe),
      ];
    case 'eddystone-uid':
      return [part('', 13, 16), part('rssiAt1m', 12, 1, (from, at) => signedByte(from, at) - 41)];
    case 'ibeacon':
      return [
        part('', 9, 16),
        part('major', 25, 2, unsignedBe),
        part('minor', 27, 2, unsignedBe),
        part('rssiAt1m', 29, 1, signedByte),
      ];
  }
}

/** Tells sets of fields of one format apart: each is followed with times of its own. */
export function fieldSetOf(format: WorldFormat, bytes: Uint8Array, to: number): number {
  return format === 'mikrotik-tg-bt5' ? bytes[MIKROTIK_FLAGS]! & NO_ACCELEROMETER : to;
}

/** Events that are told at once, when they begin and when they end. */
export function eventsOf(format: WorldFormat, bytes: Uint8Array): number {
  return format === 'mikrotik-tg-bt5' ? bytes[MIKROTIK_FLAGS]! & EVENTS : 0;
}

/**
 * What a button did, as a number by which one press is told from another: the tag's own counter. 0: nothing was done.
 * `parts` are those of the advertisement.
 */
export function pressOf(parts: readonly Part[], bytes: Uint8Array): number {
  const last = parts[parts.length - 1]!;
  if (last.name !== 'button' || bytes[last.from] === 0) return 0;
  return 0x100 + bytes[OBJECTS + 1]!;
}

/** The policy for what a tag sends. */
export function policyFor({ fallback, byName }: Policies, tag: WorldTag, address: string): Policy {
  return byName.get(address) ?? byName.get(FORMAT_NAMES[tag.format]) ?? fallback;
}
