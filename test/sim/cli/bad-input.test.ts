import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../support/certificates.js';
import { killCommands, runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const SECRET = 'hush-hush';
const folder = makeTemporaryFolder();
const file = (name: string): string => folder.file(name);

beforeAll(async () => {
  const { client, strangerClient } = await makeCertificates();
  writeFileSync(file('client.crt'), client.certificate);
  writeFileSync(file('client.key'), client.key);
  writeFileSync(file('other.key'), strangerClient.key);
  writeFileSync(file('text'), 'not a certificate');
});
afterAll(async () => {
  await killCommands();
  folder.remove();
});

/** Arguments and what the line must say: the value, and what is allowed. */
type BadCase = [args: string[], ...said: RegExp[]];

const message = ['-t', 'a', '-m', 'x'];

const pub: BadCase[] = [
  [['-m', 'x'], /no topic: give one with -t, or in the URL of -L/],
  [['-t', 'a'], /exactly one of -m, -f, -s, -n and -l/],
  [['-t', 'a', '-m', 'x', '-n'], /exactly one of -m, -f, -s, -n and -l/],
  [['-t', 'a/+', '-m', 'x'], /'a\/\+'/, /has no \+ and no #/],
  [['-t', 'a/#', '-m', 'x'], /'a\/#'/, /has no \+ and no #/],
  [['-t', '', '-m', 'x'], /''/, /empty|at least one/],
  [['-t', 'x'.repeat(65536), '-m', 'x'], /-t/, /65[,.]?535/],
  [['-t', 'a', '-f', 'missing/file'], /-f "missing\/file"/, /ENOENT/, /a file that can be read/],
  [['-t', 'a', '-f', '.'], /-f "\."/, /EISDIR/, /a file that can be read/],
  [[...message, '-p', '0'], /'0'/, /1 to 65535/],
  [[...message, '-p', '65536'], /'65536'/, /1 to 65535/],
  [[...message, '-p', '18x3'], /'18x3'/, /1 to 65535/],
  [[...message, '-p', '-1'], /'-1'/, /1 to 65535/],
  [[...message, '-q', '2'], /'2'/, /0 or 1/],
  [[...message, '-q', 'one'], /'one'/, /0 or 1/],
  [[...message, '-k', '65536'], /'65536'/, /0 to 65535/],
  [[...message, '-k', '1.5'], /'1\.5'/, /0 to 65535/],
  [[...message, '-V', 'mqttv5'], /'mqttv5'/, /mqttv311 or mqttv31/],
  [[...message, '-V', 'mqttv31', '-i', 'x'.repeat(24)], /x{24}/, /1 to 23/],
  [[...message, '-V', 'mqttv31', '-i', `line\nbreak${'x'.repeat(20)}`], /line break/, /1 to 23/],
  [[...message, '-V', 'mqttv31', '-i', ''], /clientId must not be empty/, /cleanSession/],
  [[...message, '-c'], /-c needs a client identifier/, /-i/],
  [[...message, '-P', SECRET], /-P needs a user name/, /-u/],
  [[...message, '-i', 'x'.repeat(65536)], /clientId must have at most 65535 bytes, got 65536/, /65535/],
  [[...message, '-u', 'x'.repeat(65536)], /username must have at most 65535 bytes, got 65536/, /65535/],
  [[...message, '-u', 'x', '-P', SECRET.repeat(8000)], /password must have at most 65535 bytes, got 72000/, /65535/],
  [[...message, '--will-payload', 'x'], /--will-topic/],
  [[...message, '--will-qos', '1'], /--will-topic/],
  [[...message, '--will-retain'], /--will-topic/],
  [[...message, '--will-topic', 'a/#'], /'a\/#'/, /has no \+ and no #/],
  [[...message, '--will-topic', 'a', '--will-qos', '3'], /'3'/, /0, 1 or 2/],
  [[...message, '-L', 'mqtt://h', '-h', 'h'], /-L and -h or -p exclude each other/],
  [[...message, '-L', 'mqtt://h', '-p', '1'], /-L and -h or -p exclude each other/],
  [[...message, '-L', 'h'], /"h" is not a URL/, /mqtt:\/\//],
  [[...message, '-L', 'http://h'], /"http:\/\/h"/, /"http:"/, /mqtt:\/\//],
  [[...message, '-L', 'mqtt://h:99999'], /"mqtt:\/\/h:99999"/, /mqtt:\/\//],
  [[...message, '-L', 'mqtt://h:0'], /"mqtt:\/\/h:0"/, /1 to 65535/],
  [[...message, '-L', 'mqtt:///a'], /"mqtt:\/\/\/a" has no host/, /mqtt:\/\//],
  [[...message, '-L', 'mqtt://h/a#b'], /"mqtt:\/\/h\/a#b"/, /%23/],
  [[...message, '-L', 'mqtt://h/%zz'], /%zz/, /two hexadecimal digits/],
  [[...message, '-L', `mqtt://ann:${SECRET}@h:99999`], /"mqtt:\/\/ann:\*\*\*@h:99999"/],
  [[...message, '-L', `mqtt://ann:a@${SECRET}@h:99999`], /"mqtt:\/\/ann:\*\*\*@h:99999"/],
  [[...message, '-L', `mqtt://ann@corp:${SECRET}@h:99999`], /ann@corp:\*\*\*@h:99999/],
  [[...message, '-L', `mqtt://ann:${SECRET}/x@h`], /ann:\*\*\*@h/],
  [[...message, '-L', `ftp://ann:${SECRET}@h`], /"ftp:"/, /mqtt:\/\//],
  [[...message, '-L', `ann:${SECRET}@h`], /ann:\*\*\*@h/, /mqtt:\/\//],
  [['-m', 'x', '-L', 'mqtt://h/a/+'], /topic "a\/\+"/],
  [[...message, '--psk', '1234'], /--psk/, /Not supported: Tagwire has no TLS with pre-shared keys/],
  [[...message, '-D', 'publish', 'user-property', 'a', 'b'], /-D, --property/, /MQTT 5/],
  [[...message, '-S'], /-S/, /no SRV records/],
  [[...message, '--keypass', 'x'], /--keypass needs --key/],
  [[...message, '--capath', 'missing'], /--capath "missing"/, /ENOENT/, /a folder/],
  [[...message, '--tls-version', 'tlsv1.1'], /--tls-version/, /tlsv1\.2, tlsv1\.3/],
  [['-t', 'a', '-m', '\ufffd'], /--message/, /must be UTF-8/, /-f/],
  [['-t', '\ufffd', '-m', 'x'], /--topic/, /must be UTF-8/],
  [[...message, '--repeat-delay', '1'], /--repeat-delay needs --repeat/],
  [['-t', 'a', '-l', '--repeat', '2'], /--repeat excludes -l/],
  [[...message, '--cafile', 'missing.pem'], /--cafile "missing\.pem"/, /ENOENT/, /a file that can be read/],
  [[...message, '--cafile', file('text')], /--cafile/, /BEGIN CERTIFICATE/],
  [[...message, '--cert', file('client.crt')], /--cert/, /--key/],
  [[...message, '--key', file('client.key')], /--key/, /--cert/],
  [[...message, '--cert', file('text'), '--key', file('client.key')], /--cert/, /BEGIN CERTIFICATE/],
  [[...message, '--cert', file('client.crt'), '--key', file('text')], /--key/, /BEGIN PRIVATE KEY/],
  [[...message, '--cert', file('client.crt'), '--key', file('other.key')], /--key/, /does not belong/],
  [[...message, '--wat'], /unknown option '--wat'/],
  [[...message, `--pasword=${SECRET}`], /unknown option '--pasword'/],
  [[...message, '-t'], /-t, --topic <topic>/, /argument missing/],
  [[...message, 'more'], /too many arguments/],
];

const sub: BadCase[] = [
  [[], /no topic: give one with -t, or in the URL of -L/],
  [['-t', 'a/#/b'], /'a\/#\/b'/, /#/],
  [['-t', 'a', '-t', 'a+'], /'a\+'/, /\+/],
  [['-t', ''], /''/, /empty|at least one/],
  [['-L', 'mqtt://h/a/%23/b'], /"a\/#\/b"/, /#/],
  [['-t', 'a', '-q', '2'], /'2'/, /0 or 1/],
  [['-t', 'a', '-C', '0'], /'0'/, /from 1/],
  [['-t', 'a', '-C', 'all'], /'all'/, /from 1/],
  [['-t', 'a', '-W', '0'], /'0'/, /above 0/],
  [['-t', 'a', '-W', 'soon'], /'soon'/, /above 0/],
  [['-t', 'a', '-F', '%A'], /-F, character 1: "%A" belongs to MQTT 5/, /%t/],
  [['-t', 'a', '-F', 'x @'], /-F, character 3: "@" is not known/, /@Y/],
  [['-t', 'a', '-R', '--retained-only'], /exclude each other/],
  [['-t', 'a', '--unseal', SECRET], /--unseal must be a key of 32 or 64 hexadecimal digits, got \d+ characters/],
  [['-t', 'a', '--max-message', '0'], /--max-message/, /an integer from 1 to 268435455/],
  [['-t', 'a', '-c'], /-c needs a client identifier/, /-i/],
  [['-t', 'a', '-m', 'x'], /unknown option '-m'/],
  [['-t', 'a', '-L', `mqtt://ann:${SECRET}@h:99999`], /"mqtt:\/\/ann:\*\*\*@h:99999"/],
];

function name(args: string[]): string {
  return args.map((arg) => JSON.stringify(arg.length > 40 ? `${arg.slice(0, 20)}...` : arg)).join(' ');
}

describe.each([
  ['pub', pub],
  ['sub', sub],
] as const)('tagwire %s', (command, cases) => {
  it.concurrent.each(cases.map(([args, ...said]) => [name(args), args, said] as const))(
    '%s: one line, exit code 2',
    async (_name, args, said) => {
      const { code, stdout, stderr } = await runTagwire([command, ...args]);
      expect(stderr).toMatch(/^tagwire: [^\n]+\n$/);
      for (const text of said) expect(stderr).toMatch(text);
      expect(stderr).not.toContain(SECRET);
      expect(stderr).not.toMatch(/PRIVATE KEY-----\w|^ +at /m);
      expect(stdout.toString()).toBe('');
      expect(code).toBe(2);
    },
  );
});

describe('tagwire', () => {
  it('shows help with examples, and exits with 0', async () => {
    for (const command of ['pub', 'sub']) {
      const { code, stdout, stderr } = await runTagwire([command, '--help']);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      const help = new RegExp(`Usage: tagwire ${command} [^]*Examples:\\n +\\$ .*tagwire ${command}`);
      expect(stdout.toString()).toMatch(help);
    }
  });

  it('refuses a command that does not exist, in one line', async () => {
    const { code, stderr } = await runTagwire(['pubb']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tagwire: unknown command 'pubb'[^\n]*\n$/);
  });
});
