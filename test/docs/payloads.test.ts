import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore, NodeCiphers, NodeEntropy } from '../../sim/hal/index.js';
import { writeReportCbor, writeReportJson, writeReportRaw, writeReportSenml } from '../../src/cloud/index.js';
import { PayloadSeal, SEAL_HEADER, SEAL_LENGTH } from '../../src/cloud/seal/payload-seal.js';
import { AeadMode } from '../../src/hal/index.js';
import { Field, ReadingState } from '../../src/tags/index.js';
import { FormatNumber } from '../../src/tags/frame.js';
import { Report } from '../../src/telemetry/index.js';
import { fromHex } from '../tags/hex.js';
import { MIKROTIK, payload } from '../cloud/reports.js';
import { killCommands, startTagwire } from '../support/cli.js';
import { startEmbeddedBroker } from '../../sim/broker.js';
import { blocksOf, textOf } from './examples.js';

const PAGE = 'payloads.md';
const KEY = fromHex('000102030405060708090a0b0c0d0e0f');
const TEXT = '{"temperature":23.38,"größe":1}';

afterEach(killCommands);

function report(): Report {
  const report = Object.assign(new Report(), { rssi: -61, unixTime: 1790000000250, boot: 12, sequence: 345 });
  report.address.set(fromHex('dc2c6e0fc03d'));
  report.reading.format = FormatNumber.mikrotik;
  report.reading.state = ReadingState.ok;
  report.reading.set(Field.temperature, 23.38);
  return report;
}

function sealed(mode: AeadMode): Buffer {
  const text = Buffer.from(TEXT);
  const into = Buffer.alloc(text.length + SEAL_LENGTH);
  into.set(text, SEAL_HEADER);
  new PayloadSeal(mode, KEY, new NodeCiphers(), new MemoryStore(), new NodeEntropy()).seal(into, 0, text.length);
  return into;
}

const modes: [string, AeadMode][] = [
  ['GCM', AeadMode.gcm],
  ['CCM', AeadMode.ccm],
];

describe('docs/payloads.md', () => {
  it('shows a reading in each form', () => {
    const forms = { json: writeReportJson, cbor: writeReportCbor, senml: writeReportSenml };
    for (const [form, write] of Object.entries(forms)) {
      const bytes = payload((into, from, to) => write(report(), into, from, to));
      expect(blocksOf(PAGE, form)).toEqual([bytes.toString(form === 'cbor' ? 'hex' : 'utf8')]);
    }
  });

  it('shows a raw advertisement', () => {
    const heard = new Report(62);
    const advertisement = fromHex(MIKROTIK);
    heard.keepAdvertisement(advertisement, 0, advertisement.length);
    const bytes = payload((into, from, to) => writeReportRaw(heard, into, from, to));
    expect(blocksOf(PAGE, 'raw')).toEqual([bytes.toString()]);
  });

  it.each(modes)('opens %s in Node', (_name, mode) => {
    const program = `${blocksOf(PAGE, 'js')[0]!}
      const [key, sealed] = process.argv.slice(1).map((hex) => Buffer.from(hex, 'hex'));
      console.log(unseal(key, sealed).toString());`;
    const run = (bytes: Buffer): string =>
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', program, '--', Buffer.from(KEY).toString('hex'), bytes.toString('hex')],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
    const bytes = sealed(mode);
    expect(run(bytes)).toBe(`${TEXT}\n`);
    bytes[9]! ^= 1;
    expect(() => run(bytes)).toThrow();
  });

  const python = spawnSync('python3', ['-c', 'import cryptography']).status === 0;
  it.skipIf(!python).each(modes)(
    `opens %s in Python${python ? '' : ': skipped, python3 or its package cryptography is absent'}`,
    (_name, mode) => {
      const program = `${blocksOf(PAGE, 'python')[0]!}

import sys
print(unseal(bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2])).decode())`;
      const run = (bytes: Buffer) =>
        spawnSync('python3', ['-c', program, Buffer.from(KEY).toString('hex'), bytes.toString('hex')], {
          encoding: 'utf8',
          env: { ...process.env, PYTHONIOENCODING: 'utf8' },
        });
      const bytes = sealed(mode);
      expect(run(bytes).stdout).toBe(`${TEXT}\n`);
      bytes[9]! ^= 1;
      expect(run(bytes).stderr).toContain('InvalidTag');
    },
  );

  it('shows commands that seal and open', async () => {
    const broker = await startEmbeddedBroker();
    const [sim, sub] = blocksOf(PAGE, 'sh')[0]!
      .split('\n')
      .map((line) => line.replaceAll("'", '').replace('mqtt://localhost', broker.url).split(' ').slice(2));
    const reader = startTagwire([...sub!, '-L', `${broker.url}/x`, '-C', '1', '-v', '-d']);
    await reader.until(() => reader.stderr.includes('subscribed to '));
    startTagwire(sim!);
    const { code, stdout } = await reader.finished;
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^tagwire\/sim-gateway\/tags\/[0-9A-F]{12} \{"address":"/);
    await killCommands();
    await broker.close();
  });

  it('names every key of a seal', () => {
    for (const name of ['seal', 'sealKey']) expect(textOf(PAGE)).toContain(`| \`${name}\` |`);
  });
});
