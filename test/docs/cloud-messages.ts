import { MemoryStore, NodeCiphers, NodeEntropy } from '../../sim/hal/index.js';
import type { CloudDefinition } from '../../src/cloud/index.js';
import type { Connection } from '../../src/connection/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import type { Configuration } from '../../src/settings/index.js';
import { AdvertisementDecoder } from '../../src/tags/index.js';
import { Report, ReportKind } from '../../src/telemetry/index.js';
import { decode } from '../clouds/sparkplug/decode.js';
import { fromHex } from '../tags/hex.js';

/** What a report becomes on a cloud: one message of it. */
export interface CloudMessage {
  /** What the report is. */
  what: string;
  topic: string;
  qos: number;
  retain: boolean;
  /**
   * As text; of Sparkplug's, sequence number and metrics by name, or by alias where they have no name. Empty with an
   * empty topic: there is no message.
   */
  payload: string;
}

const NOW = 1790000000000;
const MINUTE = 60_000;

/** MikroTik: 23.38 °C, at rest. */
const READING = '15ff4f09010000000000000000016117100e00000064';
/** The same after a free fall. */
const ALARM = '15ff4f090100000000000000000161174c0e00000464';
/** BTHome: button pressed. */
const BUTTON = '0616d2fc443a01';

const MIKROTIK_TAG = 'dc2c6e0fc03d';
const BUTTON_TAG = '5448e68f80a5';

/** Without it, an edge node of Sparkplug says nothing. */
const HOST_ONLINE = incoming('spBv1.0/STATE/ignition', '{"online":true,"timestamp":1}');

/** Publishes nothing; notes what it is given. */
class Recorder {
  readonly connected = true;
  readonly session = { inFlight: 0, counter: () => 1 };
  messages: [topic: string, qos: number, retain: boolean, payload: Buffer][] = [];

  subscribe(): number {
    return 0;
  }

  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    return this.publishRange(topic, 0, topic.length, payload, 0, payload.length, qos, retain);
  }

  publishRange(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    from: number,
    to: number,
    qos: number,
    retain: boolean,
  ): number {
    const bytes = Buffer.from(payload.slice(from, to));
    this.messages.push([Buffer.from(topic.subarray(topicFrom, topicTo)).toString(), qos, retain, bytes]);
    return qos === 0 ? 0 : 1;
  }
}

/**
 * What a reading, an alarm, a button press and presence look like on a cloud, with this configuration, when the cloud
 * knows the tags already: made by the profile of the cloud.
 */
export function cloudMessages(cloud: CloudDefinition, configuration: Configuration): CloudMessage[] {
  const clock = { now: () => 0, unixTime: () => NOW };
  const board = {
    name: 'esp32',
    clock,
    entropy: new NodeEntropy(),
    store: new MemoryStore(),
    ciphers: new NodeCiphers(),
  };
  const device = { board, firmware: '0.1.0', remote: undefined, policies: undefined, restart() {}, notice() {} };
  const { tagProfile, parts: all } = cloud.make(configuration, device as never);
  // Of Home Assistant, the part streams discovery messages over a real session; reports do not wait for it.
  const parts = cloud.name === 'home-assistant' ? [] : all;
  const recorder = new Recorder();
  const connection = recorder as unknown as Connection;
  for (const part of parts) {
    part.start(0, { connection, tags: undefined, presence: undefined, wake() {} });
    part.connected?.(0);
    part.message?.(HOST_ONLINE, 0);
  }
  let minute = 0;
  const found: CloudMessage[] = [];
  const into = new Uint8Array(8192);
  const tell = (what: string, tag: string, advertisement: string, kind = ReportKind.reading): void => {
    const report = reportOf(tag, advertisement, kind, ++minute, configuration.tags!.advertisementSize);
    let now = minute * MINUTE;
    for (let i = 0; i < 50 && tagProfile!.introduce?.(report, connection, now) === false; i++) {
      now += MINUTE;
      for (const part of parts) part.tick(now);
    }
    const count = tagProfile!.messages(report);
    for (let part = 0; part < count; part++) {
      const topic = tagProfile!.writeTopic(report, part, into, 0, into.length);
      const length = tagProfile!.writePayload(report, part, into, topic, into.length);
      recorder.publishRange(
        into,
        0,
        topic,
        into,
        topic,
        topic + length,
        tagProfile!.qos,
        tagProfile!.retains(report, part),
      );
      tagProfile!.sent?.(report, part);
    }
    for (const part of parts) part.acknowledged?.(1, now);
    // What a part asks its cloud for, again and again without an answer, is none of a report.
    const messages = recorder.messages.splice(0).filter(([topic]) => !topic.startsWith('$'));
    if (what === '') return;
    for (const [topic, qos, retain, payload] of messages)
      found.push({ what, topic, qos, retain, payload: show(payload) });
    if (messages.length === 0) found.push({ what, topic: '', qos: 0, retain: false, payload: '' });
  };
  // Those before the table: what makes the cloud know a tag.
  tell('', MIKROTIK_TAG, READING);
  tell('', BUTTON_TAG, BUTTON);
  tell('a reading', MIKROTIK_TAG, READING);
  tell('an alarm: free fall', MIKROTIK_TAG, ALARM);
  tell('a button is pressed', BUTTON_TAG, BUTTON);
  tell('a tag is away', MIKROTIK_TAG, READING, ReportKind.away);
  tell('a tag arrived', MIKROTIK_TAG, READING, ReportKind.arrived);
  return found;
}

function reportOf(tag: string, advertisement: string, kind: ReportKind, sequence: number, size?: number): Report {
  const report = Object.assign(new Report(size), {
    kind,
    sequence,
    boot: 12,
    rssi: -61,
    unixTime: NOW + sequence * MINUTE,
  });
  const bytes = fromHex(advertisement);
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, report.reading);
  report.keepAdvertisement(bytes, 0, bytes.length);
  report.address.set(fromHex(tag));
  if (kind === ReportKind.away) report.lastSeen = report.unixTime - MINUTE;
  return report;
}

function incoming(topic: string, payload: string): IncomingMessage {
  const [name, bytes] = [Buffer.from(topic), Buffer.from(payload)];
  const ranges = { topicFrom: 0, topicTo: name.length, payloadFrom: 0, payloadTo: bytes.length };
  return { topic: name, payload: bytes, ...ranges, offset: 0, total: bytes.length, qos: 1, retain: true } as never;
}

function show(payload: Buffer): string {
  if (payload.every((byte) => byte >= 0x20)) return payload.toString();
  const { seq, metrics } = decode(payload);
  const values = Object.fromEntries(metrics.map(({ name, alias, value }) => [name ?? alias, value]));
  return JSON.stringify({ seq, metrics: values });
}
