import { describe, expect, it } from 'vitest';
import { JsonCheck, JsonValue } from '../../src/bytes/json-reader.js';
import { decodeUtf8 } from '../../src/bytes/utf8.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { RpcError } from '../../src/rpc/rpc-call.js';
import type { RpcCall } from '../../src/rpc/rpc-call.js';
import { RpcFunctions } from '../../src/rpc/rpc-functions.js';
import type { RpcMethods } from '../../src/rpc/rpc-options.js';
import type { RpcRoute } from '../../src/rpc/rpc-route.js';
import type { RpcShape } from '../../src/rpc/rpc-shape.js';
import { Desk } from './desk.js';

function put(text: string, into: Uint8Array, from: number, to: number): number {
  const bytes = encodeUtf8(text);
  if (bytes.length > to - from) return -1;
  into.set(bytes, from);
  return bytes.length;
}

/** Method and id in the topic, the error in that of the answer: `calls/{method}/{id}`, `answers/{code}/{id}`. */
const inTopic: RpcShape = {
  maxIdLength: 10,
  maxTopicLength: 40,
  tailLength: 0,
  read(message, request) {
    const { topic, topicFrom, topicTo } = message;
    const slash = topic.lastIndexOf(0x2f, topicTo - 1);
    const from = topicFrom + 'calls/'.length;
    if (slash < from) return false;
    request.method = request.id = topic;
    request.methodFrom = from;
    request.methodTo = slash;
    request.idFrom = slash + 1;
    request.idTo = topicTo;
    request.isPayload = true;
    return true;
  },
  writeTopic(id, idFrom, idTo, error, into, from, to) {
    return put(`answers/${error}/${decodeUtf8(id, idFrom, idTo)}`, into, from, to);
  },
  writeHead: () => 0,
  writeTail: () => undefined,
};

const check = new JsonCheck();
const root = new JsonValue();
const inner = new JsonValue();

/** All of it in the payload: `{"device":…,"data":{"id":…,"method":…,"params":…}}`. */
const inPayload: RpcShape = {
  maxIdLength: 200,
  maxTopicLength: 7,
  tailLength: 1,
  read(message, request) {
    const { payload, payloadFrom, payloadTo, total } = message;
    if (total > payloadTo - payloadFrom || !check.check(payload, payloadFrom, payloadTo)) return false;
    root.point(payload, payloadFrom, payloadTo);
    if (!inner.member(root, encodeUtf8('data'))) return false;
    const value = new JsonValue();
    if (!value.member(inner, encodeUtf8('method'))) return false;
    request.method = value.bytes;
    request.methodFrom = value.from + 1;
    request.methodTo = value.to - 1;
    request.params.member(inner, encodeUtf8('params'));
    const device = new JsonValue();
    if (!device.member(root, encodeUtf8('device')) || !value.member(inner, encodeUtf8('id'))) return true;
    const name = decodeUtf8(payload, device.from, device.to);
    request.id = encodeUtf8(`"device":${name},"id":${decodeUtf8(payload, value.from, value.to)}`);
    request.idTo = request.id.length;
    return true;
  },
  writeTopic: (_id, _from, _to, _error, into, from, to) => put('gateway', into, from, to),
  writeHead: (id, idFrom, idTo, into, from, to) => put(`{${decodeUtf8(id, idFrom, idTo)},"data":`, into, from, to),
  writeTail(into, from) {
    into[from] = 0x7d;
  },
};

function desk(shape: RpcShape, request: string, hasId: boolean, more: readonly RpcMethods[] = []): Desk {
  const table = new RpcFunctions();
  table.add('echo', (call) => {
    if (call.params.from < call.params.to) call.result.raw(encodeUtf8(call.params.toText()));
  });
  table.add('later', (call) => void call.later(10));
  table.add('long', (call) => call.result.string('x'.repeat(1000)));
  const filter = encodeUtf8(hasId ? `${request}#` : request);
  const bytes = encodeUtf8(request);
  const route: RpcRoute = {
    filter,
    request: bytes,
    hasId,
    response: undefined,
    wraps: false,
    function: undefined,
    shape,
  };
  return new Desk({ routes: [route], methods: [table, ...more] });
}

describe('a call with its parts in the topic', () => {
  const start = () => desk(inTopic, 'calls/', true);

  it.each([
    ['calls/echo/7', '{"a":1}', 'answers/0/7', '{"a":1}'],
    ['calls/echo/7', '', 'answers/0/7', 'null'],
  ])('%s with %j is answered on %s', (topic, payload, answer, text) => {
    const d = start();
    expect(d.arrive(topic, payload)).toBe(true);
    expect(d.answers).toMatchObject([{ topic: answer, payload: text }]);
  });

  it.each([
    ['calls/echo/7', '{"a":', RpcError.parse, /^payload is not JSON/],
    ['calls/größe"/7', '', RpcError.unknownMethod, /^unknown method größe"; methods are echo, later, long$/],
    [`calls/${'ö'.repeat(30)}/7`, '', RpcError.unknownMethod, /^unknown method ö{16}; methods/],
    ['calls/long/7', '', RpcError.internal, /^response is too long/],
  ])('%s with %j is an error', (topic, payload, code, line) => {
    const d = start();
    d.arrive(topic, payload);
    expect(d.answers[0]!.topic).toBe(`answers/${code}/7`);
    const { error } = JSON.parse(d.answers[0]!.payload) as { error: { code: number; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(line);
  });

  it('is for somebody else when it is no call', () => {
    const d = start();
    expect([d.arrive('calls/x', ''), d.arrive('others/echo/7', ''), d.rpc.calls]).toEqual([false, false, 0]);
  });

  it('is a fault when its id is too long', () => {
    const d = start();
    d.arrive(`calls/echo/${'7'.repeat(60)}`, '');
    expect([d.answers, d.faults.length]).toEqual([[], 1]);
  });

  it('is answered later', () => {
    const d = start();
    d.arrive('calls/later/7', '');
    d.arrive('calls/later/7', '');
    expect(d.answers.map(({ topic }) => topic)).toEqual([`answers/${RpcError.duplicateId}/7`]);
    d.run(11_000);
    expect(d.answers.at(-1)!.topic).toBe(`answers/${RpcError.timeout}/7`);
  });
});

describe('an answer that the shape takes', () => {
  it('is no message, whether it comes at once, later or never', () => {
    const taken: [string, number, string][] = [];
    const shape: RpcShape = {
      ...inTopic,
      take: (id, idFrom, idTo, error, payload, from, to) => {
        taken.push([decodeUtf8(id, idFrom, idTo), error, decodeUtf8(payload, from, to)]);
      },
    };
    const d = desk(shape, 'calls/', true);
    d.arrive('calls/echo/7', '{"a":1}');
    d.arrive('calls/fly/8', '');
    d.arrive('calls/later/9', '');
    d.run(11_000);
    expect(d.answers).toEqual([]);
    expect(taken.map(([id, error]) => [id, error])).toEqual([
      ['7', 0],
      ['8', RpcError.unknownMethod],
      ['9', RpcError.timeout],
    ]);
    expect(taken[0]![2]).toBe('{"a":1}');
  });
});

describe('a call with its parts in the payload', () => {
  const start = () => desk(inPayload, 'gateway', false);
  const call = (data: object, device = 'Tag "A"'): string => JSON.stringify({ device, data });

  it('is answered with what it is told apart by around the result', () => {
    const d = start();
    d.arrive('gateway', call({ id: 5, method: 'echo', params: [1, 'zwei'] }));
    expect(d.answers).toMatchObject([
      { topic: 'gateway', payload: '{"device":"Tag \\"A\\"","id":5,"data":[1,"zwei"]}' },
    ]);
  });

  it('tells two devices apart, and keeps them for an answer that comes later', () => {
    const d = start();
    d.arrive('gateway', call({ id: 5, method: 'later' }, 'A'));
    d.arrive('gateway', call({ id: 5, method: 'later' }, 'B'));
    expect(d.answers).toEqual([]);
    d.run(11_000);
    expect(d.answers.map(({ payload }) => (JSON.parse(payload) as { device: string }).device)).toEqual(['A', 'B']);
  });

  it('is no call when it has no method, and gets no answer without an id', () => {
    const d = start();
    expect(d.arrive('gateway', call({ id: 5 }))).toBe(false);
    expect(d.arrive('gateway', 'no JSON')).toBe(false);
    expect(d.arrive('gateway', call({ method: 'echo', params: 1 }))).toBe(true);
    expect([d.answers, d.rpc.calls]).toEqual([[], 1]);
  });

  it('leaves time for its PUBACK before what it asks for, also without an answer', () => {
    const told: number[] = [];
    const table = {
      names: [encodeUtf8('go')],
      run: (_: number, call: RpcCall) => void (call.afterwards = 7),
      after: (code: number) => void told.push(code),
    };
    const d = desk(inPayload, 'gateway', false, [table]);
    d.arrive('gateway', call({ method: 'go' }));
    d.run(4999);
    expect([d.answers, told]).toEqual([[], []]);
    d.run(1);
    expect(told).toEqual([7]);
  });
});
