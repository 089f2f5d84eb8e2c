import { Subscription } from '../../src/brokers/index.js';
import type { MessageHandler } from '../../src/brokers/index.js';
import { MessageDispatcher } from '../../src/brokers/message-dispatcher.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { incoming } from './message.js';
import { describe, expect, it } from 'vitest';

/** A dispatcher of subscriptions, and what it told. */
class Bench {
  readonly notices: string[] = [];
  readonly scripts: string[] = [];
  readonly subscriptions: Subscription[] = [];
  readonly dispatcher: MessageDispatcher;

  constructor(queueCapacity = 256, queueEntries = 8) {
    this.dispatcher = new MessageDispatcher(this.subscriptions, {
      queueCapacity,
      queueEntries,
      runScript: (source, topic, payload, broker) => void this.scripts.push(`${broker} ${source} ${topic}=${payload}`),
      notice: (text) => this.notices.push(text),
    });
    this.dispatcher.name = 'b';
  }

  subscribe(topic: string, handler?: MessageHandler, script = ''): Subscription {
    const nothing = (): void => {};
    const subscription = new Subscription(topic, encodeUtf8(topic), 0, script, false, nothing, nothing);
    subscription.handler = handler;
    this.subscriptions.push(subscription);
    return subscription;
  }
}

/** A handler whose calls end when the test says so. */
class SlowHandler {
  readonly started: string[] = [];
  most = 0;
  private readonly open: { resolve: () => void; reject: (error: Error) => void }[] = [];

  readonly handle: MessageHandler = (_topic, payload) => {
    this.started.push(payload);
    return new Promise((resolve, reject) => {
      this.open.push({ resolve, reject });
      this.most = Math.max(this.most, this.open.length);
    });
  };

  get running(): number {
    return this.open.length;
  }

  /** Ends the oldest call. */
  async end(error?: Error): Promise<void> {
    const call = this.open.shift()!;
    if (error) call.reject(error);
    else call.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
}

describe('the dispatcher', () => {
  it('runs one script for the table of the manual', () => {
    const bench = new Bench();
    bench.subscribe('some/sort/of/topic', undefined, 'script1');
    bench.subscribe('some/#', undefined, 'script2');
    bench.subscribe('some/sort/of/+', undefined, 'script3');
    bench.subscribe('some/thing/#', undefined, 'script4');
    for (const topic of ['some/sort/of/topic', 'some/sort/of/thing', 'some/name', 'some/thing/else', 'none']) {
      bench.dispatcher.dispatch(incoming(topic, 'x'));
    }
    expect(bench.scripts).toEqual([
      'b script1 some/sort/of/topic=x',
      'b script3 some/sort/of/thing=x',
      'b script2 some/name=x',
      'b script4 some/thing/else=x',
    ]);
  });

  it('passes over subscriptions that do nothing with their messages', () => {
    const bench = new Bench();
    bench.subscribe('a/b');
    bench.subscribe('a/#', undefined, 'run');
    bench.dispatcher.dispatch(incoming('a/b', 'x'));
    expect(bench.scripts).toEqual(['b run a/b=x']);
  });

  it('prefers a receiver to a handler to a script, and gives a receiver the pieces', () => {
    const bench = new Bench();
    const told: string[] = [];
    const subscription = bench.subscribe('t', () => void told.push('handler'), 'script');
    bench.dispatcher.dispatch(incoming('t', ''));
    subscription.receiver = { onMessage: (message) => void told.push(`receiver ${message.offset}/${message.total}`) };
    bench.dispatcher.dispatch(incoming('t', 'ab', { total: 4 }));
    bench.dispatcher.dispatch(incoming('t', 'cd', { offset: 2, total: 4 }));
    expect(told).toEqual(['handler', 'receiver 0/4', 'receiver 2/4']);
    expect([bench.scripts, bench.dispatcher.skipped]).toEqual([[], 0]);
  });

  it('skips and counts a message in pieces for a handler of text', () => {
    const bench = new Bench();
    const slow = new SlowHandler();
    bench.subscribe('t', slow.handle);
    bench.dispatcher.dispatch(incoming('t', 'ab', { total: 4 }));
    bench.dispatcher.dispatch(incoming('t', 'cd', { offset: 2, total: 4 }));
    expect([slow.started, bench.dispatcher.skipped]).toEqual([[], 1]);
  });

  it('keeps order and bounds, and counts and tells what it drops: 10,000 messages, three at once', async () => {
    const bench = new Bench(2048, 64);
    const slow = new SlowHandler();
    bench.dispatcher.setLimit(3);
    bench.subscribe('t/#', slow.handle);
    const most = 10000;
    for (let i = 0; i < most; i++) {
      bench.dispatcher.dispatch(incoming(`t/${i % 7}`, String(i)));
      // A handler ends for every tenth message: more come than can be handled.
      if (i % 10 === 9) await slow.end();
      expect(bench.dispatcher.waiting).toBeLessThanOrEqual(64);
    }
    expect(slow.running).toBe(3);
    while (slow.running > 0) await slow.end();
    const numbers = slow.started.map(Number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(slow.most).toBe(3);
    expect(numbers.length + bench.dispatcher.dropped).toBe(most);
    expect(bench.dispatcher.dropped).toBeGreaterThan(8000);
    expect(bench.dispatcher.running).toBe(0);
    // The queue was never empty in between, so that this is one run.
    expect(bench.notices).toEqual(['messages dropped: on-message queue full (64 waiting)']);
  });

  it('tells again of drops once the queue has been empty', async () => {
    const bench = new Bench(64, 2);
    const slow = new SlowHandler();
    bench.dispatcher.setLimit(1);
    bench.subscribe('t', slow.handle);
    for (const run of [1, 2]) {
      for (let i = 0; i < 6; i++) bench.dispatcher.dispatch(incoming('t', 'x'));
      expect([bench.dispatcher.dropped, bench.notices.length]).toEqual([run * 3, run]);
      while (slow.running > 0) await slow.end();
    }
  });

  it('bounds the queue by bytes too', () => {
    const bench = new Bench(64, 8);
    const slow = new SlowHandler();
    bench.dispatcher.setLimit(1);
    bench.subscribe('t', slow.handle);
    for (let i = 0; i < 4; i++) bench.dispatcher.dispatch(incoming('t', 'x'.repeat(25)));
    expect([bench.dispatcher.waiting, bench.dispatcher.dropped]).toEqual([2, 1]);
  });

  it('without a limit runs as many at once as the queue has entries', () => {
    const bench = new Bench(4096, 8);
    const slow = new SlowHandler();
    bench.subscribe('t', slow.handle);
    for (let i = 0; i < 20; i++) bench.dispatcher.dispatch(incoming('t', 'x'));
    expect([slow.running, bench.dispatcher.waiting, bench.dispatcher.dropped]).toEqual([8, 8, 4]);
    bench.dispatcher.setLimit(12);
    expect([slow.running, bench.dispatcher.waiting]).toEqual([12, 4]);
  });

  it('tells of a handler that throws or rejects in one line, and frees its place', async () => {
    const bench = new Bench();
    const slow = new SlowHandler();
    bench.dispatcher.setLimit(1);
    const subscription = bench.subscribe('t', slow.handle);
    bench.dispatcher.dispatch(incoming('t', '1'));
    bench.dispatcher.dispatch(incoming('t', '2'));
    await slow.end(new Error('no such device\nand more'));
    expect(slow.started).toEqual(['1', '2']);
    await slow.end();
    subscription.handler = () => {
      throw new RangeError('out of range');
    };
    bench.dispatcher.dispatch(incoming('t', '3'));
    subscription.receiver = {
      onMessage() {
        throw new Error('bytes');
      },
    };
    bench.dispatcher.dispatch(incoming('t', '4'));
    expect(bench.notices).toEqual([
      'on-message for "t" failed: no such device',
      'on-message for "t" failed: out of range',
      'on-message for "t" failed: bytes',
    ]);
    expect([bench.dispatcher.failed, bench.dispatcher.running]).toEqual([3, 0]);
  });

  it('drops what waits for a subscription that is over', async () => {
    const bench = new Bench();
    const slow = new SlowHandler();
    bench.dispatcher.setLimit(1);
    bench.subscribe('t', slow.handle);
    bench.subscribe('u', slow.handle);
    for (const topic of ['t', 't', 'u']) bench.dispatcher.dispatch(incoming(topic, topic));
    bench.subscriptions.splice(0, 1);
    await slow.end();
    expect(slow.started).toEqual(['t', 'u']);
  });
});
