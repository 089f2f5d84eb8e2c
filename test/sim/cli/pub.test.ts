import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { endPeers, Peer } from '../../broker/peer.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import { freePort } from '../../support/ports.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folder = makeTemporaryFolder();
let broker: EmbeddedBroker;
let peer: Peer;
/** The flags that name the broker. */
let at: string[];

beforeEach(async () => {
  broker = await startEmbeddedBroker();
  peer = await Peer.subscribed(broker.url, '#');
  at = ['-h', '127.0.0.1', '-p', `${broker.port}`];
});
afterEach(async () => {
  await killCommands();
  await endPeers();
  await broker.close();
});
afterAll(() => folder.remove());

const succeed = async (args: string[], input: string | Uint8Array = ''): Promise<string> => {
  const { code, stdout, stderr } = await runTagwire(['pub', ...at, ...args], input);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.toString();
};

describe('tagwire pub', () => {
  it.each(['0', '1'])('-m publishes a message with -q %s', async (qos) => {
    expect(await succeed(['-t', 'shed/ä', '-m', 'wärm 21.5', '-q', qos])).toBe('');
    expect(await peer.first()).toMatchObject({ topic: 'shed/ä', qos: Number(qos), retain: false });
    expect(peer.texts()).toEqual(['wärm 21.5']);
  });

  it('-L names host, port and topic in one, -t wins over its topic', async () => {
    at = ['-L', `${broker.url}/from/url%20here`];
    await succeed(['-m', 'x']);
    await succeed(['-t', 'other', '-m', 'y', '-q', '1']);
    await peer.until(() => peer.messages.length === 2);
    expect(peer.messages.map(({ topic }) => topic)).toEqual(['from/url here', 'other']);
  });

  it('-n publishes an empty message, and with -r clears a retained one', async () => {
    await succeed(['-t', 'r', '-m', 'kept', '-r', '-q', '1']);
    expect((await retained()).texts()).toEqual(['kept', 'end']);
    await succeed(['-t', 'r', '-n', '-r', '-q', '1']);
    expect((await retained()).texts()).toEqual(['end']);
    await peer.until(() => peer.messages.length === 4);
    expect(peer.texts()).toEqual(['kept', 'end', '', 'end']);
  });

  const retained = async (): Promise<Peer> => {
    const later = await Peer.subscribed(broker.url, '#');
    await later.publish('end', 'end', 1);
    await later.until(() => later.texts().includes('end'));
    return later;
  };

  it.each(['0', '1'])('-f publishes a file of 1 MB, -s standard input, byte for byte, with -q %s', async (qos) => {
    const bytes = Buffer.alloc(1_000_000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) >> 5;
    writeFileSync(folder.file('big'), bytes);
    await succeed(['-t', 'f', '-f', folder.file('big'), '-q', qos]);
    await succeed(['-t', 's', '-s', '-q', qos], bytes);
    await peer.until(() => peer.messages.length === 2);
    for (const { payload } of peer.messages) expect(payload.equals(bytes)).toBe(true);
  });

  it('-f publishes an empty file, and -s empty input', async () => {
    writeFileSync(folder.file('empty'), '');
    await succeed(['-t', 'f', '-f', folder.file('empty'), '-q', '1']);
    await succeed(['-t', 's', '-s', '-q', '1']);
    await peer.until(() => peer.messages.length === 2);
    expect(peer.texts()).toEqual(['', '']);
  });

  it.each(['0', '1'])('-l publishes 10,000 lines in order, pipelined, with -q %s', async (qos) => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
    const out = await succeed(['-t', 'l', '-l', '-q', qos, '--json'], lines.map((line) => `${line}\n`).join(''));
    await peer.until(() => peer.messages.length === lines.length);
    expect(peer.texts()).toEqual(lines);
    const acknowledged = qos === '1' ? 10_000 : 0;
    expect(JSON.parse(out)).toEqual({ event: 'summary', published: 10_000, acknowledged, lost: 0 });
  });

  it('-l takes empty lines, a last line without end, any bytes, and lines longer than the buffers', async () => {
    const long = 'x'.repeat(300_000);
    const bytes = Buffer.of(0, 255, 254, 13);
    const input = Buffer.concat([Buffer.from(`first\n\n${long}\n`), bytes, Buffer.from('\nlast')]);
    await succeed(['-t', 'l', '-l', '-q', '1'], input);
    await peer.until(() => peer.messages.length === 5);
    expect(peer.messages.map(({ payload }) => payload.toString('latin1'))).toEqual([
      'first',
      '',
      long,
      '\x00\xff\xfe\r',
      'last',
    ]);
  });

  it('-l publishes each line when it comes, not at the end of the input', async () => {
    const command = startTagwire(['pub', ...at, '-t', 'l', '-l']);
    for (let i = 0; i < 3; i++) {
      command.process.stdin.write(`${i}\n`);
      await peer.until(() => peer.messages.length === i + 1);
    }
    command.process.stdin.end();
    expect((await command.finished).code).toBe(0);
    expect(peer.texts()).toEqual(['0', '1', '2']);
  });

  it('-l with an empty input publishes nothing', async () => {
    expect(JSON.parse(await succeed(['-t', 'l', '-l', '--json']))).toMatchObject({ published: 0, lost: 0 });
  });

  it('-l goes on after the broker was away, and loses nothing with -q 1', async () => {
    const command = startTagwire(['pub', ...at, '-t', 'l', '-l', '-q', '1', '--json']);
    const { stdin } = command.process;
    stdin.write('before\n');
    await peer.first();
    await broker.suspend();
    await command.until(() => /connecting again/.test(command.stderr));
    stdin.write('while away\n');
    await broker.restore();
    const again = await Peer.subscribed(broker.url, '#');
    stdin.end('after\n');
    const { code, stdout } = await command.finished;
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toEqual({ event: 'summary', published: 3, acknowledged: 3, lost: 0 });
    await again.until(() => again.texts().includes('after'));
    expect(command.stderr).toMatch(/^(tagwire: [^\n]+; connecting again\n)+$/);
  });

  it('-i, -k, -c and -V reach the broker', async () => {
    const seen: unknown[] = [];
    broker.aedes.preConnect = (_client, packet, done) => {
      seen.push([packet.clientId, packet.keepalive, packet.clean, packet.protocolVersion, packet.protocolId]);
      done(null, true);
    };
    await succeed(['-t', 'a', '-m', 'x', '-i', 'my-id', '-k', '7', '-c']);
    await succeed(['-t', 'a', '-m', 'x', '-i', 'old', '-V', 'mqttv31']);
    await succeed(['-t', 'a', '-m', 'x']);
    expect(seen.slice(0, 2)).toEqual([
      ['my-id', 7, false, 4, 'MQTT'],
      ['old', 60, true, 3, 'MQIsdp'],
    ]);
    expect((seen[2] as string[])[0]).toMatch(/^tagwire-pub-\d+$/);
  });

  it('-d tells what happens, on standard error', async () => {
    const { code, stdout, stderr } = await runTagwire(['pub', ...at, '-t', 'a', '-m', 'x', '-q', '1', '-d']);
    expect(code).toBe(0);
    expect(stdout.toString()).toBe('');
    expect(stderr).toMatch(/sending CONNECT\nreceived CONNACK [^]*sending PUBLISH [^]*received PUBACK/);
  });

  it('Ctrl-C prints a summary and exits with 130; the will is published', async () => {
    const args = ['-t', 'l', '-l', '-q', '1', '--will-topic', 'w', '--will-payload', 'gone', '--will-qos', '1'];
    const command = startTagwire(['pub', ...at, ...args]);
    command.process.stdin.write('one\ntwo\n');
    await peer.until(() => peer.messages.length === 2);
    command.process.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^tagwire: interrupted: 2 published, [12] acknowledged, [01] not\n$/);
    await peer.until(() => peer.messages.length === 3);
    expect(peer.messages[2]).toMatchObject({ topic: 'w', payload: Buffer.from('gone'), qos: 1 });
  });

  it('ends without its will', async () => {
    await succeed(['-t', 'a', '-m', 'x', '--will-topic', 'w', '--will-payload', 'gone', '--will-retain']);
    expect((await retained()).texts()).toEqual(['end']);
    await peer.until(() => peer.texts().includes('end'));
    expect(peer.texts()).toEqual(['x', 'end']);
  });
});

describe('tagwire pub without success', () => {
  it('says in one line that nothing listens, and exits with 1', async () => {
    const port = await freePort();
    const { code, stderr } = await runTagwire(['pub', '-h', '127.0.0.1', '-p', `${port}`, '-t', 'a', '-m', 'x']);
    expect(stderr).toBe(
      `tagwire: 127.0.0.1 port ${port} refused the connection: nothing listens there; is it the port of the broker?\n`,
    );
    expect(code).toBe(1);
  });

  it('names a host that does not exist, and exits with 1', async () => {
    const { code, stderr } = await runTagwire(['pub', '-h', 'no-such-host.invalid', '-t', 'a', '-m', 'x']);
    expect(stderr).toMatch(/^tagwire: no-such-host\.invalid: [^\n]+\n$/);
    expect(code).toBe(1);
  });

  it('prints nothing with --quiet', async () => {
    const args = ['-h', '127.0.0.1', '-p', `${await freePort()}`, '-t', 'a', '-m', 'x', '--quiet'];
    const { code, stderr } = await runTagwire(['pub', ...args]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  describe('at a broker with users', () => {
    let guarded: EmbeddedBroker;

    beforeAll(async () => {
      guarded = await startEmbeddedBroker({ users: { ann: 'right' } });
    });
    afterAll(() => guarded.close());

    it('exits with the return code of the refusal, and shows no password', async () => {
      const flags = ['-h', '127.0.0.1', '-p', `${guarded.port}`, '-t', 'a', '-m', 'x'];
      for (const more of [['-u', 'ann', '-P', 'wrong-secret'], ['-u', 'ann'], []]) {
        const { code, stderr } = await runTagwire(['pub', ...flags, ...more]);
        expect(stderr).toBe(
          `tagwire: 127.0.0.1 port ${guarded.port}: connection refused by the broker: bad user name or password\n`,
        );
        expect(code).toBe(4);
      }
    });

    it('gets in with -u and -P, or with a URL', async () => {
      const flags = ['-h', '127.0.0.1', '-p', `${guarded.port}`, '-u', 'ann', '-P', 'right'];
      expect((await runTagwire(['pub', ...flags, '-t', 'a', '-m', 'x'])).code).toBe(0);
      const url = `mqtt://ann:right@127.0.0.1:${guarded.port}/a`;
      expect((await runTagwire(['pub', '-L', url, '-m', 'x'])).code).toBe(0);
    });
  });
});
