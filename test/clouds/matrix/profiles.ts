import { readFileSync } from 'node:fs';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { decode } from '../sparkplug/decode.js';
import type { TagFormat } from './day.js';
import type { Answer, Punishments } from './virtual-cloud.js';

/**
 * Events of the day by what they look like as `topic payload`; Sparkplug's payload as JSON. Undefined: the profile has
 * no place for it.
 */
export interface DayEvents {
  button: RegExp | undefined;
  alarm: RegExp | undefined;
  /** That the BTHome tag arrived, at first and again. */
  arrived: RegExp | undefined;
  away: RegExp | undefined;
  health: RegExp | undefined;
}

/** One profile, as the matrix judges it. */
export interface ProfileCase {
  /** Keys beside those of its `example.json`. */
  raw?: RawConfiguration;
  /** Its check refuses a session that is kept. */
  isClean?: true;
  /** Topics of readings. */
  readings: RegExp;
  /** The temperatures in a payload, in hundredths of a degree. */
  temperatures(payload: Buffer): number[];
  /** Topics of readings which may be there once more. */
  births?: RegExp;
  /** What it makes of the events of the day. */
  events: DayEvents;
  /** Tags that it reports; the others are counted as not carried. Default: all. */
  tags?: readonly TagFormat[];
  /** Presence reports of the day for which it has no place. */
  presenceNotCarried?: number;
  /** A call, and the topic of its answer; undefined: this profile takes none. */
  call: { topic: string; payload: string; answer: RegExp } | undefined;
  /** What the cloud says to messages. */
  answer?: Answer;
  /** Data points in a message. */
  points?(payload: Buffer): number;
  /** What it does beyond a limit, where that is not the end of the connection. */
  punishments?: Punishments;
}

/** Of JSON with a member of one of these names. */
function member(names: string): (payload: Buffer) => number[] {
  const pattern = new RegExp(`"(?:${names})":\\s*"?(-?[0-9.]+)`, 'g');
  return (payload) => [...payload.toString().matchAll(pattern)].map((match) => Math.round(Number(match[1]) * 100));
}

/**
 * Of hexadecimal advertisements: MikroTik's with 1/256 °C at byte 14, Ruuvi's data format 5 with 1/200 °C at byte 5,
 * both counted from the length of the AD structure.
 */
function raw(payload: Buffer): number[] {
  const text = payload.toString();
  const mikrotik = [...text.matchAll(/15FF4F09[0-9A-F]{36}/gi)].map(
    ([match]) => Buffer.from(match, 'hex').readInt16LE(14) / 256,
  );
  const ruuvi = [...text.matchAll(/1BFF990405[0-9A-F]{46}/gi)].map(
    ([match]) => Buffer.from(match, 'hex').readInt16BE(5) / 200,
  );
  return [...mikrotik, ...ruuvi].map((value) => Math.round(value * 100));
}

/** Of MikroTik's scripts: hexadecimal, 1/256 °C. */
function hexadecimal(payload: Buffer): number[] {
  return [...payload.toString().matchAll(/"temp":"([0-9a-f]{4})"/g)].map(([, digits]) =>
    Math.round((Buffer.from(digits!, 'hex').readInt16BE(0) / 256) * 100),
  );
}

/** What looks like one; a virtual broker does not read it. */
function pem(what: string): string {
  return `-----BEGIN ${what}-----\nbm9uZQ==\n-----END ${what}-----`;
}

const PLAIN_CALL = { topic: 'tagwire/shed/cmd/1', payload: '{"method":"statistics"}', answer: /\/res\/1$/ };
const THINGSBOARD_CALL = {
  topic: 'v1/devices/me/rpc/request/1',
  payload: '{"method":"statistics"}',
  answer: /^v1\/devices\/me\/rpc\/response\/1$/,
};

/** Members of the objects `values` of ThingsBoard's telemetry; without them, of the object itself. */
function points(payload: Buffer): number {
  const lists = [...payload.toString().matchAll(/"values":{([^}]*)}/g)].map(([, members]) => members!);
  return lists.join().split('":').length - 1;
}

/** Of JSON whose fields have their own names, on topics below `tagwire/shed`. */
const PLAIN_EVENTS: DayEvents = {
  button: /^tagwire\/shed\/tags\/5448E68F80A5 .*"button":"press"/,
  alarm: /^tagwire\/shed\/tags\/DC2C6E0FC03D .*"temperature":45,.*"events":\["freeFall"\]/,
  arrived: /^tagwire\/shed\/presence\/5448E68F80A5 {"presence":"arrived"/,
  away: /^tagwire\/shed\/presence\/5448E68F80A5 {"presence":"away"/,
  health: /^tagwire\/shed\/health {"uptime":/,
};
const NO_PRESENCE = { arrived: undefined, away: undefined };

/** Every profile of `CLOUDS`, by name; a test fails for one that is missing. */
export const PROFILES: { [cloud: string]: ProfileCase } = {
  plain: {
    raw: { topic: '', payload: 'json', prefix: 'tagwire' },
    readings: /\/tags\//,
    events: PLAIN_EVENTS,
    temperatures: member('temperature'),
    call: PLAIN_CALL,
  },
  aws: {
    raw: { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY'), ca: '', shadow: 'classic', jobs: true },
    // https://docs.aws.amazon.com/general/latest/gr/iot-core.html: "Publish requests that exceed that quota are
    // discarded", "Data that exceeds the maximum throughput is delayed", "no new publish requests are accepted".
    punishments: { messagesPerSecond: 'discard', bytesPerSecond: 'delay', inFlight: 'discard' },
    readings: /\/tags\//,
    events: PLAIN_EVENTS,
    temperatures: member('temperature'),
    call: PLAIN_CALL,
  },
  azure: {
    readings: /\/messages\/events\//,
    events: {
      button: /&kind=reading&tag=5448E68F80A5 .*"button":"press"/,
      alarm: /&kind=reading&tag=DC2C6E0FC03D .*"events":\["freeFall"\]/,
      arrived: /&kind=presence&tag=5448E68F80A5 {"presence":"arrived"/,
      away: /&kind=presence&tag=5448E68F80A5 {"presence":"away"/,
      health: /&kind=health {"uptime":/,
    },
    temperatures: member('temperature'),
    call: {
      topic: '$iothub/methods/POST/statistics/?$rid=1',
      payload: 'null',
      answer: /methods\/res\/200\/\?\$rid=1$/,
    },
  },
  'event-grid': { readings: /\/tags\//, events: PLAIN_EVENTS, temperatures: member('temperature'), call: PLAIN_CALL },
  espresense: {
    readings: /^espresense\/devices\//,
    events: {
      ...NO_PRESENCE,
      // Its shape has a battery and a temperature, and says where a tag is by the topic.
      button: undefined,
      alarm: undefined,
      health: /^espresense\/rooms\/shed\/telemetry {"uptime":/,
    },
    presenceNotCarried: 5,
    temperatures: member('temperature|temp'),
    call: PLAIN_CALL,
  },
  'home-assistant': {
    readings: /\/tags\//,
    events: PLAIN_EVENTS,
    temperatures: member('temperature'),
    call: PLAIN_CALL,
  },
  openmqttgateway: {
    readings: /BTtoMQTT/,
    events: {
      button: /^home\/shed\/BTtoMQTT\/5448E68F80A5 .*"button":"press"/,
      alarm: /^home\/shed\/BTtoMQTT\/DC2C6E0FC03D .*"tempc":45,.*"freeFall":true/,
      arrived: /^home\/shed\/BTtoMQTT\/5448E68F80A5 .*"presence":"present"/,
      away: /^home\/shed\/BTtoMQTT\/5448E68F80A5 .*"presence":"absent"/,
      health: /^home\/shed\/SYStoMQTT {/,
    },
    temperatures: member('tempc'),
    call: PLAIN_CALL,
  },
  routeros: {
    readings: /telemetry$/,
    temperatures: hexadecimal,
    events: {
      ...NO_PRESENCE,
      // A BTHome advertisement is not made anew: what is left is the address.
      button: /^v1\/devices\/me\/telemetry \[{.*"id":"5448E68F80A5","rssi":"-60","ad":""}/,
      alarm: /^v1\/devices\/me\/telemetry .*"temp":"2d00","ad":"15ff4f0901000000000000000000002dde0300000461"/,
      health: /^v1\/devices\/me\/attributes .*"uptime":/,
    },
    presenceNotCarried: 5,
    call: THINGSBOARD_CALL,
  },
  ruuvi: {
    readings: /^ruuvi\/[^/]+\/[0-9A-F:]{17}$/,
    events: {
      ...NO_PRESENCE,
      button: undefined,
      alarm: /DC:2C:6E:0F:C0:3D .*"data":"15FF4F0901000000000000000000002DDE0300000461"/,
      health: undefined,
    },
    // Advertisements that can be made anew from a reading.
    tags: ['mikrotik', 'ruuvi5'],
    presenceNotCarried: 5,
    temperatures: raw,
    call: { topic: 'tagwire/C8:25:2D:8E:9C:2C/cmd/1', payload: '{"method":"statistics"}', answer: /\/res\/1$/ },
  },
  sparkplug: {
    raw: { primaryHost: '' },
    isClean: true,
    // A birth has a tag's first reading; later ones have its last reading once more, with its old time.
    births: /\/DBIRTH\//,
    readings: /\/D(DATA|BIRTH)\//,
    events: {
      // What is new about a tag is a new birth.
      button: /\/DBIRTH\/shed\/5448E68F80A5 .*"value":"press"/,
      alarm: /\/D(DATA|BIRTH)\/shed\/DC2C6E0FC03D .*"value":45,/,
      arrived: /\/DBIRTH\/shed\/5448E68F80A5 (?!.*"value":"press")/,
      away: /\/DDEATH\/shed\/5448E68F80A5 /,
      health: undefined,
    },
    // Who arrives first has no metrics yet: its first reading is its birth.
    presenceNotCarried: 3,
    temperatures: (payload) => {
      return decode(payload)
        .metrics.filter(({ value }) => typeof value === 'number' && value >= 20 && value < 46)
        .map(({ value }) => Math.round((value as number) * 100));
    },
    call: undefined,
  },
  thingsboard: {
    points,
    readings: /telemetry$/,
    temperatures: member('[^"]*temperature'),
    call: THINGSBOARD_CALL,
    events: {
      button: /^v1\/devices\/me\/telemetry .*"5448E68F80A5_button":"press"/,
      alarm: /^v1\/devices\/me\/telemetry .*"DC2C6E0FC03D_temperature":45,.*"DC2C6E0FC03D_freeFall":true/,
      arrived: /^v1\/devices\/me\/telemetry .*"5448E68F80A5_presence":"arrived"/,
      away: /^v1\/devices\/me\/telemetry .*"5448E68F80A5_presence":"away"/,
      health: /^v1\/devices\/me\/telemetry {"uptime":/,
    },
  },
  'thingsboard-gateway': {
    points,
    readings: /^v1\/gateway\/telemetry$/,
    temperatures: member('temperature'),
    call: THINGSBOARD_CALL,
    events: {
      button: /^v1\/gateway\/telemetry {"Doorbell":.*"button":"press"/,
      alarm: /^v1\/gateway\/telemetry {"Cold store":.*"temperature":45,.*"freeFall":true/,
      arrived: /^v1\/gateway\/telemetry {"Doorbell":.*"presence":"arrived"/,
      away: /^v1\/gateway\/telemetry {"Doorbell":.*"presence":"away"/,
      health: /^v1\/devices\/me\/telemetry {"uptime":/,
    },
    // Only configured names create devices.
    tags: ['mikrotik', 'bthome2'],
    presenceNotCarried: 1,
  },
};

/** The example of a profile with a broker of virtual time. */
export function configurationOf(cloud: string): RawConfiguration {
  const text = readFileSync(new URL(`../${cloud}/example.json`, import.meta.url), 'utf8');
  const example = JSON.parse(text) as RawConfiguration;
  const all: RawConfiguration = { ...example, interval: 0, health: 0, presence: 0, ...PROFILES[cloud]!.raw };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
