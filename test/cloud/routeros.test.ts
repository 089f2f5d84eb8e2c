import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import { RouterosForm, RouterosProfile } from '../../src/cloud/routeros/profile.js';
import type { RouterosOptions } from '../../src/cloud/routeros/profile.js';
import { HealthReport, Report, ReportKind } from '../../src/telemetry/index.js';
import { AdvertisementWriter } from '../../src/cloud/advertisement.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from './reports.js';

/** Data format 5, from docs.ruuvi.com ("valid data"), with the flags before it. */
const RUUVI = '0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';
/** Of `MIKROTIK`; the salt and the user data are not in a reading. */
const AGAIN = '15ff4f0901000000fcff0600fcff6117f1e50f000664';

const ALL = [0, 1, 2, 3, 4] as const;

function make(form: RouterosForm, options: Partial<RouterosOptions> = {}): RouterosProfile {
  return new RouterosProfile({
    form,
    topic: 'my/topic',
    statsTopic: 'my/stats',
    clientId: 'testor',
    gateway: '2CC81B000001',
    board: 'esp32',
    firmware: '0.1.0',
    batch: 1,
    batchWait: 0,
    ...options,
  });
}

function textOf(profile: RouterosProfile, report: Report): string {
  return payload((into, from, to) => profile.writePayload(report, 0, into, from, to)).toString();
}

describe('the messages of RouterOS scripts', () => {
  const ed = '"ed":{"model":"esp32","sn":"","ros":"0.1.0","cpu":0,"umem":0,"fmem":0,"psu":0,"temp":0}';
  const tag = `{"id":"DC2C6E0FC03D","ts":1790000000000,"rssi":-61,"ed":{"ad":"${AGAIN}"}}`;
  const locs = `"locs":[{"id":"2CC81B000001","tags":[${tag}],${ed}}]`;
  const rest = `"t":0,"v":1,"OldestAdvertisementTimestamp":1790000000000,${locs}}`;
  const point = (temp: string): string =>
    `[{"ts":1790000000000,"values":{"id":"DC2C6E0FC03D","rssi":"-61","temp":"${temp}","ad":"${AGAIN}"}}]`;

  it.each([
    [RouterosForm.azure, `{"clientId":"testor",${rest}`],
    [RouterosForm.azureHttps, `{${rest}`],
    [RouterosForm.thingsboard, point('1761')],
    [RouterosForm.thingsboardDecimal, point('23378')],
    [
      RouterosForm.thingsboardGateway,
      '{"DC:2C:6E:0F:C0:3D":[{"ts":1790000000000,"values":{"reporter":"2CC81B000001","rssi":-61}}]}',
    ],
  ])('form %i', (form, text) => {
    const report = reportOf(MIKROTIK);
    expect(textOf(make(form), report)).toBe(text);
    JSON.parse(text);
    expectWholeOrRefused((into, from, to) => make(form).writePayload(report, 0, into, from, to));
  });

  it.each(ALL)('form %i is JSON where little is known', (form) => {
    const report = new Report();
    expect(JSON.stringify(JSON.parse(textOf(make(form), report)))).not.toContain('1790');
  });

  it('has a temperature below zero in two’s complement, as the tag sends it', () => {
    const report = reportOf('15ff4f0901000000fcff0600fcff80fef1e50f000664');
    expect(textOf(make(RouterosForm.thingsboard), report)).toContain('"temp":"fe80"');
    expect(textOf(make(RouterosForm.thingsboardDecimal), report)).toContain('"temp":"-1500"');
  });

  it.each(ALL)('form %i has several tags in a message', (form) => {
    const { batch } = make(form, { batch: 3 });
    const into = new Uint8Array(2000);
    const first = reportOf(MIKROTIK);
    const second = reportOf(MIKROTIK);
    second.address[5] = 1;
    expect([batch!.begin(first, into, 0, 2000), batch!.add(second)]).toEqual([true, true]);
    // A device of ThingsBoard's gateway is there once.
    expect(batch!.add(first)).toBe(form !== RouterosForm.thingsboardGateway);
    expect(batch!.add(first)).toBe(false);
    const text = Buffer.from(into.subarray(0, batch!.end())).toString();
    const parsed: unknown = JSON.parse(text);
    expect(JSON.stringify(parsed)).toBe(text);
    expect(text.match(/DC:?2C:?6E/g)).toHaveLength(form === RouterosForm.thingsboardGateway ? 2 : 3);
  });

  it('leaves a message as it was when a tag does not fit', () => {
    const report = reportOf(MIKROTIK);
    const alone = textOf(make(RouterosForm.azure), report);
    const { batch } = make(RouterosForm.azure, { batch: 3 });
    const into = new Uint8Array(alone.length + 50);
    expect([batch!.begin(report, into, 0, into.length), batch!.add(report)]).toEqual([true, false]);
    expect(Buffer.from(into.subarray(0, batch!.end())).toString()).toBe(alone);
  });

  it('says nothing of presence, and has neither birth nor will', () => {
    const profile = make(RouterosForm.azure);
    const report = reportOf(MIKROTIK);
    expect(profile.messages(report)).toBe(1);
    report.kind = ReportKind.away;
    expect(profile.messages(report)).toBe(0);
    expect([profile.birth, profile.will]).toEqual([undefined, undefined]);
  });

  it('has the figures of the router', () => {
    const health = new HealthReport(...(['', 'RB924i', 'E9C8', '7.9'].map(encodeUtf8) as [never, never, never, never]));
    Object.assign(health, { load: 13, usedMemory: 47476736, freeMemory: 19632128, uptime: 8478 });
    const profile = make(RouterosForm.azure);
    const write = (into: Uint8Array, from: number, to: number): number => profile.writeHealth(health, into, from, to);
    expect(payload(write).toString()).toBe(
      '{"model":"RB924i","sn":"E9C8","ros":"7.9","cpu":13,"umem":47476736,"fmem":19632128,"uptime":"02:21:18"}',
    );
    expectWholeOrRefused(write);
    expect(textOf(profile, reportOf(MIKROTIK))).toContain(
      ',"ed":{"model":"RB924i","sn":"E9C8","ros":"7.9","cpu":13,"umem":47476736,"fmem":19632128,"psu":0,"temp":0}}]}',
    );
    health.uptime = 1000000;
    expect(JSON.parse(payload(write).toString())).toMatchObject({ uptime: '1w4d13:46:40' });
    health.model = encodeUtf8('m'.repeat(300));
    payload(write);
    expect(JSON.parse(textOf(profile, reportOf(MIKROTIK)))).toMatchObject({ locs: [{ ed: { psu: 0, temp: 0 } }] });
  });
});

describe('an advertisement made anew', () => {
  it.each([
    [MIKROTIK, AGAIN],
    ['15ff4f0901000000fcff0600fcff0080f1e50fff0664', '15ff4f0901000000fcff0600fcff0080f1e50fff0664'],
    [RUUVI, RUUVI],
    // The least and the greatest of docs.ruuvi.com, and what says that there is nothing.
    ['0201061bff9904057ffffffefffe7fff7fff7fffffdefefffecbb8334c884f', undefined],
    ['0201061bff9904058001000000008001800180010000000000cbb8334c884f', undefined],
    ['0201061bff9904058000ffffffff800080008000ffffffffffcbb8334c884f', undefined],
    // Encrypted; and a format of which advertisements are not made.
    ['15ff4f090101669dfcff0600fcff6117f1e50f000664', ''],
    ['0201060716d2fc4002c409', ''],
  ])('%s', (bytes, again = bytes) => {
    const writer = new AdvertisementWriter();
    const length = writer.write(reportOf(bytes));
    expect(Buffer.from(writer.bytes.subarray(0, length)).toString('hex')).toBe(again);
  });
});

describe('the configuration', () => {
  const parse = (raw: object): unknown =>
    parseForDesktop({ cloud: 'routeros', broker: 'mqtt://127.0.0.1', gateway: 'shed', ...raw }, false);

  it.each([
    [{ script: 'azur' }, 'script must be azure, azure-https, thingsboard, thingsboard-decimal or thingsboard-gateway'],
    [{ scriptTopic: 'a/#' }, 'scriptTopic: '],
    [{ broker: 'mqtt://hub.azure-devices.net', rpc: 'off' }, 'RouterOS scripts: Azure IoT Hub requires TLS; yours is'],
    [{ broker: 'mqtts://hub.azure-devices.net' }, 'has calls on them; set rpc=off, or cloud=azure'],
    [
      { broker: 'mqtts://hub.azure-devices.net', rpc: 'off', clientId: 'testor', scriptTopic: 'x' },
      'takes messages on devices/testor/messages/events/; yours is x; leave scriptTopic out',
    ],
  ])('%j', (raw, line) => expect(() => parse(raw)).toThrow(line));

  it('takes the topic of the script', () => {
    const { cloudValues } = parse({ script: 'thingsboard' }) as { cloudValues: object };
    expect(cloudValues).toMatchObject({ script: 'thingsboard' });
  });
});
