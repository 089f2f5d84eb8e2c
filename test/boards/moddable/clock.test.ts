import { ModdableClock } from '../../../boards/moddable/platform.js';
import { describe, expect, it } from 'vitest';

describe('ModdableClock', () => {
  it('counts on when the ticks of a chip wrap', () => {
    // Time.ticks is a signed number of 32 bits: after 2147483647 comes -2147483648.
    let uptime = 0x7ffffff0;
    const clock = new ModdableClock({
      get ticks() {
        return uptime | 0;
      },
    });
    let expected = 0;
    for (let i = 0; i < 300; i++) {
      uptime += 86400000;
      expected += 86400000;
      expect(clock.now()).toBe(expected);
    }
  });

  it('does not go back when somebody sets the time of a desktop back', () => {
    const time = { ticks: 1790000000000.25 };
    const clock = new ModdableClock(time);
    time.ticks += 5000;
    expect(clock.now()).toBe(5000);
    time.ticks -= 3600000;
    expect(clock.now()).toBe(5000);
    time.ticks += 1000;
    expect(clock.now()).toBe(6000);
  });

  it('knows no time of day as long as it lies in the past', () => {
    const clock = new ModdableClock({ ticks: 0 });
    const now = Date.now;
    try {
      // Where an ESP8266 begins, and an ESP32.
      for (const start of [819195899000, 0, 1704067199999]) {
        Date.now = () => start;
        expect(clock.unixTime()).toBe(0);
      }
      Date.now = () => 1790000000123;
      expect(clock.unixTime()).toBe(1790000000123);
    } finally {
      Date.now = now;
    }
  });
});
