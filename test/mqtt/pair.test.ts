import { CloseReason } from '../../src/mqtt/state.js';
import { Pair } from './bench/pair.js';
import { describe, expect, it } from 'vitest';

const keep = { cleanSession: false };

/** Topics that the broker heard, without repetitions. */
function firsts(pair: Pair): string[] {
  return [...new Set(pair.broker.published.map(({ topic }) => topic))];
}

describe('a session and a broker', () => {
  it('connect over a slow link', () => {
    const pair = new Pair({ latency: 2000 });
    pair.connect();
    expect(pair.now).toBe(4000);
  });

  it.each([1, 2, 3, 4, 5])('exchange messages over a link that cuts everything, seed %i', (seed) => {
    const pair = new Pair({ seed, fragments: true, room: 5 });
    pair.connect();
    pair.subscribe('down/#', 1);
    pair.runUntil(() => pair.session.drained);
    for (let i = 0; i < 20; i++) {
      pair.runUntil(() => pair.publish('up/' + i, 'x'.repeat(i), 1) > 0);
      pair.deliver('down/' + i, 'y'.repeat(i), 1);
    }
    pair.runUntil(() => pair.session.drained && pair.broker.unacknowledged === 0);
    expect(pair.broker.published.map(({ topic }) => topic)).toEqual(Array.from({ length: 20 }, (_, i) => 'up/' + i));
    expect(pair.heard.pieces.map(({ topic }) => topic)).toEqual(Array.from({ length: 20 }, (_, i) => 'down/' + i));
  });

  it('stay connected for a day of silence', () => {
    const pair = new Pair({ session: { keepAliveSeconds: 60 } });
    pair.connect();
    pair.run(86400000);
    expect([pair.session.connected, pair.heard.closed]).toEqual([true, []]);
  });

  it('notice a peer that is half open', () => {
    const pair = new Pair({ session: { keepAliveSeconds: 60, pingrespTimeout: 10000 } });
    pair.connect();
    pair.broker.answersPings = false;
    pair.runUntil(() => pair.session.idle);
    expect([pair.heard.closed, pair.now]).toEqual([[CloseReason.pingrespTimeout], 55000]);
  });

  it('notice a peer that is half open while publishing', () => {
    const pair = new Pair({ session: { keepAliveSeconds: 60 } });
    pair.connect();
    pair.broker.answersPings = false;
    for (let i = 0; i < 100 && !pair.session.idle; i++) {
      pair.publish('a', 'x', 0);
      pair.run(1000);
    }
    expect(pair.heard.closed).toEqual([CloseReason.pingrespTimeout]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('lose no QoS 1 message over many losses, seed %i', (seed) => {
    const pair = new Pair({ seed, fragments: true, room: 9, session: keep, reconnectAfter: 50 });
    pair.connect();
    for (let i = 0; i < 60; i++) {
      while (pair.publish('m' + i, '', 1) < 0) pair.run(7);
      if (i % 7 === seed % 7) pair.cut();
      pair.run(3);
    }
    pair.runUntil(() => pair.session.drained);
    expect(firsts(pair)).toEqual(Array.from({ length: 60 }, (_, i) => 'm' + i));
  });

  it('subscribe again when the broker lost the session', () => {
    const pair = new Pair({ session: keep, reconnectAfter: 10 });
    pair.connect();
    pair.subscribe('a/+', 1);
    pair.runUntil(() => pair.session.drained);
    pair.broker.keepsSession = false;
    pair.cut();
    pair.runUntil(() => pair.session.connected && pair.session.drained);
    expect([...pair.broker.subscriptions]).toEqual([['a/+', 1]]);
  });

  it('deliver what came while the client was away', () => {
    const pair = new Pair({ session: keep, reconnectAfter: 10 });
    pair.connect();
    pair.subscribe('a', 1);
    pair.runUntil(() => pair.session.drained);
    pair.cut();
    pair.deliver('a', 'meanwhile', 1);
    pair.runUntil(() => pair.session.connected && pair.broker.unacknowledged === 0);
    expect(pair.heard.pieces).toMatchObject([{ payload: 'meanwhile', dup: true }]);
  });

  it('part in order', () => {
    const pair = new Pair();
    pair.connect();
    pair.session.disconnect(pair.now);
    pair.run(100);
    expect([pair.heard.closed, pair.broker.heard.at(-1)?.cmd]).toEqual([[CloseReason.requested], 'disconnect']);
  });

  it('part when the broker refuses', () => {
    const pair = new Pair();
    pair.broker.returnCode = 4;
    expect(() => pair.connect()).toThrow();
    expect([pair.heard.closed, pair.session.returnCode]).toEqual([[CloseReason.refused], 4]);
  });
});
