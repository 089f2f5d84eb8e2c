import { BadInput, showValue } from '../bad-input.js';

/** A received message as `tagwire sub` prints it. */
export interface ReceivedMessage {
  topic: Buffer;
  payload: Buffer;
  qos: number;
  retain: boolean;
  dup: boolean;
  /** 0 with QoS 0. */
  packetId: number;
  received: Date;
}

type Part = (message: ReceivedMessage) => Buffer;

const constant = (text: string): Part => {
  const bytes = Buffer.from(text);
  return () => bytes;
};
const text = (of: (message: ReceivedMessage) => string | number): Part => {
  return (message) => Buffer.from(String(of(message)));
};
const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** What stands behind `%`. */
const VALUES: { readonly [letter: string]: Part } = {
  '%': constant('%'),
  t: ({ topic }) => topic,
  p: ({ payload }) => payload,
  x: text(({ payload }) => payload.toString('hex')),
  X: text(({ payload }) => payload.toString('hex').toUpperCase()),
  l: text(({ payload }) => payload.length),
  q: text(({ qos }) => qos),
  r: text(({ retain }) => (retain ? 1 : 0)),
  d: text(({ dup }) => (dup ? 1 : 0)),
  m: text(({ packetId }) => packetId),
  I: text(({ received }) => received.toISOString()),
  U: text(({ received }) => (received.getTime() / 1000).toFixed(3)),
  j: text((message) => JSON.stringify(jsonOf(message, 'text'))),
  J: text((message) => JSON.stringify(jsonOf(message, 'json'))),
};

/** What stands behind `@`: the letters of strftime that people use, in local time. */
const TIMES: { readonly [letter: string]: Part } = {
  '@': constant('@'),
  Y: text(({ received }) => received.getFullYear()),
  m: text(({ received }) => pad(received.getMonth() + 1)),
  d: text(({ received }) => pad(received.getDate())),
  H: text(({ received }) => pad(received.getHours())),
  M: text(({ received }) => pad(received.getMinutes())),
  S: text(({ received }) => pad(received.getSeconds())),
  N: text(({ received }) => pad(received.getMilliseconds(), 3) + '000000'),
  s: text(({ received }) => Math.floor(received.getTime() / 1000)),
  F: text(({ received: at }) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`),
  T: text(({ received: at }) => `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`),
};

const ESCAPES: { readonly [letter: string]: Part } = {
  '\\': constant('\\'),
  n: constant('\n'),
  r: constant('\r'),
  t: constant('\t'),
  0: constant('\0'),
  a: constant('\x07'),
  e: constant('\x1b'),
};

/** Of MQTT 5, which Tagwire does not speak. */
const MQTT5 = 'ACDEFPRS';

/**
 * A format in the manner of `mosquitto_sub -F`: `%t` and so on stand for what is received, `@H` and so on for the time,
 * `\n` and so on for a control character. Throws `BadInput` that names the place and what is allowed.
 */
export function parseMessageFormat(format: string): (message: ReceivedMessage) => Buffer {
  const parts: Part[] = [];
  for (let i = 0; i < format.length; i++) {
    const sign = format[i]!;
    const table = sign === '%' ? VALUES : sign === '@' ? TIMES : sign === '\\' ? ESCAPES : undefined;
    if (!table) {
      const end = format.slice(i).search(/[%@\\]/);
      const plain = end < 0 ? format.slice(i) : format.slice(i, i + end);
      parts.push(constant(plain));
      i += plain.length - 1;
      continue;
    }
    const letter = format[++i] ?? '';
    const part = Object.hasOwn(table, letter) ? table[letter] : undefined;
    if (!part) {
      const allowed = Object.keys(table)
        .map((name) => sign + name)
        .join(' ');
      const reason = sign === '%' && letter !== '' && MQTT5.includes(letter) ? ' belongs to MQTT 5' : ' is not known';
      throw new BadInput(`-F, character ${i}: ${showValue(sign + letter)}${reason}; it must be one of ${allowed}`);
    }
    parts.push(part);
  }
  return (message) => Buffer.concat(parts.map((part) => part(message)));
}

function jsonOf(message: ReceivedMessage, as: 'text' | 'json'): object {
  const { received, topic, payload, qos, retain, packetId } = message;
  return {
    tst: received.toISOString(),
    topic: topic.toString(),
    qos,
    retain: retain ? 1 : 0,
    payloadlen: payload.length,
    ...(packetId !== 0 && { mid: packetId }),
    payload: as === 'json' ? parsed(payload) : payload.toString(),
  };
}

/** A payload that is not JSON stays text: one message must not end a long run. */
function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return payload.toString();
  }
}
