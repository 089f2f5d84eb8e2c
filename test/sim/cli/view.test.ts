import { writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { FleetUpdate, TagsUpdate, ToPage } from '../../../sim/page/protocol.js';
import { makeCertificates } from '../../support/certificates.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { PageSocket } from '../dashboard/page-socket.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());
const brokers: Mosquitto[] = [];
const clients: MqttClient[] = [];
afterEach(async () => {
  await killCommands();
  for (const client of clients.splice(0)) client.end(true);
  for (const broker of brokers.splice(0)) await broker.stop();
});

function told<Type extends ToPage['type']>(command: Command, type: Type): Extract<ToPage, { type: Type }>[] {
  const texts = command.lines.map((line) => JSON.parse(line) as ToPage);
  return texts.filter((text): text is Extract<ToPage, { type: Type }> => text.type === type);
}

async function interrupt(command: Command): Promise<{ code: number | null; last: string; stderr: string }> {
  command.process.kill('SIGINT');
  const { code, stdout, stderr } = await command.finished;
  return { code, last: stdout.toString().trimEnd().split('\n').at(-1)!, stderr };
}

requireMosquitto()('commands that show what is at a broker', () => {
  async function startBroker(): Promise<Mosquitto> {
    const broker = await startMosquitto({ users: { ann: 'secret' } });
    brokers.push(broker);
    return broker;
  }

  it('tagwire dashboard --json tells of a device what a page would be told, and ends with a summary', async () => {
    const mosquitto = await startBroker();
    const { port } = mosquitto;
    const broker = `mqtt://ann:secret@127.0.0.1:${port}`;
    const command = startTagwire(['dashboard', '--broker', broker, '--gateway', 'shed', '--json', '--ask', '1']);
    await command.until(() => told(command, 'state').some(({ brokers: [link] }) => link!.text === 'connected'));
    const device = startTagwire([
      'sim',
      '--broker',
      broker,
      '--gateway',
      'shed',
      '--duration',
      '8',
      '--set',
      'health=1',
    ]);
    await command.until(() => told(command, 'hello').some(({ controls }) => controls.includes('policies')));
    await command.until(() =>
      told(command, 'tags').some(({ tags }: TagsUpdate) => tags.some(({ fields }) => fields.length > 0)),
    );
    await device.finished;
    await command.until(() => told(command, 'state').at(-1)!.gateways[0]!.status!.startsWith('offline'));
    const { code, last, stderr } = await interrupt(command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Not the process id, which is 1 in every container.
    expect(mosquitto.log()).toMatch(/ as tagwire-view-[0-9a-f]{8} \(/);
    expect(command.stdout.toString()).toMatch(/tagwire\/shed\/cmd\/dashboard-[0-9a-f]{8}-1"/);
    const summary = JSON.parse(last) as Record<string, number | string>;
    expect(summary).toMatchObject({ type: 'summary' });
    expect(summary['reports']).toBeGreaterThan(0);
    expect(command.stdout.toString()).not.toContain('secret');
  });

  it('tagwire dashboard serves a page, and ends with a summary', async () => {
    const { port } = await startBroker();
    const flags = ['-h', '127.0.0.1', '-p', String(port), '-u', 'ann', '-P', 'secret'];
    const command = startTagwire(['dashboard', ...flags, '--gateway', 'shed']);
    await command.until(() => command.lines.some((line) => line.startsWith('page http://127.0.0.1:')));
    const [url] = /http:\S+/.exec(command.lines[0]!)!;
    expect(await (await fetch(url)).text()).toContain('<script');
    const page = new PageSocket(url);
    expect(await page.take('hello')).toMatchObject({
      ...{ source: 'topics', title: `shed at mqtt://127.0.0.1:${port}` },
      more: expect.stringContaining('nothing is published') as string,
    });
    await page.until(() => page.texts.some((text) => text.type === 'state' && text.brokers[0]!.text === 'connected'));
    const taken = await runTagwire(['dashboard', ...flags, '--gateway', 'shed', '--page-port', new URL(url).port]);
    expect(taken).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tagwire: port \d+ of 127\.0\.0\.1: it is in use/) as string,
    });
    const { code, last } = await interrupt(command);
    expect({ code, last }).toEqual({ code: 0, last: 'shed: 0 messages, 0 reports of 0 tags' });
  });

  it('tagwire fleet-view --json tells of all gateways', async () => {
    const { port } = await startBroker();
    const command = startTagwire(['fleet-view', '--broker', `mqtt://ann:secret@127.0.0.1:${port}`, '--json']);
    await command.until(() => told(command, 'state').some(({ brokers: [link] }) => link!.text === 'connected'));
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'ann', password: 'secret' });
    clients.push(client);
    await client.publishAsync('tagwire/a/status', '{"status":"online","session":"1-1"}', { qos: 1, retain: true });
    await client.publishAsync('tagwire/b/status', '{"status":"offline","session":"1-1"}', { qos: 1, retain: true });
    const fleet = (): FleetUpdate[] => told(command, 'fleet');
    await command.until(() => fleet().some(({ gateways }) => gateways.some(({ stage }) => stage === 'offline')));
    const { code, last, stderr } = await interrupt(command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(last)).toEqual({
      ...{ type: 'summary', gateways: 2, offline: 1, stuck: 0, tags: 0, messages: 2, reports: 0 },
    });
  });

  it('connects with TLS, and says why it does not', async () => {
    const { ca, otherCa, server } = await makeCertificates();
    const broker = await startMosquitto({ tls: { server, clientCa: ca.certificate } });
    brokers.push(broker);
    const start = (name: string, authority: string): Command => {
      const file = folder.file(name);
      writeFileSync(file, authority);
      return startTagwire(['fleet-view', '--broker', broker.tlsUrl, '--cafile', file, '--json']);
    };
    const trusting = start('ca.pem', ca.certificate);
    await trusting.until(() => told(trusting, 'state').some(({ brokers: [link] }) => link!.text === 'connected'));
    const other = start('other.pem', otherCa.certificate);
    await other.until(() =>
      told(other, 'state').some(({ brokers: [link] }) => /certificate.*; trying again in/.test(link!.text!)),
    );
  });

  it('stays while the broker refuses', async () => {
    const { port } = await startBroker();
    const command = startTagwire([
      'fleet-view',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-u',
      'ann',
      '-P',
      'wrong',
      '--json',
    ]);
    await command.until(() =>
      told(command, 'log').some(({ lines }) => lines.some(({ text }) => /not authorized/.test(text))),
    );
    expect(command.process.exitCode).toBeNull();
  });
});

describe('bad input of tagwire dashboard and fleet-view', () => {
  it.each([
    [['dashboard'], "required option '--gateway <name>' not specified"],
    [
      ['dashboard', '--gateway', 'a/b'],
      '--gateway must be one level of a topic, such as shed, without + and #, got "a/b"',
    ],
    [['dashboard', '--gateway', '+'], '--gateway must be one level of a topic, such as shed, without + and #, got "+"'],
    [
      ['fleet-view', '--prefix', 'a//b'],
      '--prefix must be levels of a topic, such as site/north, without + and #, got "a//b"',
    ],
    [
      ['fleet-view', '--prefix', '$SYS'],
      '--prefix must be levels of a topic, such as site/north, without + and #, got "$SYS"',
    ],
    [['fleet-view', '--topic', '{prefix}/{tag}'], 'the topic must have {gateway}, got "{prefix}/{tag}"'],
    [
      ['dashboard', '--gateway', 'a', '--topic', '{prefix}/{device}'],
      'the topic fields must be {prefix}, {gateway}, {tag}, {kind}, {format}, {field}, got {device}',
    ],
    [
      ['fleet-view', '--broker', 'mqtt://h/x'],
      'the URL of the broker has the topic "x"; topics are named by --prefix and --topic',
    ],
    [
      ['fleet-view', '--json', '--page-port', '8080'],
      '--json and --page-port exclude each other: no page is served with --json',
    ],
    [
      ['fleet-view', '--broker', 'mqtt://h', '-p', '1'],
      '--broker and -h or -p exclude each other: the URL names host and port',
    ],
    [
      ['fleet-view', '--broker', 'http://h'],
      'broker URL "http://h" has the scheme "http:"; it must be mqtt://[user[:password]@]host[:port] or mqtts://…',
    ],
    [
      ['fleet-view', '--ask', '-1'],
      "option '--ask <seconds>' argument '-1' is invalid. It must be an integer from 0 to 86400.",
    ],
    [['fleet-view', '--unseal', 'ab'], '--unseal must be a key of 32 or 64 hexadecimal digits, got 2 characters'],
  ])('%s', async (args, message) => {
    const { code, stderr } = await runTagwire(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `tagwire: ${message}\n` });
  });
});
