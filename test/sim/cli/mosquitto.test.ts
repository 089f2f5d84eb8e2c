import { createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, writeCredentials } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { killCommands, runTagwire, startProgram, startTagwire } from '../../support/cli.js';
import type { Command, Finished } from '../../support/cli.js';
import { findProgram, requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { makeTemporaryFolder } from '../../support/temp.js';

afterEach(killCommands);

requireMosquitto('mosquitto_pub', 'mosquitto_sub')('tagwire beside mosquitto_pub and mosquitto_sub', () => {
  let broker: Mosquitto;
  let at: string[];

  beforeAll(async () => {
    broker = await startMosquitto({ maxQueuedMessages: 0 });
    at = ['-h', '127.0.0.1', '-p', `${broker.port}`];
  });
  afterAll(() => broker.stop());

  const mosquittoPub = async (args: string[], input: string | Uint8Array = ''): Promise<Finished> => {
    const command = startProgram(findProgram('mosquitto_pub')!, [...at, ...args]);
    command.process.stdin.end(input);
    return command.finished;
  };
  const tagwireSub = async (args: string[]): Promise<Command> => {
    const command = startTagwire(['sub', ...at, '-d', ...args]);
    await command.until(() => command.stderr.includes('subscribed to'));
    return command;
  };

  it('pub -l to mosquitto_sub: 10,000 lines with QoS 1, in order', async () => {
    // Its debugging output waits in a buffer; a retained message shows that it is subscribed.
    await runTagwire(['pub', ...at, '-t', 'down/ready', '-m', 'ready', '-r', '-q', '1']);
    const reader = startProgram(findProgram('mosquitto_sub')!, [...at, '-t', 'down/#', '-q', '1', '-C', '10001']);
    await reader.until(() => reader.lines.length === 1);
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
    const { code } = await runTagwire(['pub', ...at, '-t', 'down/x', '-l', '-q', '1'], `${lines.join('\n')}\n`);
    expect(code).toBe(0);
    expect((await reader.finished).stdout.toString()).toBe(`ready\n${lines.join('\n')}\n`);
  });

  it('mosquitto_pub -l to sub: 10,000 lines with QoS 1, in order', async () => {
    const reader = await tagwireSub(['-t', 'lines', '-q', '1', '-C', '10000']);
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
    expect((await mosquittoPub(['-t', 'lines', '-l', '-q', '1'], `${lines.join('\n')}\n`)).code).toBe(0);
    expect((await reader.finished).stdout.toString()).toBe(`${lines.join('\n')}\n`);
  });

  it('the same flags give the same output', async () => {
    const flags = ['-t', 'same/#', '-v', '-q', '1', '-C', '4'];
    const theirs = startProgram(findProgram('mosquitto_sub')!, [...at, ...flags]);
    const ours = startTagwire(['sub', ...at, ...flags]);
    // Retained messages arrive whenever a subscription is made.
    await runTagwire(['pub', ...at, '-t', 'same/a', '-m', 'one', '-r', '-q', '1']);
    await mosquittoPub(['-t', 'same/b', '-m', 'zwei ö', '-r', '-q', '1']);
    await Promise.all([ours, theirs].map((command) => command.until(() => command.lines.length === 2)));
    await runTagwire(['pub', ...at, '-t', 'same/c', '-n', '-q', '1']);
    await mosquittoPub(['-t', 'same/d', '-m', 'four', '-q', '1']);
    const [a, b] = await Promise.all([ours.finished, theirs.finished]);
    expect(a.stdout.toString()).toBe('same/a one\nsame/b zwei ö\nsame/c \nsame/d four\n');
    // It prints an empty payload as "(null)" behind a topic.
    expect(b.stdout.toString().replace(' (null)\n', ' \n')).toBe(a.stdout.toString());
    expect([a.code, b.code]).toEqual([0, 0]);
  });
});

requireMosquitto()('tagwire over TLS', () => {
  const folder = makeTemporaryFolder();
  let certificates: Certificates;
  let broker: Mosquitto;
  let ca: string;
  let client: { certificate: string; key: string };

  beforeAll(async () => {
    certificates = await makeCertificates();
    ca = folder.file('ca.crt');
    writeFileSync(ca, certificates.ca.certificate);
    writeFileSync(folder.file('other-ca.crt'), certificates.otherCa.certificate);
    client = writeCredentials(folder.path, 'client', certificates.client);
    const tls = { server: certificates.server, clientCa: certificates.ca.certificate, requireCertificate: true };
    broker = await startMosquitto({ tls });
  });
  afterAll(async () => {
    await broker.stop();
    folder.remove();
  });

  const flags = (...tls: string[]): string[] => ['-h', 'localhost', '-p', `${broker.tlsPort}`, '-t', 'tls', ...tls];
  const withClient = (...more: string[]): string[] => flags('--cert', client.certificate, '--key', client.key, ...more);

  it('publishes and subscribes with --cafile, --cert and --key, or with --insecure', async () => {
    for (const trust of [['--cafile', ca], ['--insecure']]) {
      const published = await runTagwire(['pub', ...withClient(...trust), '-m', 'safe', '-r', '-q', '1']);
      const warning = /^tagwire: --insecure: the certificate of the broker is not verified; [^\n]+\n$/;
      expect(published.stderr).toMatch(trust[0] === '--insecure' ? warning : /^$/);
      expect(published.code).toBe(0);
      const { code, stdout } = await runTagwire(['sub', ...withClient(...trust), '-C', '1']);
      expect(stdout.toString()).toBe('safe\n');
      expect(code).toBe(0);
    }
  });

  it('takes an encrypted private key, a folder of authorities, and a version of TLS', async () => {
    const encrypted = createPrivateKey(certificates.client.key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    const authorities = join(folder.path, 'authorities');
    mkdirSync(authorities);
    writeFileSync(join(authorities, 'README'), 'no certificate');
    writeFileSync(join(authorities, 'other.pem'), certificates.otherCa.certificate);
    writeFileSync(join(authorities, 'ours.pem'), certificates.ca.certificate);
    writeFileSync(folder.file('encrypted.key'), encrypted);
    const identity = ['--cert', client.certificate, '--key', folder.file('encrypted.key')];
    const publish = (...more: string[]): Promise<Finished> =>
      runTagwire(['pub', ...flags('--capath', authorities, ...identity, ...more), '-m', 'x', '-q', '1']);
    for (const version of ['tlsv1.2', 'tlsv1.3']) {
      expect(await publish('--keypass', 'open sesame', '--tls-version', version)).toMatchObject({
        code: 0,
        stderr: '',
      });
    }
    expect(await publish()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is encrypted: give its') as string,
    });
    const wrong = await publish('--keypass', 'close sesame');
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the passphrase of --keypass is wrong') as string,
    });
    expect(wrong.stderr).not.toContain('close sesame');
  });

  it('knows mqtts:// URLs', async () => {
    const url = `mqtts://localhost:${broker.tlsPort}/tls`;
    const args = ['--cafile', ca, '--cert', client.certificate, '--key', client.key, '-m', 'x', '-q', '1'];
    expect((await runTagwire(['pub', '-L', url, ...args])).code).toBe(0);
  });

  it('gives --cert and --key to the brokers of the console too', async () => {
    const files = ['--cafile', ca, '--cert', client.certificate, '--key', client.key];
    const lines = [
      `/iot mqtt brokers add name=b address=localhost port=${broker.tlsPort} ssl=yes`,
      '/iot mqtt connect b',
      ':put [/iot mqtt brokers get b connected]',
    ];
    const url = `mqtts://localhost:${broker.tlsPort}`;
    const { stdout } = await runTagwire(['sim', '--console', '--broker', url, ...files], lines.join('\n'));
    expect(stdout.toString()).toBe('true\n');
  });

  it('refuses a server of another authority, in one line, with exit code 8', async () => {
    for (const trust of [['--cafile', folder.file('other-ca.crt')], []]) {
      const { code, stderr } = await runTagwire(['pub', ...withClient(...trust), '-m', 'x']);
      expect(stderr).toMatch(
        /^tagwire: the certificate of localhost [^\n]+ is not signed by a trusted authority[^\n]*\n$/,
      );
      expect(code).toBe(8);
    }
  });

  it('says that a client certificate is missing', async () => {
    const { code, stderr } = await runTagwire(['pub', ...flags('--cafile', ca), '-m', 'x']);
    expect(stderr).toMatch(/^tagwire: [^\n]*certificate( required|\?)[^\n]*\n$/);
    // The broker's alert may be lost in its reset: see the TLS tests of the connection.
    expect([1, 8]).toContain(code);
  });
});

describe('tagwire --version', () => {
  it('prints the version of the package, and leaves -V to the commands', async () => {
    expect((await runTagwire(['--version'])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
