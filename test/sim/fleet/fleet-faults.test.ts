import { describe, expect, it } from 'vitest';
import { parseFleetFaults } from '../../../sim/fleet/fleet-faults.js';

describe('parseFleetFaults', () => {
  it('reads kinds with a time or a rate, a length and a share', () => {
    expect(parseFleetFaults('reset@30s, wifigone@1m+20s devices=50%, halfopen every=10m,powercut+1m every=1h')).toEqual(
      [
        { kind: 'reset', at: 30_000, every: undefined, for: 10_000, share: 1 },
        { kind: 'wifigone', at: 60_000, every: undefined, for: 20_000, share: 0.5 },
        { kind: 'halfopen', at: undefined, every: 600_000, for: 10_000, share: 1 },
        { kind: 'powercut', at: undefined, every: 3_600_000, for: 60_000, share: 1 },
      ],
    );
    expect(parseFleetFaults('')).toEqual([]);
  });

  it.each([
    ['flood@1s', /"flood@1s": the faults of a fleet are reset, halfopen, wifigone, powercut/],
    ['reset', /it must have either @TIME or every=TIME/],
    ['reset@1s every=2s', /it must have either @TIME or every=TIME/],
    ['reset@1s+2s', /reset happens at a moment and has no length/],
    ['reset@soon', /the time must be such as 30s, got "soon"/],
    ['wifigone@1s+0s', /the length must be such as 20s/],
    ['reset@1s devices=101%', /parameters must be every=TIME and devices=PERCENT%, got "devices=101%"/],
    ['reset every=0s', /every must be a time such as 10m, got "0s"/],
    ['@1s', /it must be KIND@TIME/],
  ])('refuses %s', (text, message) => {
    expect(() => parseFleetFaults(text)).toThrow(message);
  });
});
