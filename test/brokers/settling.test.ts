import fc from 'fast-check';
import { VirtualBrokers } from './virtual-brokers.js';
import { expect, it } from 'vitest';

/** What may happen to a broker, and to the world around it, in any order. */
const steps: Record<string, (bench: VirtualBrokers) => unknown> = {
  connect: ({ brokers }) => brokers.list[0]?.connect(),
  disconnect: ({ brokers }) => brokers.list[0]?.disconnect(),
  publish0: ({ brokers }) => brokers.list[0]?.publish('t', 'x'),
  publish1: ({ brokers }) => brokers.list[0]?.publish('t', 'x', { qos: 1 }),
  publishPatient: ({ brokers }) => brokers.list[0]?.publish('t', 'x', { qos: 1, patient: true }),
  publishPatientKept: ({ brokers }) => brokers.list[0]?.publish('t', 'x', { qos: 1, patient: true, force: false }),
  publishLast: ({ brokers }) => brokers.list[0]?.publish('t', 'x', { qos: 1, disconnectAfter: true }),
  publishLarge: ({ brokers }) => brokers.list[0]?.publish('t', 'x'.repeat(3000), { qos: 1 }),
  subscribe: ({ brokers }) => brokers.list[0]?.subscribe('t', { qos: 1 }),
  unsubscribe: ({ brokers }) => brokers.list[0]?.unsubscribe('t'),
  auto: ({ brokers }) => brokers.list[0] && brokers.set(brokers.list[0], { 'auto-connect': 'yes' }),
  notAuto: ({ brokers }) => brokers.list[0] && brokers.set(brokers.list[0], { 'auto-connect': 'no' }),
  change: ({ brokers }) => {
    const broker = brokers.list[0];
    if (broker) brokers.set(broker, { 'keep-alive': broker.property('keep-alive') === '60' ? '90' : '60' });
  },
  remove: ({ brokers }) => brokers.list[0] && brokers.remove(brokers.list[0]),
  add: (bench) => bench.brokers.list.length === 0 && bench.add({ address: 'broker, second' }),
  drop: ({ board }) => board.broker.drop(),
  freeze: ({ board }) => board.broker.freeze(),
  networkDown: ({ board }) => board.platform.network.set(false),
  networkUp: ({ board }) => board.platform.network.set(true),
  refuses: ({ board }) => board.platform.listen('broker', 1883, 'refuses'),
  silent: ({ board }) => board.platform.listen('broker', 1883, 'silent'),
  listens: ({ board }) => board.platform.listen('broker', 1883, board.broker),
  badPassword: ({ board }) => (board.broker.returnCode = 4),
  goodPassword: ({ board }) => (board.broker.returnCode = 0),
  deaf: ({ board }) => (board.broker.acknowledges = board.broker.answersSubscribe = false),
  hears: ({ board }) => (board.broker.acknowledges = board.broker.answersSubscribe = true),
};

it('every promise settles, and nothing is left once the broker is removed, whatever happens', async () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.constantFrom(0, 1, 2, 5, 50, 2000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (all) => {
      const bench = new VirtualBrokers({ connectTimeout: 3000, answerTimeout: 3000 });
      bench.add({ address: 'broker, second' });
      const outcomes: Promise<string>[] = [];
      let settled = 0;
      let waiting = 0;
      const note = (result: unknown, isPatient: boolean): void => {
        if (!(result instanceof Promise)) return;
        if (isPatient) {
          waiting++;
          result.catch(() => undefined).finally(() => waiting--);
          return;
        }
        const outcome = result.then(
          () => 'done',
          (error: unknown) => (error as Error).message,
        );
        outcomes.push(outcome);
        void outcome.then(() => settled++);
      };
      for (const [name, milliseconds] of all) {
        note(steps[name]!(bench), name.startsWith('publishPatient'));
        await bench.run(milliseconds);
      }
      await bench.run(20000);
      expect(settled).toBe(outcomes.length);
      for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatch(/^[^\n]+$/);
      const [left] = bench.brokers.list;
      const mayWait = left !== undefined && (left.connected || left.property('auto-connect') === 'yes');
      if (!mayWait) expect(waiting).toBe(0);
      for (const broker of bench.brokers.list) {
        const disconnected = broker.disconnect();
        await bench.run(20000);
        await disconnected;
        expect(waiting).toBe(0);
        bench.brokers.remove(broker);
      }
      await bench.run(20000);
      expect(bench.board.platform.timers.armed).toBe(0);
      expect(bench.board.platform.network.watched).toBe(false);
    }),
    { numRuns: 40 },
  );
}, 60_000);
