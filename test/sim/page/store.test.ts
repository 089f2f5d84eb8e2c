import { describe, expect, test } from 'vitest';
import { PROTOCOL } from '../../../sim/page/protocol.js';
import type { Hello, MessageSeen, TagState } from '../../../sim/page/protocol.js';
import { LIMITS, Store } from '../../../sim/page/store.js';

const HELLO: Hello = {
  type: 'hello',
  protocol: PROTOCOL,
  version: '0.1.0',
  source: 'simulation',
  title: 'warehouse',
  controls: ['wifi', 'why'],
  worlds: [],
  faults: [],
  formats: [],
  gateways: [{ name: 'gateway', board: 'esp32' }],
  walls: [],
};

const tag = (id: string, rssi: number, at: number): TagState => ({
  id,
  address: id,
  name: `tag ${id}`,
  format: 'ibeacon',
  heard: [{ gateway: 0, rssi, at, count: 1 }],
  fields: [],
});

const message = (id: number): MessageSeen => ({
  id,
  time: id,
  direction: 'up',
  topic: 'a/b',
  payload: '{}',
  length: 2,
  qos: 1,
});

/** A store whose flush is called by the test. */
function harness() {
  const waiting: (() => void)[] = [];
  const store = new Store((flush) => waiting.push(flush));
  const flush = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  return { store, waiting, flush };
}

describe('the store of the page', () => {
  test('tells subscribers of a topic once for many texts, and no others', () => {
    const { store, waiting, flush } = harness();
    const calls: string[] = [];
    store.subscribe(['tags', 'log'], () => calls.push('tags, log'));
    store.subscribe(['messages'], () => calls.push('messages'));
    store.take({ type: 'tags', tags: [tag('1', -60, 1)] });
    store.take({ type: 'tags', tags: [tag('1', -61, 2)] });
    store.take({ type: 'log', lines: [{ time: 1, kind: 'device', text: 'started' }] });
    expect(waiting.length).toBe(1);
    flush();
    expect(calls).toEqual(['tags, log']);
  });

  test('does not call a listener that has gone', () => {
    const { store, flush } = harness();
    let calls = 0;
    store.subscribe(['log'], () => calls++)();
    store.take({ type: 'log', lines: [{ time: 1, kind: 'device', text: 'started' }] });
    flush();
    expect(calls).toBe(0);
  });

  test('keeps no more than its limits in a day of traffic', () => {
    const { store, flush } = harness();
    store.take(HELLO);
    const field = { name: 'temperature', value: 20, unit: '°C' };
    for (let second = 0; second < 86_400; second += 1) {
      const now = second * 1000;
      store.take({ type: 'messages', messages: [message(second + 1)] });
      store.take({ type: 'log', lines: [{ time: now, kind: 'device', text: 'line' }] });
      store.take({ type: 'console', gateway: 0, text: 'free memory 1234\r\n' });
      store.take({ type: 'tags', tags: [tag('1', -60, now)] });
      store.take({ type: 'readings', readings: [{ tag: '1', time: now, fields: [field] }] });
      store.take({
        type: 'state',
        now,
        gateways: [
          { powered: true, meters: [{ id: 'arena', name: 'arena', value: 1, unit: 'B' }], drops: {}, counts: {} },
        ],
        brokers: [],
        faults: [],
      });
    }
    flush();
    const most = (limit: number): number => limit * 1.25;
    expect(store.messages.length).toBeLessThanOrEqual(most(LIMITS.messages));
    expect(store.messages.length).toBeGreaterThanOrEqual(LIMITS.messages);
    expect(store.messages.at(-1)!.id).toBe(86_400);
    expect(store.log.length).toBeLessThanOrEqual(most(LIMITS.logLines));
    expect(store.terminalOf(0).lines.length).toBeLessThanOrEqual(most(LIMITS.consoleLines));
    expect(store.rssi.get('1')!.times.length).toBeLessThanOrEqual(most(LIMITS.rssiPoints));
    const readings = store.readings.get('1')!.get('temperature')!;
    expect(readings.times.length).toBeLessThanOrEqual(most(LIMITS.readingPoints));
    expect(readings.values.length).toBe(readings.times.length);
    expect(readings.unit).toBe('°C');
    expect(store.meters[0]!.get('arena')!.times.length).toBeLessThanOrEqual(most(LIMITS.meterPoints));
  });

  test('knows a message by its acknowledgement, also when that is of a message forgotten long ago', () => {
    const { store } = harness();
    for (let id = 1; id <= LIMITS.messages * 2; id++) store.take({ type: 'messages', messages: [message(id)] });
    const last = LIMITS.messages * 2;
    store.take({
      type: 'acknowledged',
      messages: [
        { id: 1, after: 5 },
        { id: last, after: 42 },
      ],
    });
    expect(store.messages.at(-1)!.acknowledgedAfter).toBe(42);
    expect(store.messages[0]!.acknowledgedAfter).toBeUndefined();
  });

  test('forgets all with another Hello, and keeps what the person selected only as long as it is there', () => {
    const { store } = harness();
    store.take(HELLO);
    store.take({ type: 'tags', tags: [tag('1', -60, 1), tag('2', -60, 1)] });
    store.take({ type: 'messages', messages: [message(1)] });
    store.selectTag('1');
    store.take({ type: 'tags', tags: [], removed: ['2'] });
    expect([...store.tags.keys()]).toEqual(['1']);
    expect(store.selectedTag).toBe('1');
    store.take({ type: 'tags', tags: [], removed: ['1'] });
    expect(store.selectedTag).toBeUndefined();
    store.selectTag('1');
    store.take({ ...HELLO, title: 'greenhouse' });
    expect(store.selectedTag).toBe('1');
    store.take({ type: 'tags', tags: [tag('3', -60, 1)] });
    expect(store.selectedTag).toBeUndefined();
    store.take({ ...HELLO, title: 'greenhouse' });
    expect(store.tags.size).toBe(0);
    expect(store.messages.length).toBe(0);
    expect(store.hello!.title).toBe('greenhouse');
  });

  test('answers each request once, with an error when the connection ends before', async () => {
    const { store } = harness();
    expect(await store.request('wifi', { gateway: 0, on: false })).toMatchObject({ error: 'not connected to tagwire' });
    const sent: string[] = [];
    store.send = (text) => sent.push(text);
    const first = store.request('wifi', { gateway: 0, on: false });
    const second = store.request('why', { tag: '1' });
    const { id } = JSON.parse(sent[0]!) as { id: number };
    store.take({ type: 'answer', id });
    expect(await first).toEqual({ type: 'answer', id });
    store.setLink({ state: 'waiting', retryAt: 0, full: false });
    expect((await second).error).toBe('the connection to tagwire was lost');
  });

  test('makes a notice of the error of a command', async () => {
    const { store } = harness();
    let id = 0;
    store.send = (text) => ({ id } = JSON.parse(text) as { id: number });
    const done = store.command('wifi', { gateway: 7, on: false });
    store.take({ type: 'answer', id, error: 'gateway must be from 0 to 1, got 7' });
    expect(await done).toBe(false);
    expect(store.notices.map(({ text }) => text)).toEqual(['gateway must be from 0 to 1, got 7']);
    store.dismiss(store.notices[0]!.id);
    expect(store.notices).toEqual([]);
  });

  test('says so when the server speaks a newer protocol', () => {
    const { store } = harness();
    store.take({ ...HELLO, protocol: PROTOCOL + 1 });
    expect(store.link.state).toBe('outdated');
  });
});
