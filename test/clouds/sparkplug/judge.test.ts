import { connect } from 'mqtt';
import type { MqttClient } from 'mqtt';
import sparkplug from 'sparkplug-payload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SparkplugHost } from './contract.js';

const { encodePayload } = sparkplug.get('spBv1.0')!;

/** What an edge node of the vendor's parts sends, to be spoilt. */
interface Script {
  clean: boolean;
  will: { topic: string; metrics: object[]; qos: 0 | 1; retain: boolean; seq?: number };
  messages: { topic: string; metrics: object[]; seq?: number; timestamp?: number; qos: 0 | 1; retain: boolean }[];
}

const NOW = Date.now();
const BD_SEQ = { name: 'bdSeq', type: 'Int64', value: 0, timestamp: NOW };
const REBIRTH = { name: 'Node Control/Rebirth', type: 'Boolean', value: false, timestamp: NOW };

function message(type: string, seq: number, ...metrics: object[]): Script['messages'][number] {
  const topic = `spBv1.0/G/${type}/n${type.startsWith('D') ? '/d' : ''}`;
  return { topic, metrics, seq, timestamp: NOW, qos: 0, retain: false };
}

function script(): Script {
  const temperature = { name: 'temperature', alias: 300, type: 'Double', value: 20, timestamp: NOW };
  return {
    clean: true,
    will: { topic: 'spBv1.0/G/NDEATH/n', metrics: [{ ...BD_SEQ }], qos: 1, retain: false },
    messages: [
      message('NBIRTH', 0, { ...BD_SEQ }, { ...REBIRTH }),
      message('DBIRTH', 1, temperature),
      message('DDATA', 2, { alias: 300, type: 'Double', value: 21, timestamp: NOW }),
      message('DDEATH', 3),
    ],
  };
}

function encode({ metrics, seq, timestamp }: { metrics: object[]; seq?: number; timestamp?: number }): Buffer {
  const payload = { metrics, ...(seq !== undefined && { seq }), ...(timestamp !== undefined && { timestamp }) };
  return Buffer.from(encodePayload(payload as never));
}

let host: SparkplugHost;
let client: MqttClient | undefined;

beforeEach(async () => {
  host = await SparkplugHost.start();
});
afterEach(async () => {
  await client?.endAsync(true);
  await host.close();
});

/** Plays a script with mqtt.js and sparkplug-payload; returns the statements that were broken. */
async function play({ clean, will, messages }: Script): Promise<string[]> {
  client = connect(host.broker.url, {
    clientId: 'n',
    clean,
    reconnectPeriod: 0,
    will: { topic: will.topic, payload: encode(will), qos: will.qos, retain: will.retain },
  });
  const isAccepted = await new Promise<boolean>((resolve) => {
    client!.once('connect', () => resolve(true));
    client!.once('error', () => resolve(false));
    client!.once('close', () => resolve(false));
  });
  if (isAccepted) {
    for (const each of messages) {
      const { topic, qos, retain } = each;
      client.publish(topic, encode(each), { qos, retain });
    }
    // A message that the judge passes over shows that it has seen the others, unless the broker ended the connection.
    await new Promise<void>((resolve) => {
      client!.once('close', () => resolve());
      client!.publish('barrier', '', { qos: 1 }, () => resolve());
    });
  }
  return host.faults.filter(({ detail }) => detail !== 'barrier').map(({ id }) => id);
}

describe('the host application of the tests', () => {
  it("finds nothing wrong with an edge node of the vendor's encoder", async () => {
    expect(await play(script())).toEqual([]);
    expect(host.received.map(({ type }) => type)).toEqual(['NBIRTH', 'DBIRTH', 'DDATA', 'DDEATH']);
  });

  it.each<[string, (script: Script) => void]>([
    ['principles-persistence-clean-session-311', (it) => (it.clean = false)],
    ['topics-ndeath-seq', ({ will }) => (will.seq = 1)],
    ['topics-ndeath-payload', ({ will }) => will.metrics.push({ ...REBIRTH })],
    ['payloads-ndeath-will-message-qos', ({ will }) => (will.qos = 0)],
    ['payloads-ndeath-will-message', ({ will }) => (will.topic = 'spBv1.0/G/NBIRTH/n')],
    ['topics-nbirth-bdseq-increment', ({ will }) => Object.assign(will.metrics[0]!, { value: 5 })],
    [
      'message-flow-edge-node-birth-publish-will-message-payload-bdSeq',
      ({ will }) => Object.assign(will.metrics[0]!, { type: 'UInt64' }),
    ],
    ['principles-birth-certificates-order', ({ messages }) => messages.shift()],
    ['topics-nbirth-seq-num', ({ messages }) => (messages[0]!.seq = 7)],
    ['topics-nbirth-bdseq-included', ({ messages }) => messages[0]!.metrics.shift()],
    ['topics-nbirth-bdseq-matching', ({ messages }) => Object.assign(messages[0]!.metrics[0]!, { value: 1 })],
    ['operational-behavior-data-commands-rebirth-name', ({ messages }) => messages[0]!.metrics.pop()],
    [
      'operational-behavior-data-commands-rebirth-name-aliases',
      ({ messages }) => Object.assign(messages[0]!.metrics[1]!, { alias: 4 }),
    ],
    [
      'operational-behavior-data-commands-rebirth-value',
      ({ messages }) => Object.assign(messages[0]!.metrics[1]!, { value: true }),
    ],
    ['topics-nbirth-timestamp', ({ messages }) => (messages[0]!.timestamp = 5)],
    ['topics-nbirth-mqtt', ({ messages }) => (messages[0]!.qos = 1)],
    ['topics-dbirth-seq', ({ messages }) => (messages[1]!.seq = 2)],
    [
      'payloads-alias-birth-requirement',
      ({ messages }) => delete (messages[1]!.metrics[0] as { alias?: number }).alias,
    ],
    ['payloads-ddata-order', ({ messages }) => (messages[2]!.topic = 'spBv1.0/G/DDATA/n/e')],
    ['payloads-sequence-num-incrementing', ({ messages }) => (messages[2]!.seq = 9)],
    [
      'payloads-alias-data-cmd-requirement',
      ({ messages }) => Object.assign(messages[2]!.metrics[0]!, { name: 'temperature' }),
    ],
    ['topics-dbirth-metric-reqs', ({ messages }) => Object.assign(messages[2]!.metrics[0]!, { alias: 301 })],
    [
      'payloads-name-birth-data-requirement',
      ({ messages }) => delete (messages[2]!.metrics[0] as { timestamp?: number }).timestamp,
    ],
    [
      'topic-structure-namespace-device-id-associated-message-types',
      ({ messages }) => (messages[2]!.topic = 'spBv1.0/G/DDATA/n'),
    ],
    ['operational-behavior-device-ddeath', ({ messages }) => (messages[3]!.topic = 'spBv1.0/G/DDEATH/n/e')],
  ])('finds a break of tck-id-%s', async (id, spoil) => {
    const spoilt = script();
    spoil(spoilt);
    expect(await play(spoilt)).toContain(id);
  });

  it('refuses a retained will', async () => {
    const spoilt = script();
    spoilt.will.retain = true;
    await play(spoilt);
    expect(host.broker.violations).toMatchObject([{ rule: 'willRetain' }]);
  });

  it('ends the connection at a retained message', async () => {
    const spoilt = script();
    spoilt.messages[1]!.retain = true;
    await play(spoilt);
    expect(host.broker.violations).toMatchObject([{ rule: 'retain' }]);
  });
});
