import { describe, expect, it } from 'vitest';
import { faultText, parseLength } from '../../../sim/page/parts/fault-text.js';
import { amountText, countText, latencyText, shareText } from '../../../sim/page/parts/format.js';
import { onLines, placeOfError } from '../../../sim/page/parts/policy-error.js';
import { historySpan, sparkOf } from '../../../sim/page/parts/spark.js';
import { parsePolicies } from '../../../src/telemetry/report/policy-text.js';

describe('values for people', () => {
  it.each([
    [countText(0), '0.0 s'],
    [countText(-5), '0.0 s'],
    [countText(3240), '3.2 s'],
    [countText(9960), '10 s'],
    [countText(185_000), '3 min 5 s'],
    [latencyText(8.6), '9 ms'],
    [latencyText(1254), '1.25 s'],
    [latencyText(9996), '10 s'],
    [amountText(9812, 'B'), '9,812 B'],
    [amountText(15_565, 'B'), '15.2 KiB'],
    [amountText(3_250_586, 'B'), '3.1 MiB'],
    [amountText(21_546_139_648, 'B'), '20.1 GiB'],
    [amountText(100_000, 'reports'), '100,000 reports'],
    [amountText(1, 'reports'), '1 report'],
    [amountText(1, 'ms'), '1 ms'],
    [shareText(3, 16, 'messages'), '3 of 16 messages'],
    [shareText(812, 65_536, 'B'), '812 B of 64 KiB'],
    [shareText(4, undefined, 'timers'), '4 timers'],
  ])('%s', (text, wanted) => {
    expect(text).toBe(wanted);
  });
});

describe('the text of a fault', () => {
  const slow = { kind: 'slow', what: '', lasts: true, parameters: { gateway: '0', bytes: '1' } };

  it('has the length and what is not as usual', () => {
    expect(faultText(slow, { length: '1m', parameters: { gateway: '0', bytes: '16' } })).toBe('slow+1m bytes=16');
    expect(faultText(slow, { length: ' ', parameters: { gateway: '2', bytes: '' } })).toBe('slow gateway=2');
  });

  it.each([
    ['5s', 5000],
    ['-30m', -1_800_000],
    ['+1.5 h', 5_400_000],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['5', undefined],
    ['s', undefined],
    ['', undefined],
  ])('reads the time %j', (text, milliseconds) => {
    expect(parseLength(text)).toBe(milliseconds);
  });
});

describe('the place of an error in policies', () => {
  function place(text: string): string | undefined {
    try {
      parsePolicies(text, { minimumInterval: 1000, maximumInterval: 60_000 });
    } catch (error) {
      const found = placeOfError((error as Error).message, text);
      return found && `${found.line}:${found.column} ${text.slice(found.from, found.to)}`;
    }
    return undefined;
  }

  it.each([
    ['interval=5', '1:1 interval=5'],
    ['default interval=10\nruuvi5 interval=x humidity=1', '2:8 interval=x'],
    ['default interval=10; ruuvi5 temperature=0.2; ruuvi5 humidity=1', '1:46 ruuvi5'],
    ['default interval=10 ' + 'y'.repeat(60) + '=1; ruuvi5 interval=1', '1:21 ' + 'y'.repeat(60) + '=1'],
    ['default interval=10\n\n  "quoted" interval=1', '3:3 "quoted"'],
  ])('in %j is that of the firmware', (text, wanted) => {
    expect(place(text)).toBe(wanted);
  });

  it('is not known of other errors, or of a text that was not sent', () => {
    expect(placeOfError('gateway-1 has no power', 'default')).toBeUndefined();
    expect(placeOfError('policies, character 90: "x" must be', 'default')).toBeUndefined();
  });

  it('policies have a line each, and mean the same', () => {
    const text = 'default interval=10 heartbeat=60; ruuvi5 interval=30 temperature=0.2';
    expect(onLines(text)).toBe('default interval=10 heartbeat=60\nruuvi5 interval=30 temperature=0.2');
    const defaults = { minimumInterval: 1000, maximumInterval: 60_000 };
    expect(parsePolicies(onLines(text), defaults)).toEqual(parsePolicies(text, defaults));
  });
});

describe('the history of a meter', () => {
  const view = { now: 600_000, span: 600_000, width: 100, height: 10 };

  it('is ten minutes of the person: more of the world where that is faster', () => {
    expect(historySpan(1)).toBe(600_000);
    expect(historySpan(undefined)).toBe(600_000);
    expect(historySpan(0.1)).toBe(600_000);
    expect(historySpan(60)).toBe(36_000_000);
  });

  it('holds a value until the next one', () => {
    const { line, least, most } = sparkOf([0, 300_000], [0, 10], { ...view, maximum: 10 });
    expect(line).toBe('M0 10.0L50 10.0L50 0.0L100 0.0');
    expect([least, most]).toEqual([0, 10]);
  });

  it('loses no peak of a column', () => {
    const times = Array.from({ length: 10_000 }, (_, i) => i * 60);
    const values = times.map((_, i) => (i === 5003 ? 100 : 1));
    const { line, most } = sparkOf(times, values, { ...view, maximum: 100 });
    expect(most).toBe(100);
    expect(line).toContain('L50 0.0');
    expect(line.length).toBeLessThan(100 * 40);
  });

  it('leaves out what is older, and is empty without points', () => {
    const { least, most } = sparkOf([0, 100, 1_000_000], [99, 5, 6], { ...view, now: 1_200_000 });
    expect([least, most]).toEqual([5, 6]);
    expect(sparkOf([], [], view).line).toBe('');
  });
});
