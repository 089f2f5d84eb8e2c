import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { runTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import type { TemporaryFolder } from '../../support/temp.js';
import { AwsIot } from './contract.js';
import { CLAIM } from './rules.js';

const open: AwsIot[] = [];
const folders: TemporaryFolder[] = [];

afterEach(async () => {
  for (const aws of open.splice(0)) await aws.close();
  for (const folder of folders.splice(0)) folder.remove();
});

function makeFolder(): TemporaryFolder {
  const folder = makeTemporaryFolder();
  folders.push(folder);
  return folder;
}

describe('tagwire cloud aws policy', () => {
  const files = { certificate: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' };
  const broker = 'mqtts://a1b2c3-ats.iot.eu-central-1.amazonaws.com';

  async function policy(raw: object, ...flags: string[]): Promise<{ [action: string]: string[] }> {
    const path = makeFolder().file('shed.json');
    writeFileSync(path, JSON.stringify({ cloud: 'aws', broker, gateway: 'shed', ...files, ...raw }));
    const { code, stdout, stderr } = await runTagwire(['cloud', 'aws', 'policy', path, ...flags]);
    expect([code, stderr]).toEqual([0, '']);
    const { Statement } = JSON.parse(stdout.toString()) as { Statement: { Action: string; Resource: string[] }[] };
    return Object.fromEntries(Statement.map(({ Action, Resource }) => [Action, Resource]));
  }

  it('allows what the configuration needs, and nothing more', async () => {
    const arn = (rest: string): string => `arn:aws:iot:eu-central-1:123456789012:${rest}`;
    expect(await policy({}, '--account', '123456789012')).toEqual({
      'iot:Connect': [arn('client/shed')],
      'iot:Publish': [
        arn('topic/tagwire/shed/status'),
        arn('topic/tagwire/shed/health'),
        arn('topic/tagwire/shed/res/*'),
        arn('topic/tagwire/shed/tags/*'),
        arn('topic/tagwire/shed/presence/*'),
      ],
      'iot:Subscribe': [arn('topicfilter/tagwire/shed/cmd/+')],
      'iot:Receive': [arn('topic/tagwire/shed/cmd/*')],
    });
  });

  it('adds what is retained, shadows and jobs, and does for a fleet', async () => {
    const raw = { retainStatus: true, shadow: 'classic', jobs: true };
    const found = await policy(raw, '--account', '123456789012', '--region', 'cn-north-1', '--fleet');
    const base = 'arn:aws-cn:iot:cn-north-1:123456789012:topic/';
    const thing = '${iot:Connection.Thing.ThingName}';
    expect(found['iot:RetainPublish']).toEqual([`${base}tagwire/${thing}/status`]);
    expect(found['iot:Publish']).toContain(`${base}$aws/things/${thing}/shadow/update`);
    expect(found['iot:Publish']).toContain(`${base}$aws/things/${thing}/jobs/*/update`);
    expect(found['iot:Receive']).toContain(`${base}$aws/things/${thing}/shadow/update/delta`);
  });

  it('says what is wrong', async () => {
    const path = makeFolder().file('shed.json');
    writeFileSync(path, JSON.stringify({ broker, gateway: 'shed' }));
    const run = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await runTagwire(['cloud', 'aws', 'policy', path, ...args]);
      return [code, stderr];
    };
    expect(await run('--account', '12')).toEqual([2, 'tagwire: --account must be 12 digits, got "12"\n']);
    expect(await run('--account', '123456789012')).toEqual([2, expect.stringContaining('must have "cloud": "aws"')]);
  });
});

describe('tagwire cloud aws provision', () => {
  it('gets a certificate for a key of its own, with which the thing then reports', async () => {
    const aws = await AwsIot.start({ anyPace: true });
    open.push(aws);
    const folder = makeFolder();
    const claim = await aws.issue(CLAIM);
    writeFileSync(folder.file('ca.pem'), aws.ca);
    writeFileSync(folder.file('claim.pem'), claim.certificate);
    writeFileSync(folder.file('claim.key'), claim.key);
    const out = folder.file('things');
    const command = ['cloud', 'aws', 'provision', '-h', 'localhost', '-p', String(aws.broker.port), '-i', CLAIM];
    command.push('--cafile', folder.file('ca.pem'), '--cert', folder.file('claim.pem'), '--key');
    command.push(folder.file('claim.key'), '--template', 'gateways', '--out', out);
    const refused = await runTagwire(command);
    expect([refused.code, refused.stderr]).toEqual([1, 'tagwire: not registered: parameter SerialNumber is missing\n']);
    const done = await runTagwire([...command, '--param', 'SerialNumber=SN-17']);
    expect([done.code, done.stderr, done.stdout.toString()]).toEqual([0, '', `${out}/SN-17.json\n`]);
    expect(statSync(`${out}/SN-17.private.key`).mode & 0o777).toBe(0o600);
    const request = aws.broker.textsOn(/create-from-csr/)[0]!;
    expect(request).not.toContain('PRIVATE');
    expect(JSON.parse(readFileSync(`${out}/SN-17.json`, 'utf8'))).toMatchObject({ cloud: 'aws', gateway: 'SN-17' });
    const simulated = await runTagwire(['sim', '--config', `${out}/SN-17.json`, '--duration', '2']);
    expect([simulated.code, simulated.stderr]).toEqual([0, '']);
    expect(aws.broker.connects.at(-1)!.clientId).toBe('SN-17');
    expect(aws.broker.textsOn(/^tagwire\/SN-17\/tags\//).length).toBeGreaterThan(0);
  });

  it('says what is missing', async () => {
    const { code, stderr } = await runTagwire(['cloud', 'aws', 'provision', '-h', 'localhost', '--template', 'x']);
    expect([code, stderr]).toEqual([2, 'tagwire: --cert and --key are missing: the certificate of the claim\n']);
  });
});
