import { expect, it } from 'vitest';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { Refusal } from '../../src/mqtt/state.js';
import { KeptAnswers } from '../../src/rpc/kept-answers.js';
import type { AnswerMaker } from '../../src/rpc/rpc-answers.js';
import type { RpcCall } from '../../src/rpc/rpc-call.js';
import { RpcFunctions } from '../../src/rpc/rpc-functions.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { seededRandom } from '../telemetry/outbox/log-bench.js';
import { Desk } from './desk.js';

/** A device with a log on flash; each `start` is one run of its program. */
class Device {
  readonly flash = new NorFlash({ blocks: 8, blockLength: 4096, random: seededRandom(3) });
  place = 1;
  persistSeconds = 0;
  queueSize = 768;
  now = 1790000000000;
  tickets: number[] = [];

  start(): Desk {
    const log = new FlashLog(this.flash);
    const storage = {
      log,
      clock: { now: () => 0, unixTime: () => this.now },
      place: this.place,
      persistent: false,
      persistSeconds: this.persistSeconds,
      maxInFlight: 8,
    };
    const make: AnswerMaker = (queueSize, longest, handler) => new KeptAnswers(queueSize, longest, handler, storage);
    const functions = new RpcFunctions();
    functions.add('echo', (call) => call.result.string(call.params.toText()));
    functions.add('later', (call) => void this.tickets.push(call.later(300)));
    return new Desk({ methods: [functions], queueSize: this.queueSize }, make);
  }
}

/** The link is lost right after the call came, so the session does not take the answer. */
function lose(desk: Desk): void {
  desk.rpc.disconnected(desk.now);
}

const results = (desk: Desk): string[] => desk.answers.map(({ payload }) => payload);

it('an answer that is made while the link is lost is sent after the reconnection', () => {
  const desk = new Device().start();
  lose(desk);
  expect(desk.call({ method: 'echo', params: '1' }, 'a')).toBeUndefined();
  desk.call({ method: 'echo', params: '2' }, 'b');
  expect(desk.rpc.busy).toBe(true);
  desk.rpc.connected(desk.now);
  expect(results(desk)).toEqual(['{"result":"1"}', '{"result":"2"}']);
  for (const { packetId } of desk.answers) desk.rpc.acknowledged(packetId, desk.now);
  expect([desk.rpc.busy, desk.rpc.lost, desk.rpc.answers]).toEqual([false, 0, 2]);
});

it('or after a restart, with the topic of its call, once', () => {
  const device = new Device();
  const desk = device.start();
  lose(desk);
  desk.call({ method: 'echo', params: '1' }, 'a');
  const next = device.start();
  expect(next.answers).toEqual([{ topic: 'site/shed/res/a', payload: '{"result":"1"}', packetId: 1 }]);
  next.rpc.acknowledged(1, next.now);
  expect(device.start().answers).toEqual([]);
});

it('also when it was sent and not acknowledged', () => {
  const device = new Device();
  const desk = device.start();
  expect(desk.call({ method: 'echo', params: '1' })).toEqual({ result: '1' });
  expect(results(device.start())).toEqual(['{"result":"1"}']);
});

it.each([
  [{}, 60],
  [{ timeout: 5 }, 5],
  [{ timeout: 300 }, 300],
])('but not when its caller no longer waits: %j', (how, seconds) => {
  const device = new Device();
  const desk = device.start();
  lose(desk);
  desk.call({ method: 'echo', params: '1', ...how });
  device.now += seconds * 1000;
  expect(results(device.start())).toEqual(['{"result":"1"}']);
  device.now += 1;
  const late = device.start();
  expect([results(late), late.rpc.lost]).toEqual([[], 1]);
  expect(late.faults.join()).toContain('response dropped: its caller waits no longer');
});

it('an answer that comes later has what is left of that time', () => {
  const device = new Device();
  const desk = device.start();
  desk.call({ method: 'later', timeout: 10 }, 'a');
  desk.call({ method: 'later' }, 'b');
  desk.run(11000);
  for (const ticket of device.tickets) {
    desk.rpc.answer(ticket)!.result.boolean(true);
    desk.rpc.send(desk.now);
  }
  expect(desk.answers.map(({ topic }) => topic)).toEqual(['site/shed/res/b']);
  expect([desk.rpc.lost, desk.faults.length]).toEqual([1, 1]);
});

it.each([0, 86401, 1.5, '5', null])('a time-out of %j is refused', (timeout) => {
  const text = 'timeout must be an integer from 1 to 86400 seconds';
  expect(new Device().start().error({ method: 'echo', timeout })).toEqual({ code: -32600, message: text });
});

it('never goes to another broker', () => {
  const device = new Device();
  const desk = device.start();
  lose(desk);
  desk.call({ method: 'echo', params: 'secret' });
  device.place = 2;
  const next = device.start();
  expect([next.answers, next.rpc.lost]).toEqual([[], 1]);
  expect(next.faults.join()).toContain('response dropped: it was for another broker');
});

it('that the queue cannot hold goes to the session, and is not kept', () => {
  const device = new Device();
  device.queueSize = 100;
  const desk = device.start();
  const long = 'x'.repeat(200);
  expect(desk.call({ method: 'echo', params: long })).toEqual({ result: long });
  expect(device.start().answers).toEqual([]);
  lose(desk);
  desk.refusal = Refusal.full;
  desk.call({ method: 'echo', params: long });
  expect([desk.rpc.lost, desk.rpc.busy]).toEqual([1, false]);
});

it('a restart that is asked for comes when its answer is acknowledged, or 5 s after it was sent', () => {
  const told: number[] = [];
  const table = {
    names: [encodeUtf8('go')],
    run: (_: number, call: RpcCall) => void (call.afterwards = 7),
    after: (code: number) => void told.push(code),
  };
  const storage = {
    log: new FlashLog(new Device().flash),
    clock: { now: () => 0, unixTime: () => 0 },
    place: 1,
    persistent: false,
    persistSeconds: 5,
    maxInFlight: 8,
  };
  const desk = new Desk(
    { methods: [table] },
    (size, longest, handler) => new KeptAnswers(size, longest, handler, storage),
  );
  desk.call({ method: 'go' });
  desk.rpc.acknowledged(1, desk.now);
  desk.run(0);
  expect(told).toEqual([7]);
  lose(desk);
  desk.call({ method: 'go' });
  desk.run(20000);
  expect(told).toEqual([7]);
  desk.rpc.connected(desk.now);
  desk.run(4999);
  expect(told).toEqual([7]);
  desk.run(1);
  expect(told).toEqual([7, 7]);
  // The PUBACK of the call must leave first, also when the answer is lost.
  desk.refusal = Refusal.tooLarge;
  desk.call({ method: 'go' });
  desk.run(4999);
  expect([desk.rpc.lost, told]).toEqual([1, [7, 7]]);
  desk.run(1);
  expect(told).toEqual([7, 7, 7]);
});
