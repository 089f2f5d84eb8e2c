import { describe, expect, it } from 'vitest';
import {
  bitFlip,
  connectionReset,
  flashFull,
  powerCut,
  randomWorld,
  run,
  VirtualWorld,
  wifiGone,
} from '../../../../sim/virtual/index.js';
import type { Fault, ReceivedMessage } from '../../../../sim/virtual/index.js';

const MINUTE = 60_000;

/** Runs 20 minutes with the default rules, changes the books, and returns the names of the rules that broke. */
async function judged(
  change: (received: ReceivedMessage[], simulation: VirtualWorld) => void,
  faults: readonly Fault[] = [],
): Promise<string[]> {
  const world = randomWorld(7);
  world.gateways[0]!.settings['interval'] = 30;
  const simulation = new VirtualWorld(world, faults, 7);
  await simulation.runUntil(20 * MINUTE);
  change(simulation.ledger.received, simulation);
  return [...new Set(simulation.finish().broken.map(({ rule }) => rule))];
}

function readings(received: readonly ReceivedMessage[], address?: string): ReceivedMessage[] {
  return received.filter(({ topic }) => topic.includes('/tags/' + (address ?? '')));
}

function withPayload(message: ReceivedMessage, change: (text: string) => string): ReceivedMessage {
  return { ...message, payload: Buffer.from(change(Buffer.from(message.payload).toString())) };
}

function replace(received: ReceivedMessage[], message: ReceivedMessage, by: ReceivedMessage): void {
  received[received.indexOf(message)] = by;
}

describe('the rules of delivery', () => {
  it('hold in a clean day with 20 tags', { timeout: 60_000 }, async () => {
    expect((await run(randomWorld(7), [], 7, { hours: 24 })).broken).toEqual([]);
  });

  it('hold with resets and power cuts', async () => {
    const faults = [connectionReset(5 * MINUTE), powerCut(8 * MINUTE), powerCut(12 * MINUTE, 0, 2, 60_000)];
    expect(await judged(() => {}, faults)).toEqual([]);
  });

  it('hold when a backlog leaves while the flash fails, and the power is cut when it works again', async () => {
    const faults = [wifiGone(2 * MINUTE, 6 * MINUTE), flashFull(7 * MINUTE, 4 * MINUTE), powerCut(17 * MINUTE)];
    const broken = await judged(({ length }) => expect(length).toBeGreaterThan(300), faults);
    expect(broken).toEqual([]);
  });

  it('let what was acknowledged while the flash failed come again after a power cut in that time', async () => {
    const faults = [wifiGone(2 * MINUTE, 6 * MINUTE), flashFull(7 * MINUTE, 6 * MINUTE), powerCut(11 * MINUTE)];
    let again = 0;
    const broken = await judged((received) => {
      const ids = readings(received).map(
        ({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as { id: string }).id,
      );
      again = ids.length - new Set(ids).size;
    }, faults);
    expect(again).toBeGreaterThan(50);
    expect(broken).toEqual([]);
  });

  it('find a report that did not come', async () => {
    const lost = await judged((received) => void received.splice(received.indexOf(readings(received)[30]!), 1));
    expect(lost).toEqual(['lost']);
  });

  it('find more losses than a power cut may cause', async () => {
    const lost = await judged(
      (received) =>
        readings(received)
          .slice(20, 50)
          .forEach((message) => received.splice(received.indexOf(message), 1)),
      [powerCut(10 * MINUTE)],
    );
    expect(lost).toEqual(['lost']);
  });

  it('find a loss that is too old for a power cut', async () => {
    const lose = (received: ReceivedMessage[]): void => {
      received.splice(received.indexOf(readings(received)[30]!), 1);
    };
    expect(await judged(lose, [powerCut(15 * MINUTE)])).toEqual(['lost']);
  });

  it('do not find a loss whose drop was counted', async () => {
    const lost = await judged((received, simulation) => {
      received.splice(received.indexOf(readings(received)[30]!), 1);
      simulation.devices[0]!.firmware!.gateway.reporter!.outbox.refusedCount++;
    });
    expect(lost).toEqual([]);
  });

  it('find records that were in memory for longer than persist when the power was cut', async () => {
    const faults: Fault[] = [
      {
        kind: 'test',
        at: 9 * MINUTE,
        install: ({ devices, internet }) => {
          // Nothing is acknowledged, and the outbox is not told of the time.
          for (const server of internet.servers) server.state = 'silent';
          for (const connection of [...devices[0]!.connections]) connection.halfOpen();
          devices[0]!.firmware!.gateway.reporter!.outbox.tick = () => {};
          Object.assign(devices[0]!.firmware!.gateway.reporter!.outbox, { spillWhenDue: () => {} });
        },
      },
      powerCut(10 * MINUTE),
    ];
    expect(await judged(() => {}, faults)).toContain('persist');
  });

  it('find a report that comes twice on one connection', async () => {
    const broken = await judged((received) => void received.push(readings(received)[30]!));
    expect(broken).toEqual(['duplicate']);
  });

  it('allow what was in flight to come again on the next connection, and no more', async () => {
    const again = (count: number) => (received: ReceivedMessage[]) => {
      for (const message of readings(received).slice(0, count)) received.push({ ...message, connection: 2, dup: true });
    };
    expect(await judged(again(8))).toEqual([]);
    expect(await judged(again(17))).toEqual(['duplicate']);
  });

  describe('when a bit of the log turns over while the flash fails', () => {
    const failing = [wifiGone(2 * MINUTE, 6 * MINUTE), flashFull(7 * MINUTE, 6 * MINUTE)];
    /** In a record behind those that are sent first: byte 1,794 of the partition. */
    const flip = bitFlip(7.5 * MINUTE, 0, 'outbox', 8 * 1794 + 2);

    it.each([0, 30_000])('hold, also with a power cut of %d ms', async (off) => {
      const faults = [...failing, flip, ...(off > 0 ? [powerCut(11 * MINUTE, 0, 0, off)] : [])];
      expect(await judged(({ length }) => expect(length).toBeGreaterThan(300), faults)).toEqual([]);
    });

    /** Sends the first report again that came after `time`, on its connection. */
    const againFrom = (time: number) => (received: ReceivedMessage[]) =>
      void received.push({ ...readings(received).find((message) => message.time > time)! });

    it('let what was acknowledged in that time come again, and nothing else', async () => {
      expect(await judged(againFrom(9 * MINUTE), [...failing, flip])).toEqual([]);
      expect(await judged(againFrom(MINUTE), [...failing, flip])).toEqual(['duplicate']);
      expect(await judged(againFrom(9 * MINUTE), failing)).toEqual(['duplicate']);
    });
  });

  it('find a report that comes again with another payload, but for its time', async () => {
    const again = (change: (text: string) => string) => (received: ReceivedMessage[]) =>
      void received.push({ ...withPayload(readings(received)[3]!, change), connection: 2 });
    expect(
      await judged(again((text) => text.replace(/"time":\d+/, '"time":1790000000000,"timeEstimated":true'))),
    ).toEqual([]);
    expect(await judged(again((text) => text.replace('"temperature":', '"temperature":1')))).toEqual(['torn']);
  });

  it('find readings of a tag out of order', async () => {
    const broken = await judged((received) => {
      const [, , a, b, c] = readings(received, readings(received)[0]!.topic.slice(-12));
      const places = [a!, b!, c!].map((message) => received.indexOf(message));
      [c!, b!, a!].forEach((message, i) => (received[places[i]!] = message));
    });
    expect(broken).toEqual(['order']);
  });

  it('let the backlog come behind fresh readings', async () => {
    const broken = await judged((received) => {
      const [, a, b, c, d] = readings(received, readings(received)[0]!.topic.slice(-12));
      const places = [a!, b!, c!, d!].map((message) => received.indexOf(message));
      [c!, a!, d!, b!].forEach((message, i) => (received[places[i]!] = message));
    });
    expect(broken).toEqual([]);
  });

  it.each([
    ['that is cut off', (text: string) => text.slice(0, -1)],
    ['of another tag', (text: string) => text.replace(/"address":"../, '"address":"00')],
    ['without an id', (text: string) => text.replace('"id"', '"ix"')],
    ['that was never made', (text: string) => text.replace(/"id":"1\/\d+"/, '"id":"1/999999"')],
  ])('find a report %s', async (_, change) => {
    const broken = await judged((received) => {
      const message = readings(received)[30]!;
      replace(received, message, withPayload(message, change));
    });
    expect(broken).toContain('torn');
  });
});
