import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { generate, parser } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { MemoryStore, NodeCiphers, NodeEntropy } from '../../../sim/hal/index.js';
import { PayloadSeal, SEAL_HEADER, SEAL_LENGTH } from '../../../src/cloud/seal/payload-seal.js';
import { AeadMode } from '../../../src/hal/index.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { freePort } from '../../support/ports.js';
import { settle } from '../../support/settle.js';

let broker: EmbeddedBroker;
let peer: Peer;
let at: string[];

beforeEach(async () => {
  broker = await startEmbeddedBroker();
  peer = await Peer.connect(broker.url);
  at = ['-h', '127.0.0.1', '-p', `${broker.port}`];
});
afterEach(async () => {
  await killCommands();
  await endPeers();
  await broker.close();
});

/** Starts `tagwire sub` with -d; resolves when it is subscribed to `filters` filters. */
const subscribed = async (args: string[], filters = 1): Promise<Command> => {
  const command = startTagwire(['sub', ...at, '-d', ...args]);
  await command.until(() => command.stderr.split('subscribed to ').length > filters);
  return command;
};

describe('tagwire sub', () => {
  it.each(['0', '1'])('prints a line for each message, and ends after -C, with -q %s', async (qos) => {
    const command = await subscribed(['-t', 'a/#', '-q', qos, '-C', '3']);
    for (const text of ['one', 'zwölf', '']) await peer.publish('a/b', text, 1);
    const { code, stdout } = await command.finished;
    expect(stdout.toString()).toBe('one\nzwölf\n\n');
    expect(code).toBe(0);
    expect(command.stderr).toMatch(new RegExp(`subscribed to a/# \\(q${qos}\\)`));
  });

  it('-t can be repeated, also with the same filter, and -v prints topics', async () => {
    const command = await subscribed(['-t', 'a/+', '-t', 'b', '-t', 'b', '-v', '-C', '2'], 2);
    await peer.publish('a/x y', 'one', 1);
    await peer.publish('b', 'two', 1);
    expect((await command.finished).stdout.toString()).toBe('a/x y one\nb two\n');
  });

  it('-L names broker and topic in one', async () => {
    at = ['-L', `${broker.url}/from/url`];
    const command = await subscribed(['-C', '1']);
    await peer.publish('from/url', 'heard', 1);
    expect((await command.finished).stdout.toString()).toBe('heard\n');
  });

  it('--unseal opens what it can, and names what it cannot', async () => {
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const seal = new PayloadSeal(AeadMode.ccm, key, new NodeCiphers(), new MemoryStore(), new NodeEntropy());
    const sealed = (text: string): Buffer => {
      const bytes = Buffer.concat([
        Buffer.alloc(SEAL_HEADER),
        Buffer.from(text),
        Buffer.alloc(SEAL_LENGTH - SEAL_HEADER),
      ]);
      seal.seal(bytes, 0, Buffer.byteLength(text));
      return bytes;
    };
    const changed = sealed('two');
    changed[SEAL_HEADER]! ^= 1;
    const command = await subscribed(['-t', 'a', '--unseal', key.toString('hex'), '-C', '2']);
    for (const payload of [sealed('eins'), Buffer.from('plain'), changed, Buffer.of(1), '', sealed('drei')]) {
      await peer.publish('a', payload, 1);
    }
    expect((await command.finished).stdout.toString()).toBe('eins\ndrei\n');
    const lines = command.stderr.split('\n').filter((line) => line.includes('not opened'));
    expect(lines).toEqual([
      'tagwire: message on "a" not opened: it is not sealed',
      'tagwire: message on "a" not opened: sealed with another key, or changed on its way',
      'tagwire: message on "a" not opened: it is not sealed',
      'tagwire: message on "a" not opened: it is not sealed',
    ]);
    expect(command.stderr).not.toContain(key.toString('hex'));
  });

  it('-R leaves out retained messages', async () => {
    await peer.publish('a', 'retained', 1, true);
    const all = await subscribed(['-t', 'a', '-C', '1']);
    expect((await all.finished).stdout.toString()).toBe('retained\n');
    const fresh = await subscribed(['-t', 'a', '-C', '1', '-R']);
    await peer.publish('a', 'fresh', 1);
    expect((await fresh.finished).stdout.toString()).toBe('fresh\n');
  });

  it('prints any bytes as they are, and -N no end of line', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const command = await subscribed(['-t', 'a', '-N', '-C', '2']);
    await peer.publish('a', bytes, 1);
    await peer.publish('a', bytes, 1);
    expect([...(await command.finished).stdout]).toEqual([...bytes, ...bytes]);
  });

  it('--json prints one object a message, and a summary', async () => {
    const command = await subscribed(['-t', '#', '--json', '-q', '1', '-C', '3']);
    await peer.publish('text', 'ä\n"', 1);
    await peer.publish('bytes', Buffer.of(0xff, 0x00), 0);
    await peer.publish('long', 'x'.repeat(200_000), 1);
    const lines = (await command.finished).stdout.toString().trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const event of events.slice(0, 3)) expect(event['time']).toBeTypeOf('number');
    const common = { event: 'message', time: expect.anything() as unknown, retain: false, dup: false };
    expect(events).toEqual([
      { ...common, topic: 'text', payload: 'ä\n"', qos: 1 },
      { ...common, topic: 'bytes', payloadBase64: '/wA=', qos: 0 },
      { ...common, topic: 'long', payload: 'x'.repeat(200_000), qos: 1 },
      { event: 'summary', received: 3, skipped: 0 },
    ]);
  });

  it('-W ends it with exit code 27', async () => {
    const { code, stdout, stderr } = await runTagwire(['sub', ...at, '-t', 'a', '-W', '0.2']);
    expect(code).toBe(27);
    expect(stdout.toString()).toBe('');
    expect(stderr).toBe('');
  });

  it('-c keeps the session: what came meanwhile is printed by the next run', async () => {
    const flags = ['-t', 'k', '-q', '1', '-i', 'keeper', '-c'];
    const first = await subscribed(flags);
    first.process.kill('SIGINT');
    expect((await first.finished).code).toBe(130);
    for (const text of ['one', 'two']) await peer.publish('k', text, 1);
    const { stdout } = await runTagwire(['sub', ...at, ...flags, '-C', '2']);
    expect(stdout.toString()).toBe('one\ntwo\n');
  });

  it.each([1, 3])('-C %i acknowledges what it prints, and nothing else', async (count) => {
    const flags = ['-t', 'six/#', '-q', '1', '-i', 'keeper', '-c'];
    const first = await subscribed([...flags, '-E']);
    expect((await first.finished).code).toBe(0);
    const texts = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const text of texts) await peer.publish('six/x', text, 1);
    const { stdout } = await runTagwire(['sub', ...at, ...flags, '-C', `${count}`]);
    const rest = await runTagwire(['sub', ...at, ...flags, '-C', `${6 - count}`]);
    expect(stdout.toString() + rest.stdout.toString()).toBe(texts.join('\n') + '\n');
  });

  it('prints a message whole, although its connection is cut in the middle of it', async () => {
    const payload = 'x'.repeat(150_000);
    let connections = 0;
    const server = createServer((socket) => {
      const packets = parser();
      socket.on('data', (bytes) => packets.parse(bytes));
      socket.on('error', () => undefined);
      packets.on('packet', (packet) => {
        if (packet.cmd === 'connect') {
          connections++;
          socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
        } else if (packet.cmd === 'subscribe') {
          const messageId = packet.messageId!;
          socket.write(generate({ cmd: 'suback', messageId, granted: [0] }));
          const message = { cmd: 'publish', topic: 'a', payload, qos: 0, dup: false, retain: false } as const;
          const bytes = generate(message);
          if (connections > 1) socket.write(bytes);
          else socket.write(bytes.subarray(0, 100_000), () => socket.destroy());
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { stdout } = await runTagwire(['sub', '-h', '127.0.0.1', '-p', `${port}`, '-t', 'a', '-C', '1']);
    server.close();
    expect(connections).toBe(2);
    expect(stdout.toString()).toBe(`${payload}\n`);
  });

  it('--max-message leaves out a longer message, and says so', async () => {
    const command = await subscribed(['-t', 'a', '--max-message', '10', '-C', '2', '--json', '-q', '1']);
    for (const text of ['x'.repeat(10), 'y'.repeat(11), 'z'.repeat(100_000), 'end']) await peer.publish('a', text, 1);
    const { stdout, stderr, code } = await command.finished;
    expect(code).toBe(0);
    const lines = stdout.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as { payload?: string; skipped?: number })).toMatchObject([
      { payload: 'x'.repeat(10) },
      { payload: 'end' },
      { received: 2, skipped: 2 },
    ]);
    expect(stderr).toContain('tagwire: message of 11 bytes on "a" not printed: longer than --max-message 10\n');
    expect(stderr).toContain('message of 100000 bytes');
  });

  it('-W takes a month', async () => {
    const command = await subscribed(['-t', 'a', '-W', '2592000', '-C', '1']);
    await peer.publish('a', 'x', 1);
    expect(await command.finished).toMatchObject({ code: 0 });
  });

  it('-F prints what it is told to', async () => {
    await peer.publish('a/b', Buffer.of(0x41, 0xff), 1, true);
    const format = '%t|%p|%x|%X|%l|%q|%r|%d|100%%|@@|\\t|@Y-@m-@d';
    const { stdout } = await runTagwire(['sub', ...at, '-t', 'a/b', '-C', '1', '-q', '1', '-F', format]);
    const day = /\|(\d{4}-\d\d-\d\d)\n$/.exec(stdout.toString('latin1'))?.[1];
    expect(stdout.toString('latin1')).toBe(`a/b|A\xff|41ff|41FF|2|1|1|0|100%|@|\t|${day}\n`);
    const json = await runTagwire(['sub', ...at, '-t', 'a/b', '-C', '1', '-F', '%j']);
    expect(JSON.parse(json.stdout.toString())).toMatchObject({ topic: 'a/b', qos: 0, retain: 1, payloadlen: 2 });
  });

  it('-T leaves out topics, and --retained-only and --remove-retained clear what is retained', async () => {
    for (const topic of ['r/1', 'r/2', 'r/x/3']) await peer.publish(topic, topic, 1, true);
    const command = await subscribed(['-t', 'r/#', '-T', 'r/x/#', '--retained-only', '--remove-retained', '-C', '2']);
    expect((await command.finished).stdout.toString().split('\n').sort()).toEqual(['', 'r/1', 'r/2']);
    const left = await runTagwire(['sub', ...at, '-t', 'r/#', '-C', '1']);
    expect(left.stdout.toString()).toBe('r/x/3\n');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s prints a summary and exits with 130', async (signal) => {
    const command = startTagwire(['sub', ...at, '-t', 'a', '-q', '1']);
    // Without -d: retained messages show that it is subscribed.
    await peer.publish('a', 'retained', 1, true);
    await command.until(() => command.lines.length === 1);
    command.process.kill(signal);
    const { code, stderr } = await command.finished;
    expect(stderr).toBe('tagwire: interrupted: 1 messages received\n');
    expect(code).toBe(130);
  });

  it('does not have its will published at Ctrl-C, and has when it is killed', async () => {
    const watcher = await Peer.subscribed(broker.url, 'w/#');
    const will = (topic: string): string[] => ['-t', 'a', '--will-topic', topic, '--will-payload', 'x'];
    const interrupted = await subscribed(will('w/interrupted'));
    interrupted.process.kill('SIGINT');
    await interrupted.finished;
    const killed = await subscribed(will('w/killed'));
    killed.process.kill('SIGKILL');
    await watcher.first();
    expect(watcher.messages.map(({ topic }) => topic)).toEqual(['w/killed']);
  });

  it('connects and subscribes again when the broker comes back', async () => {
    const command = await subscribed(['-t', 'a', '-q', '1', '-C', '2']);
    await peer.publish('a', 'before', 1);
    await command.until(() => command.lines.length === 1);
    await broker.suspend();
    await command.until(() => /connecting again/.test(command.stderr));
    await broker.restore();
    await command.until(() => command.stderr.split('subscribed to ').length > 2);
    await (await Peer.connect(broker.url)).publish('a', 'after', 1);
    const { code, stdout } = await command.finished;
    expect(stdout.toString()).toBe('before\nafter\n');
    expect(code).toBe(0);
  });

  it.each(['0', '1'])('loses nothing while its reader is slow, with -q %s', async (qos) => {
    const count = 200;
    const command = await subscribed(['-t', 'a', '-q', qos, '-C', `${count}`, '-N']);
    const { stdout } = command.process;
    stdout.pause();
    const block = (i: number): Buffer => Buffer.alloc(50_000, i % 251);
    // Ten megabytes do not fit the pipe and the buffers on the way, so everybody waits for the reader.
    const sent = Array.from({ length: count }, (_, i) => peer.publish('a', block(i), qos === '0' ? 0 : 1));
    for (let i = 0; i < 20; i++) {
      await settle();
      stdout.resume();
      await once(stdout, 'data');
      stdout.pause();
    }
    stdout.resume();
    await Promise.all(sent);
    const { code, stdout: all } = await command.finished;
    expect(code).toBe(0);
    expect(all.length).toBe(count * 50_000);
    const wrong = Array.from({ length: count }, (_, i) => i).filter(
      (i) => !all.subarray(i * 50_000, (i + 1) * 50_000).equals(block(i)),
    );
    expect(wrong).toEqual([]);
  });

  it('ends quietly when its reader goes away', async () => {
    const command = await subscribed(['-t', 'a']);
    command.process.stdout.destroy();
    const poke = setInterval(() => void peer.publish('a', 'x'.repeat(100_000), 0), 20);
    const { code, stderr } = await command.finished;
    clearInterval(poke);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it('exits with 1 when the broker refuses all its subscriptions, also when one was given twice', async () => {
    broker.aedes.authorizeSubscribe = (_client, _subscription, done) => done(null, null);
    const { code, stderr } = await runTagwire(['sub', ...at, '-t', 'a', '-t', 'a']);
    expect(stderr).toBe('tagwire: the broker refused the subscription to a\n');
    expect(code).toBe(1);
  });

  it('exits with 1 when nothing listens', async () => {
    const port = await freePort();
    const { code, stderr } = await runTagwire(['sub', '-h', '127.0.0.1', '-p', `${port}`, '-t', 'a']);
    expect(stderr).toBe(
      `tagwire: 127.0.0.1 port ${port} refused the connection: nothing listens there; is it the port of the broker?\n`,
    );
    expect(code).toBe(1);
  });
});
