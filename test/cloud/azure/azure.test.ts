import { describe, expect, it } from 'vitest';
import { AzureLogin } from '../../../src/cloud/azure/azure-login.js';
import { AzureProfile } from '../../../src/cloud/azure/azure.js';
import { DIRECT_METHODS } from '../../../src/cloud/azure/direct-methods.js';
import { SasToken } from '../../../src/cloud/azure/sas-token.js';
import type { IncomingMessage } from '../../../src/mqtt/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import type { ConnectOptions } from '../../../src/mqtt/options.js';
import { RpcError } from '../../../src/rpc/rpc-call.js';
import { RpcRequest } from '../../../src/rpc/rpc-shape.js';
import { ReportKind } from '../../../src/telemetry/report/report.js';
import { NodeCiphers } from '../../../sim/hal/index.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from '../reports.js';

const DEVICE = { host: 'contoso.azure-devices.net', deviceId: 'shed', moduleId: '' };
const BODY = '$.ct=application%2Fjson%3Bcharset%3Dutf-8&$.ce=utf-8';

describe('the topics of IoT Hub', () => {
  it.each([
    ['a device', DEVICE, 'devices/shed/messages/events/'],
    ['a module', { ...DEVICE, moduleId: 'tags' }, 'devices/shed/modules/tags/messages/events/'],
  ])('of %s have the properties of a report', (_, identity, start) => {
    const profile = new AzureProfile(identity, 1, 0);
    const report = reportOf(MIKROTIK);
    const topic = (): string => payload((into, from, to) => profile.writeTopic(report, 0, into, from, to)).toString();
    expect(topic()).toBe(`${start}${BODY}&kind=reading&tag=DC2C6E0FC03D`);
    expectWholeOrRefused((into, from, to) => profile.writeTopic(report, 0, into, from, to));
    report.kind = ReportKind.away;
    expect(topic()).toBe(`${start}${BODY}&kind=presence&tag=DC2C6E0FC03D`);
    expect(profile.maxTopicLength).toBe(topic().length);
    expect(Buffer.from(profile.will.topic).toString()).toBe(`${start}${BODY}&kind=status`);
  });

  it('of several reports have no tag', () => {
    const profile = new AzureProfile(DEVICE, 4, 0);
    const write = (into: Uint8Array, from: number, to: number): number =>
      profile.writeTopic(reportOf(MIKROTIK), 0, into, from, to);
    expect(payload(write).toString()).toBe(`devices/shed/messages/events/${BODY}&kind=readings`);
    expectWholeOrRefused(write);
  });
});

describe('a direct method', () => {
  const shape = DIRECT_METHODS.shape!;

  function read(text: string): string[] | undefined {
    const topic = encodeUtf8(`..${text}`);
    const request = new RpcRequest();
    const found = shape.read({ topic, topicFrom: 2, topicTo: topic.length } as IncomingMessage, request);
    if (!found) return undefined;
    const part = (from: number, to: number): string => Buffer.from(topic.subarray(from, to)).toString();
    return [part(request.methodFrom, request.methodTo), part(request.idFrom, request.idTo)];
  }

  it.each([
    ['$iothub/methods/POST/scan/?$rid=1f', ['scan', '1f']],
    ['$iothub/methods/POST/policy.get/?$rid=7&more=1', ['policy.get', '7']],
    ['$iothub/methods/POST/scan', undefined],
    ['$iothub/methods/POST/scan/?$rid=', undefined],
    ['$iothub/methods/POST//?$rid=1', undefined],
    ['$iothub/methods/POST/', undefined],
  ])('on %s is %j', (topic, parts) => {
    expect(read(topic)).toEqual(parts);
  });

  it.each([
    [0, 200],
    [RpcError.parse, 400],
    [RpcError.invalidParams, 400],
    [RpcError.forbidden, 403],
    [RpcError.unknownMethod, 404],
    [RpcError.duplicateId, 409],
    [RpcError.busy, 429],
    [RpcError.internal, 500],
    [RpcError.unavailable, 501],
    [RpcError.timeout, 504],
  ])('with the error %i is answered with status %i', (error, status) => {
    const id = encodeUtf8('1f');
    const write = (into: Uint8Array, from: number, to: number): number =>
      shape.writeTopic(id, 0, id.length, error, into, from, to);
    expect(payload(write).toString()).toBe(`$iothub/methods/res/${status}/?$rid=1f`);
    expectWholeOrRefused(write);
  });
});

describe('the login with a key', () => {
  it('makes a token that lives as long as it is said, and is renewed at four fifths of that', () => {
    const notices: string[] = [];
    const token = new SasToken(new NodeCiphers(), 'h/devices/shed', Buffer.alloc(32, 7).toString('base64'));
    const login = new AzureLogin('Azure IoT Hub', 3600, (text) => notices.push(text));
    login.become('shed', 'user', token);
    const options: ConnectOptions = { clientId: 'before' };
    login.prepare(options, 5000, 1790000000001);
    expect(Buffer.from(options.password as Uint8Array).toString()).toMatch(/&se=1790003601$/);
    expect([options.clientId, options.username]).toEqual(['shed', 'user']);
    expect([login.renewAt, notices]).toEqual([5000 + 2880_000, []]);
  });

  it('makes none without the time of day, and takes the old one away', () => {
    const notices: string[] = [];
    const token = new SasToken(new NodeCiphers(), 'h/devices/shed', Buffer.alloc(32, 7).toString('base64'));
    const login = new AzureLogin('Azure IoT Hub', 3600, (text) => notices.push(text));
    login.become('shed', 'user', token);
    const options: ConnectOptions = { clientId: 'shed', username: 'user', password: 'old' };
    login.prepare(options, 5000, 0);
    expect([options, login.renewAt]).toEqual([{ clientId: 'shed' }, Infinity]);
    expect(notices).toEqual(['Azure IoT Hub: a token needs the time of day; the clock is not set; check timeServers']);
  });
});
