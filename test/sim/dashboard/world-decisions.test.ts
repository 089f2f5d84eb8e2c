import { FILTER_REASON_COUNT, filterReasonNames } from '../../../src/tags/filter/advertisement-filter.js';
import type { Decision, MessageSeen, Why } from '../../../sim/page/protocol.js';
import { addressText } from '../../../sim/virtual/index.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { describe, expect, it } from 'vitest';
import { Bench, quietWorld } from './bench.js';

const FRIDGE = 'A4:C1:38:00:00:01';
const SHELF = 'A4:C1:38:00:00:02';

function quiet(settings: { [key: string]: string | number | boolean } = {}): WorldFile {
  const { gateway, ...rest } = quietWorld;
  return { ...rest, gateways: [{ name: 'gateway-1', board: 'esp32', position: gateway!.position, settings }] };
}

async function why(bench: Bench, tag: string): Promise<Why> {
  const answer = await bench.ask('why', { tag });
  expect(answer.error).toBeUndefined();
  return answer.why!;
}

/** Lets time pass and keeps all decisions about a tag, oldest first: more than the source does. */
class Notebook {
  readonly decisions: Decision[] = [];
  readonly messages: MessageSeen[] = [];

  constructor(
    readonly bench: Bench,
    readonly tag: string,
  ) {}

  async run(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      await this.bench.run(1);
      this.messages.push(...this.bench.of('messages').flatMap(({ messages }) => messages));
      const { decisions } = await why(this.bench, this.tag);
      const last = this.decisions.at(-1)?.time ?? -Infinity;
      this.decisions.push(...decisions.filter(({ time }) => time > last).reverse());
    }
  }

  /** Payloads of the readings that the gateway published. */
  get published(): { [field: string]: unknown }[] {
    const topic = 'tagwire/gateway-1/tags/' + this.tag.split(':').join('');
    return this.messages
      .filter((message) => message.topic === topic && message.direction === 'up')
      .map(({ payload }) => JSON.parse(payload) as { [field: string]: unknown });
  }

  causes(): string[] {
    return this.decisions.map(({ cause }) => cause);
  }

  /** The texts of decisions with a cause. */
  texts(cause: string): string[] {
    return this.decisions.filter((one) => one.cause === cause).map(({ text }) => text);
  }
}

describe('why', () => {
  it('tells for each cause what the firmware decided, and all that is reported was published', async () => {
    const bench = new Bench(quiet({ policies: 'default interval=5 heartbeat=30 temperature=0.5' }));
    const book = new Notebook(bench, FRIDGE);
    await book.run(20);
    await bench.ask('warmTag', { tag: FRIDGE, temperature: 4.3 });
    await book.run(5);
    await bench.ask('warmTag', { tag: FRIDGE, temperature: 4.6 });
    await book.run(10);
    await bench.ask('tagBattery', { tag: FRIDGE, percent: 60 });
    await book.run(10);
    // With a button it sends other fields, so the first press is the first reading with these.
    await bench.ask('pressButton', { tag: FRIDGE });
    await book.run(10);
    await bench.ask('pressButton', { tag: FRIDGE });
    await book.run(60);
    const { decisions, published } = book;

    expect(new Set(book.causes())).toEqual(new Set(['first', 'early', 'unchanged', 'changed', 'events', 'heartbeat']));
    for (const { cause, reported, step } of decisions) {
      expect(step).toBe('policy');
      expect(reported).toBe(!['early', 'unchanged'].includes(cause));
    }
    // One by one, each with the values that the decision was about.
    const reported = decisions.filter((one) => one.reported);
    expect(published).toHaveLength(reported.length);
    reported.forEach(({ fields }, i) => {
      const values = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
      for (const name of ['temperature', 'batteryPercent', 'button']) expect(published[i]![name]).toBe(values[name]);
    });
    const { tags } = bench.source.world.devices[0]!.firmware!.gateway.reporter!;
    expect(tags.advertisements[tags.find(Uint8Array.of(0xa4, 0xc1, 0x38, 0, 0, 1), 0)]).toBe(decisions.length);

    expect(book.texts('changed')).toContain('temperature 4.6 °C, 0.6 from the last report; delta 0.5');
    expect(book.texts('changed')).toContain('batteryPercent 60 %, last reported 80 %');
    expect(book.texts('events')).toEqual(['event: button press']);
    expect(book.texts('first')).toHaveLength(2);
    expect(book.texts('heartbeat')[0]).toMatch(/^3\d(\.\d)? s since the last report; heartbeat 30 s$/);
    expect(book.texts('early')[0]).toMatch(/^[01](\.\d)? s since the last report; interval 5 s$/);
    expect(book.texts('unchanged')).toContainEqual(
      expect.stringMatching(/^temperature is 0\.3 from the last report, delta 0\.5; the heartbeat is due in [\d.]+ s$/),
    );
  });

  it('has the last 20 decisions, newest first, with the rule of the tag', async () => {
    const policies = `default interval=10 heartbeat=60; ruuvi5 interval=30; ${FRIDGE} interval=2`;
    const bench = new Bench(quiet({ policies }));
    await bench.run(60);
    const { decisions, policy, gateway, tag } = await why(bench, FRIDGE);
    expect({ gateway, tag }).toEqual({ gateway: 0, tag: FRIDGE });
    expect(decisions).toHaveLength(20);
    const times = decisions.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(decisions[0]!.hex).toMatch(/^0201060[0-9a-f]16d2fc40/);
    expect(policy).toMatch(new RegExp(`^${FRIDGE} interval=2 heartbeat=60 `));
    expect((await why(bench, SHELF)).policy).toMatch(/^ruuvi5 interval=30 heartbeat=60 /);
  });

  it('asks the gateway that heard the tag last, or the one that is named', async () => {
    const { gateway: _, ...rest } = quietWorld;
    const far: WorldFile = {
      ...rest,
      gateways: [
        { name: 'far', board: 'esp32', position: [900, 0, 2] },
        { name: 'near', board: 'esp32', position: [0, 0, 2] },
      ],
    };
    const bench = new Bench(far);
    await bench.run(10);
    expect((await why(bench, FRIDGE)).gateway).toBe(1);
    const answer = await bench.ask('why', { tag: FRIDGE, gateway: 0 });
    expect(answer.why).toEqual({ tag: FRIDGE, gateway: 0, decisions: [] });
  });

  const FILTERED: [string, { [key: string]: string | number | boolean }, string, RegExp][] = [
    ['weak', { rssiFloor: -50 }, FRIDGE, /^received with -\d+ dBm, the floor is -50 dBm$/],
    ['denied', { deny: 'A4:C1:38:00:00:01' }, FRIDGE, /^its address is on the deny list$/],
    ['notAllowed', { allow: SHELF }, FRIDGE, /^its address is not on the allow list$/],
    ['unknownTag', { configuredTags: true, policies: `${SHELF} interval=5` }, FRIDGE, /configuredTags/],
    ['content', { companies: '0x0499' }, FRIDGE, /^it is of none of the companies/],
    ['duplicate', { duplicates: 'keep-oldest' }, FRIDGE, /duplicates/],
  ];

  it.each(FILTERED)('tells of the filter: %s', async (cause, settings, tag, text) => {
    const bench = new Bench(quiet(settings));
    const book = new Notebook(bench, tag);
    await book.run(30);
    const { filter } = bench.source.world.devices[0]!.firmware!.gateway.reporter!;
    const reason = filterReasonNames.indexOf(cause);
    // Of the other tag as well, where the filter keeps that out.
    const other = new Set(['weak', 'duplicate']).has(cause) ? 2 : 1;
    expect(filter.counts[reason]! / other).toBeGreaterThan(10);
    const decided = book.decisions.filter((one) => one.cause === cause);
    expect(Math.abs(decided.length - filter.counts[reason]! / other)).toBeLessThanOrEqual(1);
    for (const one of decided) {
      expect(one).toMatchObject({ step: 'filter', reported: false, fields: [] });
      expect(one.text).toMatch(text);
    }
    expect(book.published).toHaveLength(cause === 'duplicate' ? 1 : 0);
  });

  it('has a text for every reason of the filter', () => {
    expect(FILTERED.map(([cause]) => cause).sort()).toEqual(
      [...filterReasonNames.slice(1, FILTER_REASON_COUNT)].sort(),
    );
  });

  it('tells of a full table', async () => {
    const bench = new Bench(quiet({ tags: 1, interval: 60 }));
    await bench.run(20);
    const { tags } = bench.source.world.devices[0]!.firmware!.gateway.reporter!;
    expect(tags.refused).toBeGreaterThan(0);
    const all = [...(await why(bench, FRIDGE)).decisions, ...(await why(bench, SHELF)).decisions];
    const refused = all.filter(({ step }) => step === 'table');
    expect(refused.length).toBe(tags.refused);
    expect(refused[0]).toMatchObject({
      cause: 'full',
      reported: false,
      text: 'the tag table is full: 1 tags, and each was heard too recently to give way',
    });
  });

  it('tells of what no format knows, or is malformed', async () => {
    const bench = new Bench();
    await bench.run(5);
    const addresses: number[] = [];
    bench.source.world.air.observers.push({
      onHeard: (_, tag, { address }) => {
        if (tag < 0) addresses.push(parseInt(addressText(address).split(':').join(''), 16));
      },
    });
    await bench.ask('fault', { text: 'malformed+20s rate=50' });
    await bench.run(20);
    const decisions = addresses.flatMap((address) => bench.source.live.decisions[0]!.of(address, undefined));
    const undecoded = decisions.filter(({ step }) => step === 'decode');
    expect(new Set(undecoded.map(({ cause }) => cause))).toEqual(new Set(['unknown', 'malformed']));
    const texts = undecoded.map(({ text }) => text);
    expect(texts).toContain('no format knows what it sends');
    expect(texts).toContainEqual(expect.stringMatching(/^format [\w-]+: malformed$/));
    for (const one of undecoded) expect(one).toMatchObject({ reported: false, fields: [] });
  });

  it('tells when the outbox does not take a reading', async () => {
    const bench = new Bench(quiet({ outboxFull: 'newest', outbox: 1536, interval: 1, heartbeat: 1 }));
    await bench.run(5);
    await bench.ask('fault', { text: 'flashfull of=outbox' });
    await bench.ask('wifi', { gateway: 0, on: false });
    const book = new Notebook(bench, FRIDGE);
    await book.run(100);
    const refused = book.decisions.filter(({ step }) => step === 'outbox');
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({ cause: 'refused', reported: false });
    expect(refused[0]!.text).toMatch(/s since the last report; heartbeat 1 s; the outbox is full and does not take it/);
    expect(bench.state().drops['refused']).toBeGreaterThan(10);
  });

  it('goes on after a restart, where the first reading is a first one again', async () => {
    const bench = new Bench();
    const book = new Notebook(bench, FRIDGE);
    await book.run(20);
    await bench.ask('powerCut', { gateway: 0, off: 1000 });
    await book.run(10);
    expect(book.texts('first')).toEqual(
      Array(2).fill('the first reading of this tag with these fields since the start'),
    );
  });

  it('keeps a bounded number of tags', async () => {
    const bench = new Bench();
    await bench.run(30);
    const before = (await why(bench, FRIDGE)).decisions.length;
    expect(before).toBeGreaterThan(5);
    await bench.ask('fault', { text: 'storm rate=10000' });
    await bench.run(2);
    expect(bench.source.live.decisions[0]!['rings'].size).toBeLessThanOrEqual(4096);
    // Those that are heard all the time stay.
    expect((await why(bench, FRIDGE)).decisions.length).toBeGreaterThanOrEqual(before);
  });
});
