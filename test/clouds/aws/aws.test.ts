import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { isDataEndpoint } from '../../../src/cloud/aws/definition.js';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import type { TemporaryFolder } from '../../support/temp.js';
import { CloudTestDevice } from '../device.js';
import type { CloudDeviceOptions } from '../device.js';
import { AwsIot } from './contract.js';
import type { AwsIotOptions } from './contract.js';

const open: AwsIot[] = [];
const devices: CloudTestDevice[] = [];
const folders: TemporaryFolder[] = [];

afterEach(async () => {
  for (const device of devices.splice(0)) await device.stop();
  for (const aws of open.splice(0)) await aws.close();
  for (const folder of folders.splice(0)) folder.remove();
});

async function start(options: AwsIotOptions = {}): Promise<AwsIot> {
  const aws = await AwsIot.start(options);
  open.push(aws);
  return aws;
}

/** The thing `shed`. */
async function launch(aws: AwsIot, raw: object = {}, options: CloudDeviceOptions = {}): Promise<CloudTestDevice> {
  const { certificate, key } = await aws.issue('shed');
  const device = new CloudTestDevice({ cloud: 'aws', broker: aws.url, ca: aws.ca, certificate, key, ...raw }, options);
  devices.push(device);
  return device;
}

const ALL = /^tagwire\/shed\/tags\//;

describe('cloud=aws', () => {
  it('is checked and simulated as docs/clouds/aws.md says', async () => {
    const aws = await start();
    const folder = makeTemporaryFolder();
    folders.push(folder);
    const { certificate, key } = await aws.issue('shed');
    writeFileSync(folder.file('AmazonRootCA1.pem'), aws.ca);
    writeFileSync(folder.file('shed.cert.pem'), certificate);
    writeFileSync(folder.file('shed.private.key'), key);
    const path = folder.file('shed.json');
    const files = { ca: 'AmazonRootCA1.pem', certificate: 'shed.cert.pem', key: 'shed.private.key' };
    writeFileSync(path, JSON.stringify({ cloud: 'aws', broker: aws.url, gateway: 'shed', ...files }));
    const checked = await runTagwire(['check', path]);
    expect([checked.code, checked.stdout.toString()]).toEqual([0, expect.stringMatching(/^ok: AWS IoT Core/)]);
    const simulated = await runTagwire(['sim', '--config', path, '--duration', '3']);
    expect([simulated.code, simulated.stderr]).toEqual([0, '']);
    expect(aws.broker.connects).toHaveLength(1);
    expect(aws.broker.connects[0]).toMatchObject({
      clientId: 'shed',
      serverName: 'localhost',
      certificate: 'shed',
      keepAliveSeconds: 60,
      will: { topic: 'tagwire/shed/status', qos: 1, retain: false },
    });
    expect(aws.broker.connects[0]!.username).toMatch(/^\?SDK=Tagwire&Version=.+&Platform=sim$/);
    expect(aws.broker.connects[0]!.password).toBeUndefined();
    expect(JSON.parse(aws.broker.textsOn(ALL)[0]!)).toMatchObject({
      address: expect.stringMatching(/^DC:2C:6E/),
      rssi: expect.any(Number),
    });
    expect(aws.broker.textsOn(/^tagwire\/shed\/presence\//).length).toBeGreaterThan(0);
    expect(aws.broker.violations).toEqual([]);
  });

  it('answers a command', async () => {
    const aws = await start();
    const device = await launch(aws);
    await device.line(/^connected/);
    await aws.broker.until(() => aws.broker.subscribed.some(({ filter }) => filter === 'tagwire/shed/cmd/+'));
    await aws.broker.publish('tagwire/shed/cmd/7', '{"method":"statistics"}');
    await aws.broker.until(() => aws.broker.textsOn(/^tagwire\/shed\/res\/7$/).length === 1);
    expect(JSON.parse(aws.broker.textsOn(/res\/7$/)[0]!)).toHaveProperty('result');
  });

  it('offers the protocol in TLS at port 443, and only there', () => {
    const files = { certificate: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' };
    const broker = 'mqtts://a1-ats.iot.eu-central-1.amazonaws.com:443,mqtts://a1-ats.iot.eu-central-1.amazonaws.com';
    const { connection } = parseForDesktop({ cloud: 'aws', broker, gateway: 'shed', ...files }, false);
    expect(connection.endpoints.map(({ tls }) => tls!.alpn)).toEqual([['x-amzn-mqtt-ca'], undefined]);
  });

  it('gets in where the protocol must be offered', async () => {
    const aws = await start({ needsAlpn: true });
    const device = await launch(aws);
    await aws.broker.until(() => aws.broker.violations.some(({ rule }) => rule === 'login'));
    await device.stop();
    devices.length = 0;
    const second = await launch(aws, {}, { tls: { alpn: ['x-amzn-mqtt-ca'] } });
    await second.line(/^connected/);
    expect(aws.broker.connects.at(-1)!.alpn).toBe('x-amzn-mqtt-ca');
  });

  it('loses nothing when the link is lost at each step, and connects once a second at most', async () => {
    const aws = await start();
    const { broker } = aws;
    broker.misbehave.closeAfterConnack = 1;
    let once = true;
    broker.misbehave.closeAt = ({ topic }) => ALL.test(topic) && once && !(once = false);
    const device = await launch(aws);
    await broker.until(() => broker.connects.length === 2);
    device.hear();
    await broker.until(() => broker.connects.length === 3);
    await broker.until(() => broker.textsOn(ALL).length === 1);
    broker.misbehave.holdAcks = true;
    device.hear();
    await broker.until(() => broker.textsOn(ALL).length >= 2);
    broker.misbehave.holdAcks = false;
    broker.kick('shed');
    await broker.until(() => broker.connects.length === 4);
    device.hear();
    await broker.until(() => new Set(broker.textsOn(ALL)).size === 3);
    expect(broker.violations).toEqual([]);
  }, 30000);

  it.each([
    [
      { prefix: 'a/b/c/d/e/f/g' },
      'a topic has at most 7 slashes; yours has 8; shorten prefix or gateway',
      'topicSlashes',
    ],
    [{ keepAlive: 20 }, 'keep alive is from 30 to 1200 s; yours is 20; change keepAlive', 'keepAliveSeconds'],
    [
      { topic: `${'x'.repeat(240)}/shed/{tag}` },
      'a topic has at most 256 bytes; yours has 258; shorten topic',
      'topicBytes',
    ],
  ] as const)('with %j is refused, and punished when that is not checked', async (raw, line, rule) => {
    const aws = await start();
    await expect(launch(aws, raw)).rejects.toThrow(`AWS IoT Core: ${line}`);
    const device = await launch(aws, raw, { unchecked: true });
    await Promise.race([device.line(/^connected/), aws.broker.until(() => aws.broker.violations.length > 0)]);
    device.hear();
    await aws.broker.until(() => aws.broker.violations.some((violation) => violation.rule === rule));
  });

  it('does not get in by address, nor without TLS, nor without a certificate', async () => {
    const aws = await start();
    const byAddress = aws.broker.url;
    const rule = 'the server must be named (SNI); yours is the address 127.0.0.1; name a host in broker';
    await expect(launch(aws, { broker: byAddress })).rejects.toThrow(`AWS IoT Core: ${rule}`);
    const device = await launch(aws, { broker: byAddress }, { unchecked: true });
    await aws.broker.until(() => aws.broker.violations.some((violation) => violation.rule === 'serverName'));
    await device.line(/127\.0\.0\.1/);
    const open = { broker: 'mqtt://localhost', ca: '', certificate: '', key: '' };
    await expect(launch(aws, open)).rejects.toThrow('AWS IoT Core: TLS is required; yours is mqtt://localhost; begin');
    await expect(launch(aws, { certificate: '', key: '' })).rejects.toThrow(
      'certificate is missing: it must be the certificate of the thing, with key, its private key',
    );
  });

  it('is punished for a retained status without the permission, and retains it with that', async () => {
    const strict = await start();
    const device = await launch(strict, { retainStatus: true });
    await strict.broker.until(() => strict.broker.violations.some(({ rule }) => rule === 'willRetain'));
    await device.stop();
    devices.length = 0;
    const aws = await start({ retainPublish: true });
    const second = await launch(aws, { retainStatus: true });
    await second.line(/^connected/);
    await aws.broker.until(() => aws.broker.published.some(({ retain }) => retain));
    expect(aws.broker.violations).toEqual([]);
  });

  it.each([
    [{ thing: 'the shed' }, 'the name of a thing has letters, digits, :, _ and - only; yours is "the shed"; set thing'],
    [{ username: 'me', brokerPassword: 'hush' }, 'a certificate logs in; yours has username or brokerPassword; leave'],
    [
      { topic: '{prefix}/{gateway}/{tag}/{field}', payload: 'value' },
      'messages are acknowledged in any order; payload=value makes several of a reading; choose payload=json',
    ],
    [
      { broker: 'mqtts://iot.eu-central-1.amazonaws.com' },
      'the host is the data endpoint of the account; yours is iot.eu-central-1.amazonaws.com; take what "aws iot',
    ],
    [
      { broker: 'mqtts://a1b2c3-ats.iot.eu-central-1.amazonaws.com:8884' },
      'MQTT is at port 8883 or 443; yours is 8884; change broker',
    ],
  ])('with %j is refused', async (raw, line) => {
    const aws = await start();
    await expect(launch(aws, raw)).rejects.toThrow(`AWS IoT Core: ${line}`);
    await expect(launch(aws, raw)).rejects.not.toThrow('hush');
  });
});

it.each([
  ['a1b2c3-ats.iot.eu-central-1.amazonaws.com', true],
  ['a1b2c3.iot.us-east-1.amazonaws.com', true],
  ['a1b2c3-ats.iot-fips.us-gov-west-1.amazonaws.com', true],
  ['a1b2c3.ats.iot.cn-north-1.amazonaws.com.cn', false],
  ['a1b2c3.iot.cn-north-1.amazonaws.com.cn', true],
  ['a1b2c3-ats.iot.eu-central-1.amazonaws.com.de', false],
  ['a1-b2-ats.iot.eu-central-1.amazonaws.com', false],
  ['-ats.iot.eu-central-1.amazonaws.com', false],
  ['a1b2c3-ats.iots.eu-central-1.amazonaws.com', false],
  ['iot.eu-central-1.amazonaws.com', false],
  ['amazonaws.com', false],
])('of AWS, %s is a data endpoint: %s', (host, expected) => {
  expect(isDataEndpoint(host)).toBe(expected);
});
