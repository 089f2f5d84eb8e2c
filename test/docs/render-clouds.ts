import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import { CloudFeature } from '../../src/cloud/definition.js';
import { CLOUDS } from '../../src/cloud/index.js';
import type { CloudDefinition, CloudLimits, LimitRange } from '../../src/cloud/index.js';
import { allowedText } from '../../src/settings/parse-value.js';
import { findKey, KeyKind } from '../../src/settings/configuration-keys.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { TOP } from '../support/folders.js';
import { cloudMessages } from './cloud-messages.js';

export const CLOUDS_FILE = 'docs/clouds.md';

const HEAD = `# Clouds

The configuration key \`cloud\` names the cloud, or the tool, that the readings of a device are for. It decides topics,
payloads and what CONNECT says, brings configuration keys of its own, and has limits: what the cloud refuses or
punishes. This page is made from the tables of \`src/cloud\` (\`npm run diagrams\`).

A configuration that a cloud would punish is refused before the first connection: at the start of a device, when
somebody changes a setting on the console or by RPC, and on the desktop:

\`\`\`sh
tagwire check shed.json
tagwire sim --config shed.json
\`\`\`

\`\`\`text
AWS IoT Core: a topic has at most 7 slashes; yours has 9; shorten prefix
\`\`\`

Rates are kept, not checked: the outbox sends no faster than the cloud takes readings, and no faster than the keys
\`maxMessageRate\`, \`maxByteRate\` and \`maxPointRate\` say. The flag \`--unchecked\` leaves out both, to see what a
broker does then.

Profiles are tested against brokers that enforce the limits below and misbehave as clouds do: close without a reason,
send PUBACK and lose the message, throttle, refuse retained messages, let a second client take over the session of the
first. This is an emulation of the contract, made from its documentation. Nothing here was tried against a service
itself unless the page of its cloud says so.
`;

const SPARKPLUG_FORM = ' (Protocol Buffers; here metrics by name, and by alias where they have no name)';

const FEATURES: readonly (readonly [name: string, bit: CloudFeature])[] = [
  ['readings', CloudFeature.readings],
  ['presence', CloudFeature.presence],
  ['attributes', CloudFeature.attributes],
  ['rpc', CloudFeature.rpc],
  ['twin', CloudFeature.twin],
  ['discovery', CloudFeature.discovery],
  ['firmware', CloudFeature.firmware],
];

/** How each limit reads, by its field. */
const LIMITS: { [Name in keyof Omit<CloudLimits, 'source' | 'told'>]: [name: string, show: (value: never) => string] } =
  {
    clientIdBytes: ['client identifier', bytes],
    topicBytes: ['topic, topic filter', bytes],
    topicSlashes: ['slashes in a topic', String],
    filtersPerSubscribe: ['topic filters in one SUBSCRIBE', String],
    subscriptions: ['topic filters of a connection', String],
    payloadBytes: ['payload', bytes],
    messagesPerSecond: ['messages in any second', String],
    bytesPerSecond: ['bytes of messages in any second', String],
    pointsPerSecond: ['data points in any second', String],
    inFlight: ['messages in flight', String],
    keepAliveSeconds: ['keep alive', ({ min, max }: LimitRange) => `${min} to ${max} s`],
    maxQos: ['QoS', (qos: number) => `at most ${qos}`],
    retain: ['retained messages', allowed],
    willQos: ['QoS of the will', (qos: number) => `at most ${qos}`],
    willRetain: ['retained will', allowed],
    tls: ['TLS', (isRequired: boolean) => (isRequired ? 'required' : 'optional')],
    serverName: ['server name (SNI)', (isRequired: boolean) => (isRequired ? 'required' : 'optional')],
    connectsPerSecond: ['CONNECT of one client in any second', String],
  };

function bytes(count: number): string {
  return `${count} bytes`;
}

function allowed(isAllowed: boolean): string {
  return isAllowed ? 'allowed' : 'refused';
}

/** The page. */
export function renderClouds(): string {
  const rows = CLOUDS.map(({ name, title, carries }) => [
    `[\`${name}\`](#${anchor(title)})`,
    title,
    ...FEATURES.map(([, bit]) => (carries & bit ? 'yes' : '')),
  ]);
  const overview = table(['cloud', 'name', ...FEATURES.map(([name]) => name)], rows);
  return [HEAD, overview, ...CLOUDS.map(section)].join('\n');
}

function section(cloud: CloudDefinition): string {
  const { name, title, keys, limits } = cloud;
  const page = `docs/clouds/${name}.md`;
  const parts = [`## ${title}\n`];
  if (existsSync(join(TOP, page))) parts.push(`How to set it up: [${name}](clouds/${name}.md).\n`);
  const raw = readExample(name);
  parts.push('```json\n' + JSON.stringify(raw, undefined, 2) + '\n```\n');
  if (keys.length > 0) {
    const rows = keys.map((row) => [
      `\`${row.name}\``,
      allowedText(row),
      row.default === undefined ? 'none' : `\`${row.default}\``,
    ]);
    parts.push(table(['key of this cloud', 'value', 'default'], rows));
  }
  const shown = (Object.keys(LIMITS) as (keyof typeof LIMITS)[]).filter(
    (field) => limits[field] !== undefined || limits.told?.includes(field),
  );
  const limitRows = shown.map((field) => [LIMITS[field]![0], limitText(limits, field)]);
  parts.push(table(['limit', 'value'], limitRows), `Source: ${limits.source}\n`);
  const uses = cloud.topics(parseExample(name));
  const kinds = { publish: 'publishes', subscribe: 'subscribes to', will: 'has the will' };
  const topicRows = uses.map(({ topic, purpose, kind, qos, retain }) => [
    kinds[kind],
    `\`${topic}\``,
    purpose,
    `${qos}${retain ? ', retained' : ''}`,
  ]);
  parts.push(
    `Topics with the configuration above, as long as they can be:\n`,
    table(['the device', 'topic', 'for', 'QoS'], topicRows),
    `What it says of tags that the cloud knows already${cloud.name === 'sparkplug' ? SPARKPLUG_FORM : ''}:\n`,
    table(['what', 'topic', 'QoS', 'payload'], messageRows(cloud)),
  );
  return parts.join('\n');
}

function limitText(limits: CloudLimits, field: keyof typeof LIMITS): string {
  const told = 'what the server tells';
  const isTold = limits.told?.includes(field);
  if (limits[field] === undefined) return told;
  return LIMITS[field]![1](limits[field] as never) + (isTold ? `, or less: ${told}` : '');
}

function messageRows(cloud: CloudDefinition): string[][] {
  return cloudMessages(cloud, parseExample(cloud.name)).map(({ what, topic, qos, retain, payload }) =>
    topic === ''
      ? [what, '', '', 'no message']
      : [what, `\`${topic}\``, `${qos}${retain ? ', retained' : ''}`, payload === '' ? 'empty' : `\`${payload}\``],
  );
}

/** The configuration of the example of a cloud: `test/clouds/NAME/example.json`. */
export function readExample(name: string): RawConfiguration {
  const path = join(TOP, 'test/clouds', name, 'example.json');
  return JSON.parse(readFileSync(path, 'utf8')) as RawConfiguration;
}

/** Reads it as a device does that has the files which it names. Throws as `parseForDesktop`. */
export function parseExample(name: string): Configuration {
  const raw = readExample(name);
  for (const key of Object.keys(raw)) {
    const kind = findKey(key, CLOUDS)?.kind;
    if (kind === KeyKind.certificate || kind === KeyKind.privateKey) raw[key] = `-----BEGIN ${raw[key]}-----`;
  }
  return parseForDesktop(raw, false);
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

function table(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => [...row[column]!].length)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => cell + ' '.repeat(widths[i]! - [...cell].length)).join(' | ')} |`;
  const [first, ...rest] = cells.map(line);
  return [first, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n') + '\n';
}
