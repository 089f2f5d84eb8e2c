import fc from 'fast-check';
import {
  ButtonEvent,
  eventNames,
  Field,
  FormatNumber,
  NO_POLICY,
  Reading,
  ReadingState,
  State,
  STATE_COUNT,
  TagTable,
} from '../../../src/tags/index.js';
import { contentHash, parsePolicies, PolicyTable, ReportCause } from '../../../src/telemetry/index.js';
import { exceededDelta, noteReport, reportCause } from '../../../src/telemetry/report/report-cause.js';
import { anyReading } from '../readings.js';
import { describe, expect, it } from 'vitest';

const address = Uint8Array.of(1, 2, 3, 4, 5, 6);
const defaults = { minimumInterval: 1000, maximumInterval: 60000 };

function reading(set: (reading: Reading) => void): Reading {
  const made = new Reading();
  made.format = 1;
  made.state = ReadingState.ok;
  set(made);
  return made;
}

const temperature = (value: number, sequence?: number) =>
  reading((made) => {
    made.set(Field.temperature, value);
    if (sequence !== undefined) made.setSequence(sequence, 16);
  });
const button = (event: ButtonEvent, sequence?: number) =>
  reading((made) => {
    made.set(Field.button, event);
    if (sequence !== undefined) made.setSequence(sequence, 8);
  });
const state = (flag: State, on: boolean) => reading((made) => made.setState(flag, on));
const flags = (events: number) => reading((made) => made.set(Field.events, events));

/** A tag that hears and reports under one policy. */
class Tag {
  readonly policies: PolicyTable;
  readonly table: TagTable;
  readonly stream: number;

  constructor(text = 'default') {
    this.policies = new PolicyTable(parsePolicies(text, defaults));
    this.table = new TagTable(this.policies.tableOptions(1));
    this.stream = this.table.stream(this.table.update(address, 0, 0, -50), 1, 0);
  }

  /** Why `one` is reported at `now`; it is noted then. */
  hear(one: Reading, now: number): ReportCause {
    const cause = reportCause(this.policies, 0, this.table, this.stream, one, now);
    if (cause <= ReportCause.unchanged) return none;
    noteReport(this.policies, 0, this.table, this.stream, one, now);
    return cause;
  }
}

/** `none` stands for both causes of those that are not reported. */
const { none, first, events, changed, heartbeat } = {
  none: ReportCause.unchanged,
  first: ReportCause.first,
  events: ReportCause.events,
  changed: ReportCause.changed,
  heartbeat: ReportCause.heartbeat,
};

describe('reportCause', () => {
  it('says of what is not reported whether it is too early or says nothing new', () => {
    const { policies, table, stream } = new Tag('default interval=1 heartbeat=60 temperature=0.5');
    const cause = (celsius: number, now: number): ReportCause =>
      reportCause(policies, 0, table, stream, temperature(celsius), now);
    noteReport(policies, 0, table, stream, temperature(20), 0);
    expect([cause(30, 999), cause(20, 999)]).toEqual([ReportCause.early, ReportCause.early]);
    expect([cause(20.4, 1000), cause(20, 59_999)]).toEqual([ReportCause.unchanged, ReportCause.unchanged]);
    expect([cause(20.5, 1000), cause(20, 60_000)]).toEqual([changed, heartbeat]);
  });

  it('says which delta is exceeded', () => {
    const { policies, table, stream } = new Tag('default interval=1 temperature=0.5 humidity=2 pressure=off');
    const both = (celsius: number, percent: number): Reading =>
      reading((made) => {
        made.set(Field.temperature, celsius);
        made.set(Field.humidity, percent);
      });
    noteReport(policies, 0, table, stream, both(20, 50), 0);
    const exceeded = (celsius: number, percent: number): number =>
      exceededDelta(policies, 0, table, stream, both(celsius, percent));
    expect(exceeded(20.4, 51)).toBe(-1);
    expect(policies.deltaField(0, exceeded(20.5, 51))).toBe(Field.temperature);
    expect(policies.deltaField(0, exceeded(20.4, 48))).toBe(Field.humidity);
  });

  it('reports what is new after the minimum interval, and what is the same after the maximum', () => {
    const tag = new Tag();
    expect(tag.hear(temperature(20), 0)).toBe(first);
    expect(tag.hear(temperature(21), 999)).toBe(none);
    expect(tag.hear(temperature(20), 1000)).toBe(none);
    expect(tag.hear(temperature(21), 1000)).toBe(changed);
    expect(tag.hear(temperature(21), 60999)).toBe(none);
    expect(tag.hear(temperature(21), 61000)).toBe(heartbeat);
  });

  it('has no heartbeat when the maximum interval is 0', () => {
    const tag = new Tag('default heartbeat=0');
    tag.hear(temperature(20), 0);
    expect(tag.hear(temperature(20), 1e12)).toBe(none);
  });

  it('changes nothing', () => {
    const tag = new Tag('default temperature=1');
    tag.hear(temperature(20, 5), 0);
    const before = structuredClone(tag.table);
    const next = reading((made) => {
      made.set(Field.temperature, 30);
      made.set(Field.events, 3);
      made.setState(State.door, true);
    });
    expect(reportCause(tag.policies, 0, tag.table, tag.stream, next, 99999)).toBe(events);
    expect(structuredClone(tag.table)).toEqual(before);
  });

  it('reports a change of a field beyond its delta from what was reported, not from what was heard', () => {
    const tag = new Tag('default temperature=0.2 humidity=5');
    const both = (degrees: number, percent: number) =>
      reading((made) => {
        made.set(Field.temperature, degrees);
        made.set(Field.humidity, percent);
        made.set(Field.batteryPercent, 90);
      });
    expect(tag.hear(both(20, 50), 0)).toBe(first);
    expect(tag.hear(both(20.1, 50), 2000)).toBe(none);
    expect(tag.hear(both(20.19, 54), 3000)).toBe(none);
    expect(tag.hear(both(20.2, 50), 4000)).toBe(changed);
    expect(tag.hear(both(20.01, 50), 6000)).toBe(none);
    expect(tag.hear(both(20, 50), 6000)).toBe(changed);
    expect(tag.hear(both(20, 55), 8000)).toBe(changed);
  });

  it('reports any change of a field without a delta, and none of one that is off', () => {
    const tag = new Tag('default temperature=0.2 pressure=off');
    const all = (pressure: number, percent: number) =>
      reading((made) => {
        made.set(Field.temperature, 20);
        made.set(Field.pressure, pressure);
        made.set(Field.batteryPercent, percent);
      });
    tag.hear(all(1000, 90), 0);
    expect(tag.hear(all(900, 90), 2000)).toBe(none);
    expect(tag.hear(all(1000, 89), 2000)).toBe(changed);
  });

  it('does not take fields that come in turn for changes', () => {
    const tag = new Tag('default temperature=0.2 humidity=1');
    const humidity = (value: number) => reading((made) => made.set(Field.humidity, value));
    expect(tag.hear(temperature(20), 0)).toBe(first);
    expect(tag.hear(humidity(50), 1000)).toBe(changed);
    expect(tag.hear(temperature(20.1), 2000)).toBe(none);
    expect(tag.hear(humidity(50.5), 3000)).toBe(none);
    expect(tag.hear(temperature(20.3), 4000)).toBe(changed);
    expect(tag.hear(humidity(50.5), 5000)).toBe(none);
  });

  it('compares with the delta also where f32 rounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -25000, max: 170000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: -2000, max: 2000 }),
        (raw, threshold, step) => {
          const tag = new Tag('default temperature=' + threshold / 100);
          tag.hear(temperature(raw / 100), 0);
          expect(tag.hear(temperature((raw + step) / 100), 2000)).toBe(Math.abs(step) >= threshold ? changed : none);
        },
      ),
    );
  });

  it('reports event flags at once, when they come and when they go', () => {
    const tag = new Tag();
    tag.hear(flags(0), 0);
    expect(tag.hear(flags(2), 1)).toBe(events);
    expect(tag.hear(flags(2), 2)).toBe(none);
    expect(tag.hear(temperature(20), 3)).toBe(none);
    expect(tag.hear(flags(2), 4)).toBe(none);
    expect(tag.hear(flags(0), 5)).toBe(events);
  });

  it.each([State.door, State.motion, State.smoke, State.contact, State.buttonPressed, State.magnet])(
    'reports state %i at once, when it comes and when it goes',
    (flag) => {
      const tag = new Tag();
      expect(tag.hear(state(flag, false), 0)).toBe(first);
      expect(tag.hear(state(flag, false), 1)).toBe(none);
      expect(tag.hear(state(flag, true), 2)).toBe(events);
      expect(tag.hear(temperature(20), 3)).toBe(none);
      expect(tag.hear(state(flag, true), 4)).toBe(none);
      expect(tag.hear(state(flag, false), 5)).toBe(events);
    },
  );

  it('reports a state that is heard for the first time when it is true', () => {
    const tag = new Tag();
    tag.hear(temperature(20), 0);
    expect(tag.hear(state(State.door, false), 1)).toBe(none);
    expect(tag.hear(state(State.door, true), 2)).toBe(events);
    expect(tag.hear(state(State.motion, true), 3)).toBe(events);
    expect(tag.hear(state(State.door, true), 4)).toBe(none);
  });

  it.each([State.batteryLow, State.light, State.calibrating, State.asleep])('lets state %i wait', (flag) => {
    const tag = new Tag();
    tag.hear(state(flag, false), 0);
    expect(tag.hear(state(flag, true), 999)).toBe(none);
    expect(tag.hear(state(flag, true), 1000)).toBe(changed);
  });

  it('lets all events wait when the policy says so, and loses none that lasts', () => {
    const tag = new Tag('default events=no');
    tag.hear(flags(0), 0);
    expect(tag.hear(flags(2), 999)).toBe(none);
    expect(tag.hear(flags(2), 1000)).toBe(changed);
    tag.hear(button(ButtonEvent.press, 4), 2000);
    expect(tag.hear(button(ButtonEvent.press, 5), 2100)).toBe(none);
    expect(tag.hear(button(ButtonEvent.press, 5), 3000)).toBe(changed);
  });

  it('tells a second press from the first one heard again by the number', () => {
    const tag = new Tag();
    tag.hear(temperature(20, 1), 0);
    expect(tag.hear(button(ButtonEvent.press, 2), 10)).toBe(events);
    expect(tag.hear(button(ButtonEvent.press, 2), 20)).toBe(none);
    expect(tag.hear(button(ButtonEvent.press, 3), 30)).toBe(events);
    expect(tag.hear(button(ButtonEvent.none, 4), 40)).toBe(none);
  });

  it('takes a number that went back for a tag that was started anew', () => {
    const tag = new Tag();
    tag.hear(button(ButtonEvent.press, 200), 0);
    expect(tag.hear(button(ButtonEvent.press, 0), 10)).toBe(events);
    expect(tag.hear(button(ButtonEvent.press, 0), 20)).toBe(none);
  });

  it('tells presses apart by their content where there is no number', () => {
    const tag = new Tag();
    tag.hear(button(ButtonEvent.press), 0);
    expect(tag.hear(button(ButtonEvent.press), 10)).toBe(none);
    expect(tag.hear(button(ButtonEvent.doublePress), 20)).toBe(events);
    expect(tag.hear(button(ButtonEvent.press), 30)).toBe(events);
    expect(
      tag.hear(
        reading((made) => made.set(Field.dimmer, -3)),
        40,
      ),
    ).toBe(events);
  });

  it('does not report a repetition, nor a new number that says the same', () => {
    const tag = new Tag();
    tag.hear(temperature(20, 7), 0);
    for (let now = 1000; now < 60000; now += 1000) expect(tag.hear(temperature(20, 7), now)).toBe(none);
    expect(tag.hear(temperature(20, 8), 59999)).toBe(none);
  });

  it('does not lose a change that was held back, nor one under the same number', () => {
    const tag = new Tag();
    tag.hear(temperature(20, 7), 0);
    expect(tag.hear(temperature(21, 8), 500)).toBe(none);
    expect(tag.hear(temperature(21, 8), 1000)).toBe(changed);
    expect(tag.hear(temperature(22, 8), 2000)).toBe(changed);
  });

  it('works on a table without columns for events and deltas', () => {
    const policies = new PolicyTable(parsePolicies('default temperature=1', defaults));
    const table = new TagTable({ capacity: 1 });
    const stream = table.stream(table.update(address, 0, 0, -50), 1, 0);
    noteReport(policies, 0, table, stream, temperature(20, 1), 0);
    expect(reportCause(policies, 0, table, stream, state(State.door, true), 1)).toBe(ReportCause.early);
    expect(reportCause(policies, 0, table, stream, state(State.door, true), 1000)).toBe(changed);
    expect(reportCause(policies, 0, table, stream, button(ButtonEvent.press, 1), 1)).toBe(events);
  });

  it('has a bit for every event', () => {
    expect(eventNames.length).toBeLessThanOrEqual(8);
    expect(STATE_COUNT).toBeLessThanOrEqual(56);
  });

  it('reports no reading twice in a row without an interval between, whatever it is', () => {
    fc.assert(
      fc.property(anyReading, (one) => {
        const tag = new Tag('default temperature=0.5 pressure=off co2=10');
        expect(tag.hear(one, 0)).toBe(first);
        expect(tag.hear(one, 59999)).toBe(none);
      }),
      { numRuns: 500 },
    );
  });
});

/** Tags whose readings are told apart by their fields, as a gateway does. */
class Tags {
  readonly policies: PolicyTable;
  readonly table: TagTable;

  constructor(text: string, capacity = 1) {
    this.policies = new PolicyTable(parsePolicies(text, defaults));
    this.table = new TagTable(this.policies.tableOptions(capacity));
    this.policies.configureTags(this.table);
  }

  hear(one: Reading, now: number, tag = 6): ReportCause {
    const { policies, table } = this;
    const index = table.update(Uint8Array.of(1, 2, 3, 4, 5, tag), 0, now, -50);
    const stream = table.stream(index, one.format, one.fieldSet());
    const policy = policies.choose(table.ownPolicy[index]!, one.format);
    const cause = reportCause(policies, policy, table, stream, one, now);
    if (cause <= ReportCause.unchanged) return none;
    noteReport(policies, policy, table, stream, one, now);
    return cause;
  }
}

const humidity = (value: number) => reading((made) => made.set(Field.humidity, value));
const both = (degrees: number, percent: number) =>
  reading((made) => {
    made.set(Field.temperature, degrees);
    made.set(Field.humidity, percent);
  });

describe('a tag that sends its values in several packets', () => {
  it('has an interval, a change and a heartbeat of its own for each set of fields', () => {
    const tags = new Tags('default interval=0.9 heartbeat=60');
    const causes = { temperature: [] as ReportCause[], humidity: [] as ReportCause[] };
    for (let second = 0; second < 12; second++) {
      causes.temperature.push(tags.hear(temperature(20), 1000 * second));
      causes.humidity.push(tags.hear(humidity(50), 1000 * second + 500));
    }
    expect(causes.temperature).toEqual([first, ...Array<ReportCause>(11).fill(none)]);
    expect(causes.humidity).toEqual([first, ...Array<ReportCause>(11).fill(none)]);
    expect(tags.hear(humidity(51), 12000)).toBe(changed);
    expect(tags.hear(temperature(20), 12500)).toBe(none);
    expect(tags.hear(temperature(20), 60000)).toBe(heartbeat);
    expect(tags.hear(humidity(51), 60500)).toBe(none);
  });

  it('tells apart packets that differ in the states that they know', () => {
    const tags = new Tags('default interval=1 events=no');
    expect(tags.hear(state(State.batteryLow, false), 0)).toBe(first);
    expect(tags.hear(state(State.led, true), 0)).toBe(first);
    expect(tags.hear(state(State.light, true), 0)).toBe(first);
    expect(tags.hear(state(State.batteryLow, false), 5000)).toBe(none);
    expect(tags.hear(state(State.light, true), 5000)).toBe(none);
    expect(tags.hear(state(State.led, false), 5000)).toBe(changed);
  });

  it('is not reported more often than its interval allows, however many sets there are', () => {
    const tags = new Tags('default interval=10 heartbeat=0');
    const sets = Array.from({ length: 12 }, (_, i) => reading((made) => made.set(Field.pm1 + i, 1)));
    let reports = 0;
    for (let i = 0; i < 1200; i++) if (tags.hear(sets[i % 12]!, 100 * i) !== none) reports++;
    // 120 seconds, four streams.
    expect(reports).toBeLessThanOrEqual(4 * 13);
    expect(reports).toBeGreaterThan(12);
  });
});

describe('the rows of reported values', () => {
  it('are those of tags whose policy has deltas, and are free again when a tag gives way', () => {
    const tags = new Tags('ruuvi5 temperature=1', 2);
    expect(tags.table.reportedValues).toHaveLength(2);
    const ruuvi = (degrees: number) =>
      reading((made) => {
        made.format = FormatNumber.ruuvi5;
        made.set(Field.temperature, degrees);
      });
    for (let tag = 10; tag < 20; tag++) {
      const now = 10000 * tag;
      expect(tags.hear(ruuvi(20), now, tag)).toBe(first);
      expect(tags.hear(ruuvi(20.9), now + 5000, tag)).toBe(none);
      expect(tags.hear(ruuvi(21), now + 5000, tag)).toBe(changed);
    }
    expect(tags.table.rowsRefused).toBe(0);
  });

  it('are two for each address when only addresses have deltas', () => {
    const text = '01:02:03:04:05:06 temperature=1 pressure=off; 01:02:03:04:05:07 humidity=1 temperature=2';
    const tags = new Tags(text, 50);
    // Two finite deltas at most.
    expect(tags.table.reportedValues).toHaveLength(4 * 2);
    expect(new Tags(text, 1).table.reportedValues).toHaveLength(4 * 2);
    expect(new Tags('default pressure=off').table.reportedValues).toBeUndefined();
    tags.hear(temperature(20), 0, 6);
    expect(tags.hear(temperature(20.9), 2000, 6)).toBe(none);
    tags.hear(temperature(20), 0, 7);
    expect(tags.hear(temperature(21.9), 2000, 7)).toBe(none);
    expect(tags.hear(temperature(22), 2000, 7)).toBe(changed);
  });

  it('are refused when there are none left: counted, and every change is reported then', () => {
    const tags = new Tags('default temperature=1 humidity=off');
    expect(tags.hear(temperature(20), 0)).toBe(first);
    expect(tags.table.rowsRefused).toBe(0);
    expect(tags.hear(both(20, 50), 0)).toBe(first);
    expect(tags.table.rowsRefused).toBe(1);
    expect(tags.hear(temperature(20.1), 2000)).toBe(none);
    expect(tags.hear(both(20, 55), 2000)).toBe(none);
    expect(tags.hear(both(20.1, 50), 2000)).toBe(changed);
  });
});

describe('contentHash', () => {
  const policies = new PolicyTable(parsePolicies('default temperature=1', defaults));
  const hash = (one: Reading) => contentHash(one, policies, 0, 1);

  it('differs when anything but what is left out differs', () => {
    const base = reading((made) => made.set(Field.voltage, 50));
    const others = [
      reading((made) => made.set(Field.voltage, 50.005)),
      reading((made) => made.set(Field.voltage, -50)),
      reading((made) => made.set(Field.pressure, 50)),
      reading(() => undefined),
      reading((made) => {
        made.set(Field.voltage, 50);
        made.set(Field.batteryPercent, 0);
      }),
      reading((made) => {
        made.set(Field.voltage, 50);
        made.state = ReadingState.encrypted;
      }),
      reading((made) => {
        made.set(Field.voltage, 50);
        made.format = 2;
      }),
      reading((made) => {
        made.set(Field.voltage, 50);
        made.setIdentity(6, address, 0, 3);
      }),
      reading((made) => made.set(Field.voltage, 50 + 2 ** 32)),
      reading((made) => made.set(Field.voltage, 50 + 2 ** 40)),
    ];
    expect(new Set([base, ...others].map(hash)).size).toBe(others.length + 1);
  });

  it('leaves out what changes by itself, and what has a delta', () => {
    const with5 = (uptime: number) =>
      reading((made) => {
        made.set(Field.humidity, 50);
        made.set(Field.uptime, uptime);
        made.set(Field.advertisementCount, uptime);
        made.set(Field.temperature, uptime);
        made.setSequence(uptime, 16);
      });
    expect(hash(with5(1))).toBe(hash(with5(2)));
    expect(hash(with5(1))).toBe(hash(reading((made) => made.set(Field.humidity, 50))));
  });

  it('tells apart what differs in one value', () => {
    const value = fc.oneof(
      fc.integer({ min: -0x8000, max: 0xffff }).map((raw) => raw / 200),
      fc.nat(2 ** 40),
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const of = (number: number) => hash(reading((made) => made.set(Field.voltage, number)));
        expect(of(a) === of(b)).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('PolicyTable', () => {
  const policies = new PolicyTable(
    parsePolicies('ruuvi5,mikrotik interval=30; 010203040506 interval=5; 010203040507 010203040508', defaults),
  );

  it("chooses the tag's own policy, else the format's, else the default", () => {
    expect(policies.size).toBe(4);
    expect(policies.choose(NO_POLICY, 1)).toBe(1);
    expect(policies.choose(NO_POLICY, 9)).toBe(1);
    expect(policies.choose(NO_POLICY, 10)).toBe(0);
    expect(policies.choose(2, 1)).toBe(2);
    expect(policies.choose(77, 1)).toBe(1);
    expect(policies.choose(NO_POLICY, 200)).toBe(0);
  });

  it('gives the tags that have one their place, and says how many found none', () => {
    const table = new TagTable({ capacity: 2 });
    expect(policies.configureTags(table)).toBe(1);
    expect(table.ownPolicy[table.find(address, 0)]).toBe(2);
    expect(table.configuredCount).toBe(2);
    expect(new PolicyTable([defaults]).configureTags(table)).toBe(0);
  });

  it.each([
    [[], 'there must be 1 to 32 report policies, got 0'],
    [Array(33).fill(defaults), 'there must be 1 to 32 report policies, got 33'],
    [[defaults, { minimumInterval: -1, maximumInterval: 0 }], 'report policy 1: minimum interval must be 0 ms or more'],
    [[{ minimumInterval: 5e9, maximumInterval: 0 }], 'report policy 0: intervals must be at most 4294967295 ms'],
    [[{ ...defaults, formats: [64] }], 'report policy 0: format must be an integer from 1 to 63, got 64'],
    [[{ ...defaults, addresses: [new Uint8Array(5)] }], 'report policy 0: an address must have 6 bytes, got 5'],
    [[{ ...defaults, deltas: [{ field: 0, threshold: 0 }] }], 'report policy 0: a threshold must be above 0, got 0'],
    [
      [{ ...defaults, deltas: [{ field: 999, threshold: 1 }] }],
      'report policy 0: field must be an integer from 0 to 115, got 999',
    ],
    [
      [{ ...defaults, deltas: Array(9).fill({ field: 1, threshold: 1 }) }],
      'report policy 0: there may be 8 deltas, got 9',
    ],
  ])('refuses rules %#', (rules, message) => {
    expect(() => new PolicyTable(rules)).toThrow(message);
  });
});
