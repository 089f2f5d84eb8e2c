import fc from 'fast-check';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { Refusal } from '../../src/mqtt/state.js';
import { RpcError } from '../../src/rpc/rpc-call.js';
import type { RpcCall } from '../../src/rpc/rpc-call.js';
import { RpcFunctions } from '../../src/rpc/rpc-functions.js';
import { RpcAccess } from '../../src/rpc/rpc-options.js';
import type { RpcMethods } from '../../src/rpc/rpc-options.js';
import { plainRoutes, thingsBoardRoutes, tutorialRoutes } from '../../src/rpc/rpc-route.js';
import { Rpc } from '../../src/rpc/rpc.js';
import { Desk } from './desk.js';
import { describe, expect, it } from 'vitest';

/** Methods for the tests; `tickets` are those of `later`. */
function methods(): { table: RpcFunctions; tickets: number[]; ran: string[] } {
  const table = new RpcFunctions();
  const tickets: number[] = [];
  const ran: string[] = [];
  table.add('echo', (call) => {
    ran.push(call.params.toText());
    call.result.rawRange(call.params.bytes, call.params.from, call.params.to);
  });
  table.add('nothing', () => undefined);
  table.add('later', (call) => void tickets.push(call.later(10)));
  table.add('größer', (call) => call.result.boolean(true));
  table.add('fail', () => {
    throw new Error('the sensor is gone');
  });
  table.add('long', (call) => call.result.string('x'.repeat(1000)));
  table.add('halfway', (call) => {
    call.later(10);
    throw new Error('no');
  });
  return { table, tickets, ran };
}

function desk(options: ConstructorParameters<typeof Desk>[0] = {}): Desk & ReturnType<typeof methods> {
  const made = methods();
  return Object.assign(new Desk({ methods: [made.table], ...options }), made);
}

describe('a call', () => {
  it('is answered with its result on the topic of its id', () => {
    const d = desk();
    expect(d.filters).toEqual(['site/shed/cmd/+ 1']);
    expect(d.call({ method: 'echo', params: { a: [1, 'zwei'] } }, 'x-7')).toEqual({ result: { a: [1, 'zwei'] } });
    expect(d.call({ method: 'nothing' })).toEqual({ result: null });
    expect(d.call('{"params":5,"method":"\\u0065cho"}')).toEqual({ result: 5 });
    expect(d.call({ method: 'größer' })).toEqual({ result: true });
    expect([d.rpc.calls, d.rpc.answers, d.rpc.errors, d.rpc.faults]).toEqual([4, 4, 0, 0]);
  });

  it('is not what comes on another topic', () => {
    const d = desk();
    for (const topic of ['site/shed/cmd', 'site/shed/cmd/1/2', 'site/shed/res/1', 'site/barn/cmd/1', 'site/shed/cm']) {
      expect(d.arrive(topic, '{"method":"echo"}')).toBe(false);
    }
    expect(d.answers).toEqual([]);
  });

  it.each([
    ['', RpcError.parse, 'payload is not JSON: empty at byte 0'],
    ['reboot', RpcError.parse, 'payload is not JSON: unexpected byte at byte 0'],
    ['{"method":"echo"', RpcError.parse, 'payload is not JSON: unexpected end at byte 16'],
    ['[1]', RpcError.invalidRequest, 'a call must be an object with method and params'],
    ['{}', RpcError.invalidRequest, 'method must be text'],
    ['{"method":5}', RpcError.invalidRequest, 'method must be text'],
    [
      '{"method":"Echo"}',
      RpcError.unknownMethod,
      'unknown method Echo; methods are echo, nothing, later, größer, fail, long, halfway',
    ],
    ['{"method":"fail"}', RpcError.internal, 'the sensor is gone'],
    ['{"method":"long"}', RpcError.internal, 'response is too long: maximum bytes 512'],
  ])('that is %j gets the error', (payload, code, message) => {
    const d = desk();
    expect(d.error(payload)).toEqual({ code, message });
    expect(d.rpc.errors).toBe(1);
  });

  it('of a method nobody knows has its name cut, and stays JSON', () => {
    const d = desk();
    expect(d.error({ method: '"\\\n' + 'ä'.repeat(100) }).message).toContain(
      `unknown method "\\\n${'ä'.repeat(29)}...; methods`,
    );
  });

  it('is refused with an empty id, and with one that is too long counted', () => {
    const d = desk();
    expect(d.error({ method: 'echo' }, '')).toEqual({ code: RpcError.invalidRequest, message: 'id is empty' });
    expect(d.call({ method: 'echo' }, 'x'.repeat(41))).toBe(undefined);
    expect(d.faults).toEqual(['{"error":{"code":-32600,"message":"id is too long: maximum bytes 40"}}']);
    expect(d.call({ method: 'nothing' }, 'x'.repeat(40))).toEqual({ result: null });
  });

  it('is refused when it is retained, since it would come again with every connection', () => {
    const d = desk();
    expect(d.error({ method: 'echo' }, '1', { retain: true }).message).toBe('a retained message is not a call');
    expect(d.ran).toEqual([]);
  });

  it('that comes in pieces is refused once', () => {
    const d = desk();
    const payload = JSON.stringify({ method: 'echo', params: 'x'.repeat(900) });
    expect(d.error(payload, '1', { piece: 400 })).toEqual({
      code: RpcError.invalidRequest,
      message: `payload exceeds the receive buffer: bytes ${payload.length}`,
    });
    expect(d.answers).toHaveLength(1);
  });

  it('gets exactly one answer, whatever the payload is', () => {
    const d = desk();
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.json().map(encodeUtf8)), (payload) => {
        const answer = d.call(payload) as { error?: unknown; result?: unknown };
        expect('error' in answer || 'result' in answer).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('an answer that comes later', () => {
  it('goes to the topic of its call', () => {
    const d = desk();
    expect(d.call({ method: 'later' }, 'one')).toBe(undefined);
    expect(d.call({ method: 'later' }, 'two')).toBe(undefined);
    expect(d.rpc.deadline).toBe(11000);
    d.rpc.answer(d.tickets[1]!)!.result.number(2, 0);
    d.rpc.send(d.now);
    d.rpc.answer(d.tickets[0]!)!.refuse(RpcError.internal).part(encodeUtf8('no'));
    d.rpc.send(d.now);
    expect(d.answers.map(({ topic, payload }) => [topic, payload])).toEqual([
      ['site/shed/res/two', '{"result":2}'],
      ['site/shed/res/one', '{"error":{"code":-32603,"message":"no"}}'],
    ]);
    expect(d.rpc.deadline).toBe(Infinity);
    expect(d.rpc.answer(d.tickets[0]!)).toBe(undefined);
  });

  it('is an error after its time, and then too late', () => {
    const d = desk();
    d.call({ method: 'later' }, 'one');
    d.run(9999);
    expect(d.answers).toEqual([]);
    d.run(1);
    expect(JSON.parse(d.answers[0]!.payload)).toEqual({
      error: { code: RpcError.timeout, message: 'method timed out' },
    });
    expect(d.rpc.answer(d.tickets[0]!)).toBe(undefined);
    d.call({ method: 'later' }, 'two');
    // The place is used again, the ticket is not.
    expect(d.rpc.answer(d.tickets[0]!)).toBe(undefined);
    expect(d.rpc.answer(d.tickets[1]!)).toBeDefined();
  });

  it('keeps its id from a second call, unless that is the same one delivered again', () => {
    const d = desk();
    d.call({ method: 'later' }, 'one');
    expect(d.error({ method: 'echo' }, 'one')).toEqual({
      code: RpcError.duplicateId,
      message: 'a call with this id is in progress',
    });
    expect(d.call({ method: 'later' }, 'one', { dup: true })).toBe(undefined);
    expect(d.rpc.redelivered).toBe(1);
    expect(d.tickets).toHaveLength(1);
    d.rpc.answer(d.tickets[0]!);
    d.rpc.send(d.now);
    expect(d.call({ method: 'nothing' }, 'one')).toEqual({ result: null });
  });

  it('is refused when too many are under way', () => {
    const d = desk();
    for (let i = 0; i < 4; i++) expect(d.call({ method: 'later' }, `${i}`)).toBe(undefined);
    expect(d.error({ method: 'later' }, 'more')).toEqual({
      code: RpcError.busy,
      message: 'too many calls in progress',
    });
    expect(d.tickets.at(-1)).toBe(-1);
  });

  it('does not come when the method has failed', () => {
    const d = desk();
    expect(d.error({ method: 'halfway' }).message).toBe('no');
    d.run(60000);
    expect(d.answers).toHaveLength(1);
  });

  it('cannot be written inside a method', () => {
    const d = desk();
    d.call({ method: 'later' }, 'one');
    let inside: RpcCall | undefined;
    d.table.add('other', (call) => {
      inside = d.rpc.answer(d.tickets[0]!);
      call.result.number(1, 0);
    });
    expect(d.call({ method: 'other' }, 'two')).toEqual({ result: 1 });
    expect(inside).toBe(undefined);
  });
});

describe('an answer without room', () => {
  it('waits, and goes out in order once there is room', () => {
    const d = desk();
    d.refusal = Refusal.full;
    d.call({ method: 'echo', params: 1 }, 'a');
    d.call({ method: 'echo', params: 2 }, 'b');
    expect(d.answers).toEqual([]);
    expect(d.rpc.busy).toBe(true);
    d.refusal = Refusal.wrongState;
    d.rpc.connected(d.now);
    d.refusal = 0;
    d.rpc.room(d.now);
    expect(d.answers.map(({ payload }) => payload)).toEqual(['{"result":1}', '{"result":2}']);
    expect([d.rpc.busy, d.rpc.lost]).toEqual([false, 0]);
  });

  it('is lost when too many wait, and that is told', () => {
    const d = desk({ queueSize: 120 });
    d.refusal = Refusal.full;
    for (let i = 0; i < 5; i++) d.call({ method: 'echo', params: i }, `${i}`);
    d.refusal = 0;
    d.rpc.room(d.now);
    expect(d.answers.map(({ payload }) => payload)).toEqual(['{"result":0}', '{"result":1}', '{"result":2}']);
    expect(d.rpc.lost).toBe(2);
    expect(d.faults).toHaveLength(2);
    expect(JSON.parse(d.faults[0]!)).toMatchObject({ error: { code: RpcError.busy } });
  });

  it('is lost when the session can never take it', () => {
    const d = desk();
    d.refusal = Refusal.tooLarge;
    d.call({ method: 'nothing' });
    expect([d.rpc.lost, d.rpc.busy]).toEqual([1, false]);
  });
});

describe('afterwards', () => {
  function withAfter(): { d: Desk; told: number[] } {
    const told: number[] = [];
    const table = {
      names: [encodeUtf8('go')],
      run: (_: number, call: RpcCall) => void (call.afterwards = 7),
      after: (code: number) => void told.push(code),
    };
    return { d: new Desk({ methods: [table] }), told };
  }

  it('comes once the answer is acknowledged, and not in the midst of that', () => {
    const { d, told } = withAfter();
    d.call({ method: 'go' });
    d.rpc.acknowledged(99, d.now);
    d.run(4000);
    expect(told).toEqual([]);
    d.rpc.acknowledged(d.answers[0]!.packetId, d.now);
    expect(told).toEqual([]);
    d.run(0);
    expect(told).toEqual([7]);
    d.run(60000);
    expect(told).toEqual([7]);
  });

  it('comes after 5 s without an acknowledgement, counted from when the session took the answer', () => {
    const { d, told } = withAfter();
    d.refusal = Refusal.full;
    d.call({ method: 'go' });
    d.run(20000);
    expect(told).toEqual([]);
    d.refusal = 0;
    d.rpc.room(d.now);
    d.run(4999);
    expect(told).toEqual([]);
    d.run(1);
    expect(told).toEqual([7]);
  });
});

describe('dialects', () => {
  it('ThingsBoard: the bare value', () => {
    const d = desk({ routes: thingsBoardRoutes() });
    expect(d.filters).toEqual(['v1/devices/me/rpc/request/+ 1']);
    d.arrive('v1/devices/me/rpc/request/42', '{"method":"echo","params":{"on":true}}');
    d.arrive('v1/devices/me/rpc/request/43', '{"method":"none"}');
    expect(d.answers[0]).toMatchObject({ topic: 'v1/devices/me/rpc/response/42', payload: '{"on":true}' });
    expect(JSON.parse(d.answers[1]!.payload)).toMatchObject({ error: { code: RpcError.unknownMethod } });
  });

  it('the tutorial: /rx without an answer, /rx/twoway with one', () => {
    const values: number[] = [];
    const base = 'tb/mqtt-integration-tutorial/sensors/SN-001';
    const take = (call: RpcCall): void => {
      const value = call.integer(encodeUtf8('value'), 15, 45, NaN);
      if (!(value >= 0)) return;
      values.push(value);
      call.result.raw(encodeUtf8('{"rpcReceived":"OK"}'));
    };
    const d = desk({ routes: tutorialRoutes(base, take) });
    expect(d.filters).toEqual([`${base}/rx 1`, `${base}/rx/twoway 1`]);
    expect(d.arrive(`${base}/rx`, '{"value":33}')).toBe(true);
    expect(d.arrive(`${base}/rx/response`, '{"value":33}')).toBe(false);
    expect(d.arrive(`${base}/rx/twoway`, '{"value":40}')).toBe(true);
    expect(values).toEqual([33, 40]);
    expect(d.answers).toEqual([{ topic: `${base}/rx/response`, payload: '{"rpcReceived":"OK"}', packetId: 1 }]);
    d.arrive(`${base}/rx`, '{"value":99}');
    d.arrive(`${base}/rx`, 'no JSON');
    expect(d.faults).toEqual([
      '{"error":{"code":-32602,"message":"params.value must be an integer from 15 to 45"}}',
      '{"error":{"code":-32700,"message":"payload is not JSON: unexpected byte at byte 1"}}',
    ]);
    expect([d.rpc.faults, d.answers.length]).toEqual([2, 1]);
    d.arrive(`${base}/rx/twoway`, 'no JSON');
    expect(d.answers.at(-1)!.payload).toMatch(/^{"error":{"code":-32700,/);
    expect(values).toEqual([33, 40]);
  });

  it.each([
    ['plain', plainRoutes('site', 'shed'), 'site/shed/cmd/1', 'site/shed/res/1'],
    ['thingsboard', thingsBoardRoutes(), 'v1/devices/me/rpc/request/1', 'v1/devices/me/rpc/response/1'],
    ['tutorial', tutorialRoutes('a', () => undefined), 'a/rx/twoway', 'a/rx/response'],
  ])('%s: a call that is not JSON is answered with -32700', (_, routes, request, response) => {
    for (const payload of ['', 'scan', '{"method":"scan"', new Uint8Array([0xff])]) {
      const d = desk({ routes });
      d.arrive(request, payload);
      expect(d.answers).toHaveLength(1);
      expect(d.answers[0]).toMatchObject({ topic: response });
      expect(JSON.parse(d.answers[0]!.payload)).toMatchObject({ error: { code: RpcError.parse } });
    }
  });

  it('several at once, each answered in its own way', () => {
    const d = desk({ routes: [...thingsBoardRoutes(), ...plainRoutes('a', 'b')] });
    d.arrive('a/b/cmd/1', '{"method":"nothing"}');
    d.arrive('v1/devices/me/rpc/request/1', '{"method":"nothing"}');
    expect(d.answers.map(({ topic, payload }) => topic + ' ' + payload)).toEqual([
      'a/b/res/1 {"result":null}',
      'v1/devices/me/rpc/response/1 null',
    ]);
  });

  it('refuse what is no topic', () => {
    expect(() => plainRoutes('a+', 'b')).toThrow(/^RPC topic "a\+\/b\/cmd\/\+": /);
    expect(() => tutorialRoutes('#', () => undefined)).toThrow(RangeError);
  });
});

describe('the access level', () => {
  const methods: RpcMethods[] = [
    {
      names: ['read', 'operate', 'all'].map(encodeUtf8),
      access: [RpcAccess.read, RpcAccess.operate, RpcAccess.all],
      run: () => undefined,
    },
  ];

  it.each([
    ['none', RpcAccess.none, []],
    ['read', RpcAccess.read, ['read']],
    ['operate', RpcAccess.operate, ['read', 'operate']],
    ['all', RpcAccess.all, ['read', 'operate', 'all']],
  ])('%s allows these calls, and says of the others what they need', (name, access, allowed) => {
    const d = desk({ methods, access });
    for (const method of ['read', 'operate', 'all']) {
      const refused = {
        error: { code: RpcError.forbidden, message: `this method needs rpcAccess ${method}; this device has ${name}` },
      };
      expect(d.call({ method })).toEqual(allowed.includes(method) ? { result: null } : refused);
    }
  });

  it('is operate for methods and functions of an application', () => {
    const functions = new RpcFunctions();
    functions.add('door', () => undefined);
    const routes = tutorialRoutes('a', () => undefined);
    const error = (answer: string): unknown => (JSON.parse(answer) as { error?: { code: number } })?.error?.code;
    for (const [access, code] of [
      [RpcAccess.read, RpcError.forbidden],
      [RpcAccess.operate, undefined],
    ] as const) {
      const d = desk({ methods: [functions], routes: [...routes, ...plainRoutes('site', 'shed')], access });
      d.arrive('a/rx/twoway', '{}');
      d.arrive('site/shed/cmd/1', '{"method":"door"}');
      expect(d.answers.map(({ payload }) => error(payload))).toEqual([code, code]);
    }
  });
});

describe('the options', () => {
  it.each([
    [{ maxAnswer: 10 }, 'RPC maxAnswer must be an integer from 192 to 65535, got 10'],
    [{ maxIdLength: 0 }, 'RPC maxIdLength must be an integer from 1 to 255, got 0'],
    [{ maxPending: 1.5 }, 'RPC maxPending must be an integer from 1 to 64, got 1.5'],
    [{ queueSize: -1 }, 'RPC queueSize must be an integer from 0 to 65536, got -1'],
    [{ routes: [] }, 'RPC routes must be an integer from 1 to 16, got 0'],
  ])('%j are refused', (options, message) => {
    expect(() => new Desk(options)).toThrow(new RangeError(message));
  });

  it('of the session must have room for the subscriptions', () => {
    const rpc = new Rpc({ routes: thingsBoardRoutes(), methods: [] });
    const connection = { publishRange: () => 0, subscribe: () => Refusal.full };
    expect(() => rpc.start(0, { connection, wake: () => undefined })).toThrow(/^RPC: no room for 1 subscr/);
  });

  it('cannot have two functions of one name', () => {
    const table = new RpcFunctions();
    table.add('a', () => undefined);
    expect(() => table.add('a', () => undefined)).toThrow('RPC method "a": there is one of this name already');
    expect(() => table.add('', () => undefined)).toThrow('RPC method: its name is empty');
  });
});
