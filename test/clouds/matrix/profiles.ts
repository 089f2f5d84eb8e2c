import { readFileSync } from 'node:fs';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { decode } from '../sparkplug/decode.js';
import type { Answer } from './virtual-cloud.js';

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
  /** A call, and the topic of its answer; undefined: this profile takes none. */
  call: { topic: string; payload: string; answer: RegExp } | undefined;
  /** What the cloud says to messages. */
  answer?: Answer;
}

/** Of JSON with a member of one of these names. */
function member(names: string): (payload: Buffer) => number[] {
  const pattern = new RegExp(`"(?:${names})":\\s*"?(-?[0-9.]+)`, 'g');
  return (payload) => [...payload.toString().matchAll(pattern)].map((match) => Math.round(Number(match[1]) * 100));
}

/** Of hexadecimal MikroTik advertisements: 1/256 °C at byte 14, behind the company's number. */
function raw(payload: Buffer): number[] {
  return [...payload.toString().matchAll(/15FF4F09[0-9A-F]{36}/gi)].map((match) =>
    Math.round((Buffer.from(match[0], 'hex').readInt16LE(14) / 256) * 100),
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

/** Every profile of `CLOUDS`, by name; a test fails for one that is missing. */
export const PROFILES: { [cloud: string]: ProfileCase } = {
  plain: {
    raw: { topic: '', payload: 'json', prefix: 'tagwire' },
    readings: /\/tags\//,
    temperatures: member('temperature'),
    call: PLAIN_CALL,
  },
  aws: {
    raw: { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY'), ca: '' },
    readings: /\/tags\//,
    temperatures: member('temperature'),
    call: PLAIN_CALL,
    answer: (topic, payload, say) => {
      const { clientToken } = topic.startsWith('$aws/')
        ? (JSON.parse(payload.toString() || '{}') as { clientToken?: string })
        : {};
      if (/\/shadow\/.*get$/.test(topic)) say(`${topic}/rejected`, JSON.stringify({ code: 404, clientToken }), 1);
      else if (/\/shadow\/.*update$/.test(topic)) {
        say(`${topic}/accepted`, JSON.stringify({ state: {}, version: 1, clientToken }), 1);
      } else if (topic.endsWith('/start-next')) say(`${topic}/accepted`, JSON.stringify({ clientToken }), 1);
    },
  },
  azure: {
    readings: /\/messages\/events\//,
    temperatures: member('temperature'),
    call: {
      topic: '$iothub/methods/POST/statistics/?$rid=1',
      payload: 'null',
      answer: /methods\/res\/200\/\?\$rid=1$/,
    },
    answer: (topic, _payload, say) => {
      const id = /\?\$rid=([^&]+)/.exec(topic)?.[1] ?? '';
      if (topic.startsWith('$iothub/twin/GET/')) {
        say(`$iothub/twin/res/200/?$rid=${id}`, '{"desired":{"$version":1},"reported":{"$version":1}}', 0);
      } else if (topic.startsWith('$iothub/twin/PATCH/')) say(`$iothub/twin/res/204/?$rid=${id}&$version=2`, '', 0);
    },
  },
  'event-grid': { readings: /\/tags\//, temperatures: member('temperature'), call: PLAIN_CALL },
  espresense: { readings: /^espresense\/devices\//, temperatures: member('temperature|temp'), call: PLAIN_CALL },
  'home-assistant': { readings: /\/tags\//, temperatures: member('temperature'), call: PLAIN_CALL },
  openmqttgateway: { readings: /BTtoMQTT/, temperatures: member('tempc'), call: PLAIN_CALL },
  routeros: {
    readings: /telemetry$/,
    // Its `temp` is hexadecimal; the advertisement stands beside it.
    temperatures: raw,
    call: THINGSBOARD_CALL,
  },
  ruuvi: {
    readings: /^ruuvi\/[^/]+\/[0-9A-F:]{17}$/,
    temperatures: raw,
    call: { topic: 'tagwire/C8:25:2D:8E:9C:2C/cmd/1', payload: '{"method":"statistics"}', answer: /\/res\/1$/ },
  },
  sparkplug: {
    raw: { primaryHost: '' },
    isClean: true,
    // A birth has the first reading, and later the last one.
    readings: /\/D(DATA|BIRTH)\//,
    temperatures: (payload) =>
      decode(payload)
        .metrics.filter(({ value }) => typeof value === 'number' && value >= 20 && value < 30)
        .map(({ value }) => Math.round((value as number) * 100)),
    call: undefined,
  },
  thingsboard: { readings: /telemetry$/, temperatures: member('[^"]*temperature'), call: THINGSBOARD_CALL },
  'thingsboard-gateway': {
    readings: /^v1\/gateway\/telemetry$/,
    temperatures: member('temperature'),
    call: THINGSBOARD_CALL,
  },
};

/** The example of a profile with a broker of virtual time. */
export function configurationOf(cloud: string): RawConfiguration {
  const text = readFileSync(new URL(`../${cloud}/example.json`, import.meta.url), 'utf8');
  const example = JSON.parse(text) as RawConfiguration;
  const all: RawConfiguration = { ...example, interval: 0, health: 0, presence: 0, ...PROFILES[cloud]!.raw };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
