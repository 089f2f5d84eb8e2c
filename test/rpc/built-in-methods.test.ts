import { BuiltInMethods } from '../../src/rpc/built-in-methods.js';
import type { BuiltInTargets } from '../../src/rpc/built-in-methods.js';
import { RpcError } from '../../src/rpc/rpc-call.js';
import { RpcAccess } from '../../src/rpc/rpc-options.js';
import { HealthReport } from '../../src/telemetry/index.js';
import { writeHealthJson } from '../../src/cloud/index.js';
import { Refusal } from '../../src/mqtt/index.js';
import { Desk } from './desk.js';
import { describe, expect, it } from 'vitest';

/** A device that writes down what is asked of it. */
function device(changes: Partial<BuiltInTargets> = {}): { d: Desk; asked: string[] } {
  const asked: string[] = [];
  let policy = 'interval 10';
  const report = Object.assign(new HealthReport(new TextEncoder().encode('power on')), { uptime: 60 });
  const targets: BuiltInTargets = {
    identify: (seconds) => void asked.push(`identify ${seconds}`),
    restart: () => void asked.push('restart'),
    writeStatistics: (into, from, to) => writeHealthJson(report, into, from, to),
    setScan: (on) => void asked.push(`scan ${on}`),
    setLogLevel: (level) => void asked.push(`log ${level}`),
    policyText: () => policy,
    setPolicyText: (text) => {
      if (text.includes('!')) throw new RangeError('policy line 1: "!" is no setting');
      policy = text;
    },
    ...changes,
  };
  return { d: new Desk({ methods: [new BuiltInMethods(targets)] }), asked };
}

describe('outbox.statistics', () => {
  const targets: BuiltInTargets = {
    writeOutbox: (into) => {
      into.openObject();
      into.closeObject();
      return true;
    },
  };

  it.each([
    [RpcAccess.none, { error: expect.objectContaining({ code: RpcError.forbidden }) as unknown }],
    [RpcAccess.read, { result: {} }],
    [RpcAccess.all, { result: {} }],
  ])('needs to read, access %i', (access, answer) => {
    const d = new Desk({ methods: [new BuiltInMethods(targets)], access });
    expect(d.call({ method: 'outbox.statistics' })).toEqual(answer);
  });

  it('is not there without an outbox', () => {
    const { d } = device({ writeOutbox: () => false });
    expect(d.call({ method: 'outbox.statistics' })).toMatchObject({ error: { code: RpcError.unavailable } });
  });
});

describe('the built-in methods', () => {
  it.each([
    [{ method: 'identify' }, { seconds: 10 }, 'identify 10'],
    [{ method: 'identify', params: { seconds: 3 } }, { seconds: 3 }, 'identify 3'],
    [{ method: 'identify', params: 5 }, { seconds: 5 }, 'identify 5'],
    [{ method: 'scan', params: { on: false } }, { on: false }, 'scan false'],
    [{ method: 'scan', params: true }, { on: true }, 'scan true'],
    [{ method: 'log', params: { level: 'debug' } }, { level: 'debug' }, 'log 3'],
    [{ method: 'log', params: 'off' }, { level: 'off' }, 'log 0'],
    [{ method: 'statistics' }, { uptime: 60, restartReason: 'power on', connects: 0, skipped: 0 }, undefined],
    [{ method: 'policy.get' }, { policy: 'interval 10' }, undefined],
    [{ method: 'policy.set', params: 'interval 5' }, { policy: 'interval 5' }, undefined],
    [{ method: 'policy.set', params: { policy: 'é"' } }, { policy: 'é"' }, undefined],
    [{ method: 'policy.set', params: { all: 5 } }, { policy: '{"all":5}' }, undefined],
  ])('%j', (request, result, did) => {
    const { d, asked } = device();
    expect(d.call(request)).toEqual({ result });
    expect(asked).toEqual(did === undefined ? [] : [did]);
  });

  it.each([
    [{ method: 'identify', params: { seconds: 0 } }, 'params.seconds must be an integer from 1 to 3600'],
    [{ method: 'identify', params: { seconds: 1.5 } }, 'params.seconds must be an integer from 1 to 3600'],
    [{ method: 'identify', params: [1] }, 'params.seconds must be an integer from 1 to 3600'],
    [{ method: 'scan' }, 'params.on must be true or false'],
    [{ method: 'scan', params: { on: 1 } }, 'params.on must be true or false'],
    [{ method: 'scan', params: 'true' }, 'params.on must be true or false'],
    [{ method: 'log', params: { level: 'loud' } }, 'params.level must be off, error, info or debug'],
    [{ method: 'log' }, 'params.level must be off, error, info or debug'],
    [{ method: 'policy.set' }, 'params.policy must be text or an object'],
    [{ method: 'policy.set', params: { policy: 5 } }, 'params.policy must be text or an object'],
    [{ method: 'policy.set', params: '!' }, 'policy line 1: "!" is no setting'],
  ])('%j is refused, and nothing is done', (request, message) => {
    const { d, asked } = device();
    expect(d.error(request)).toEqual({ code: RpcError.invalidParams, message });
    expect(asked).toEqual([]);
    expect(d.call({ method: 'policy.get' })).toEqual({ result: { policy: 'interval 10' } });
  });

  it('reboot answers first, and restarts when the answer is acknowledged', () => {
    const { d, asked } = device();
    expect(d.call({ method: 'reboot' })).toEqual({ result: { restarting: true } });
    d.run(1000);
    expect(asked).toEqual([]);
    d.rpc.acknowledged(d.answers[0]!.packetId, d.now);
    d.run(0);
    expect(asked).toEqual(['restart']);
  });

  it('reboot whose answer is lost leaves time for the PUBACK of the call, which would come again else', () => {
    const { d, asked } = device();
    d.refusal = Refusal.tooLarge;
    d.call({ method: 'reboot' });
    d.run(4999);
    expect([d.faults.length, asked]).toEqual([1, []]);
    d.run(1);
    expect(asked).toEqual(['restart']);
  });

  it('reboot restarts also when nobody acknowledges', () => {
    const { d, asked } = device();
    d.call({ method: 'reboot' });
    d.run(5000);
    expect(asked).toEqual(['restart']);
  });

  it('statistics that do not fit are an error', () => {
    const { d } = device({ writeStatistics: () => -1 });
    expect(d.error({ method: 'statistics' }).message).toBe('response is too long: maximum bytes 512');
  });

  it.each(['identify', 'reboot', 'statistics', 'scan', 'log', 'policy.get', 'policy.set'])(
    '%s is refused by a device that has nothing for it',
    (method) => {
      const d = new Desk({ methods: [new BuiltInMethods({})] });
      expect(d.error({ method, params: 1 })).toEqual({
        code: RpcError.unavailable,
        message: 'this device cannot do that',
      });
    },
  );
});
