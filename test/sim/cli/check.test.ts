import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../support/certificates.js';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const SECRET = 'hush-hush-42';
const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

async function check(content: unknown, ...flags: string[]) {
  const path = folder.file('device.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const { code, stdout, stderr } = await runTagwire(['check', path, ...flags]);
  expect(stdout.toString() + stderr).not.toContain(SECRET);
  return { code, lines: stdout.toString().trimEnd().split('\n'), stderr };
}

describe('tagwire check', () => {
  it('says where a device would connect', async () => {
    const { code, lines } = await check({
      cloud: 'plain',
      broker: 'mqtts://broker.example, mqtt://[fe80::1]:1884',
      username: 'ann',
      brokerPassword: SECRET,
      gateway: 'shed',
    });
    expect(lines).toEqual([
      'ok: plain MQTT broker, broker mqtts://broker.example:8883, then mqtt://[fe80::1]:1884, ' +
        'client tagwire-shed with user name',
    ]);
    expect(code).toBe(0);
  });

  it('checks what a board has room for', async () => {
    const large = { broker: 'mqtts://broker.example', ssid: 'Home', tags: 4096 };
    expect((await check(large)).code).toBe(0);
    expect((await check(large, '--board', 'desktop')).code).toBe(0);
    const esp32 = await check(large, '--board', 'esp32');
    expect(esp32.lines).toEqual([expect.stringMatching(/^tags, outbox, .* take \d+ bytes, .* has room for 24576$/)]);
    expect(esp32.code).toBe(1);
    const { lines } = await check({ ...large, cloud: 'azure', ssid: '' }, '--board', 'esp8266');
    expect(lines).toEqual([
      expect.stringMatching(/^ssid is missing/),
      expect.stringMatching(/^cloud must be one of plain, home-assistant, thingsboard, /),
      expect.stringMatching(/no memory for TLS/),
    ]);
  });

  it('takes a recorder where there is one', async () => {
    const raw = { broker: 'mqtt://broker.example', ssid: 'Home', recorder: 6144 };
    expect((await check(raw)).code).toBe(0);
    expect((await check({ ...raw, recorder: 1024 }, '--board', 'esp32')).code).toBe(0);
    expect((await check({ ...raw, tags: 32 }, '--board', 'esp32')).code).toBe(0);
    const tooLarge = await check(raw, '--board', 'esp32');
    expect(tooLarge.lines).toEqual([expect.stringMatching(/^tags, outbox, recorder, maxPayload and inFlight take /)]);
    const { lines } = await check(raw, '--board', 'esp8266');
    expect(lines).toEqual(['recorder must be 0: this board has none']);
  });

  it('names every mistake at once', async () => {
    const { code, lines } = await check({ cloud: 'cumulus', keepAlive: 'soon', brokerPassword: SECRET, colour: 'red' });
    expect(lines).toEqual([
      'keepAlive must be an integer from 0 to 65535, got "soon"',
      'broker is missing: it must be mqtt://host[:port] or mqtts://host[:port], or several separated by commas',
      'brokerPassword is given without username',
      expect.stringMatching(/^cloud must be one of plain[^\n]*, which this firmware has, got "cumulus"$/),
      expect.stringMatching(/^"colour" is not a configuration key; did you mean \w+\?$/),
    ]);
    expect(code).toBe(1);
  });

  it('prints them as JSON', async () => {
    const { code, lines } = await check({ broker: 'http://x' }, '--json');
    expect(JSON.parse(lines.join(''))).toEqual({
      file: folder.file('device.json'),
      ok: false,
      cloud: 'plain',
      mistakes: [expect.stringMatching(/^broker must be mqtt:/)],
    });
    expect(code).toBe(1);
  });

  it('takes the config of a manifest, with the keys of the SDK, and certificates in files', async () => {
    const { ca } = await makeCertificates();
    writeFileSync(folder.file('ca.pem'), ca.certificate);
    const config = { broker: 'mqtts://broker.example', ca: 'ca.pem', sntp: 'pool.ntp.org' };
    const { code, lines } = await check({ include: [], config });
    expect(lines).toEqual(['ok: plain MQTT broker, broker mqtts://broker.example:8883, client tagwire-desktop']);
    expect(code).toBe(0);
  });

  it.each([
    ['not JSON', '{broker', /is not JSON/],
    [
      'JSON with a comma too many',
      '{\n  "gateway": "shed",\n}',
      / at line 3, column 1 \(no comma is allowed before "}"\)/,
    ],
    ['JSON without a comma', '{\n  "gateway": "shed"\n  "rpc": "off"\n}', / is not JSON at line 3, column 3; /],
    ['cut short', '{"gateway": "shed"', / at line 1, column 19 \(the text ends too early\)/],
    ['empty', '', /"[^"]+" is not JSON \(it is empty\)/],
    ['a list', [1], /must be a JSON object/],
  ])('refuses a file that is %s', async (_, content, line) => {
    const { code, stderr } = await check(content);
    expect(stderr).toMatch(/^tagwire: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect(code).toBe(2);
  });

  it('tells a program the same as JSON', async () => {
    const { code, lines, stderr } = await check(`{"brokerPassword": "${SECRET}",}`, '--json');
    const { error } = JSON.parse(lines.join('')) as { error: string };
    expect(error).toContain('no comma is allowed before "}"');
    expect([code, stderr]).toEqual([2, `tagwire: ${error}\n`]);
  });

  it('calls nothing missing whose value it refuses', async () => {
    const { lines } = await check({ cloud: 'thingsboard', broker: 'mqtt://broker', accessToken: SECRET.repeat(3) });
    expect(lines).toEqual(['accessToken must be 1 to 32 bytes of text, got 36 characters']);
  });

  it('names a certificate that is not there', async () => {
    const { code, stderr } = await check({ broker: 'mqtts://broker.example', ca: 'root.pem' });
    expect([code, stderr]).toEqual([
      2,
      `tagwire: ca: there is no file "root.pem" beside "${folder.file('device.json')}"\n`,
    ]);
  });

  it('refuses a file that is not there', async () => {
    const { code, stderr } = await runTagwire(['check', folder.file('absent.json')]);
    expect(stderr).toMatch(
      /^tagwire: configuration .*absent\.json.* cannot be read \(ENOENT: no such file or folder\)/,
    );
    expect(code).toBe(2);
  });
});
