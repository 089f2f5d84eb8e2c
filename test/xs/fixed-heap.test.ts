import { beforeAll, describe, expect, it } from 'vitest';
import { ESP32, ESP8266 } from './chip.js';
import type { Chip } from './chip.js';
import { requireXs } from './host/require.js';
import { fits, measureFirmware, runHour, runSetters } from './measure-firmware.js';
import type { Hour } from './measure-firmware.js';

/** The kinds of outage follow each other, one a minute; so minutes that are this far apart are alike. */
const CYCLE = 5;
/** By then the number of the session, which is in will and status, has its two digits. */
const SETTLED = 2 * CYCLE;

describe.each([ESP8266, ESP32])('the firmware of $name, an hour in a heap of its budget', (chip: Chip) => {
  requireXs(32)('', () => {
    let hour: Hour;

    beforeAll(async () => {
      hour = await runHour(chip);
    }, 300_000);

    it('meets an outage each minute', () => {
      expect(hour.outages).toBe(60);
      expect(hour.connects).toBeGreaterThan(60);
    });

    it('delivers every reading, in order', () => {
      const { accepted, dropped, acknowledged, events, arrived, outOfOrder, inFlight } = hour;
      expect(dropped).toBe(0);
      expect({ acknowledged, arrived, outOfOrder, inFlight }).toEqual({
        acknowledged: accepted,
        arrived: accepted - events,
        outOfOrder: 0,
        inFlight: 0,
      });
      if (chip === ESP32) expect(arrived).toBeGreaterThan(5000);
    });

    it('tells of each tag that it arrived, and at the end that it is away', () => {
      expect(hour.events).toBe(chip === ESP32 ? 2 * 64 : 0);
    });

    it('answers RPC calls', () => {
      expect(hour.calls).toBeGreaterThan(60);
      // An answer that was not acknowledged before an outage comes again.
      expect(hour.answers).toBeGreaterThanOrEqual(hour.calls);
    });

    it('publishes', () => {
      expect(hour.publishes).toBeGreaterThan(60);
    });

    it('does not grow', () => {
      const first = hour.minutes.slice(SETTLED, SETTLED + CYCLE);
      const last = hour.minutes.slice(-CYCLE);
      const most = (minutes: typeof first, of: 'peakSlots' | 'peakChunkBytes'): number =>
        Math.max(...minutes.map((minute) => minute[of]));
      expect(most(last, 'peakSlots')).toBeLessThanOrEqual(most(first, 'peakSlots'));
      // A number in a text of the log may have got one more digit.
      expect(most(last, 'peakChunkBytes')).toBeLessThanOrEqual(most(first, 'peakChunkBytes') + 8);
      const held = last.map(({ slots, chunkBytes }) => ({ slots, chunkBytes }));
      expect(held).toEqual(first.map(({ slots, chunkBytes }) => ({ slots, chunkBytes })));
    });
  });
});

requireXs(32)('the firmware of esp8266 at other clouds', () => {
  it.each(['startEsp8266ThingsBoard', 'startEsp8266HomeAssistant'] as const)(
    'runs an hour in its block: %s',
    async (start) => {
      const chip = { ...ESP8266, start };
      expect(chip.freeBytes(await measureFirmware(chip))).toBeGreaterThanOrEqual(10_240);
      const { outages, calls, publishes, connects } = await runHour(chip);
      expect(outages).toBe(60);
      expect(connects).toBeGreaterThan(60);
      // Each call has an answer.
      expect(publishes).toBeGreaterThan(60 + calls);
      expect(calls).toBeGreaterThan(60);
    },
    300_000,
  );

  it.each(['startEsp8266ThingsBoard', 'startEsp8266HomeAssistant'] as const)(
    'takes every call that sets something, in its heap and on its stack: %s',
    async (start) => {
      expect((await runSetters({ ...ESP8266, start })).calls).toBe(5);
    },
  );
});

describe.each([ESP8266, ESP32])('the firmware of $name', (chip: Chip) => {
  requireXs(32)('', () => {
    it('takes every call that sets something, in its heap and on its stack', async () => {
      // Results: configuration.get and set, statistics, and policy.set where there are tags; the rest are errors.
      expect(await runSetters(chip)).toEqual({ calls: 5, results: chip === ESP32 ? 4 : 3 });
    });
  });
});

requireXs(32)('a firmware', () => {
  it('that finds too little memory does not fit', async () => {
    expect(await fits({ ...ESP32, fixed: { ...ESP32.fixed!, chunkBytes: 8192 } })).toBe(false);
    expect(await fits({ ...ESP32, fixed: { ...ESP32.fixed!, slots: 256 } })).toBe(false);
  });

  it('that finds too small a block does not fit', async () => {
    expect(await fits({ ...ESP8266, block: ESP8266.block! - 12288 })).toBe(false);
  });

  it('that finds too small a stack does not fit', async () => {
    expect(await fits({ ...ESP32, stack: 64 })).toBe(false);
  });
});
