import {
  ButtonEvent,
  describeReading,
  Field,
  FIELD_COUNT,
  fieldNames,
  FORMATS_SIZE,
  IDENTITY_KIND_COUNT,
  IDENTITY_SIZE,
  MAX_FIELDS,
  READING_STATE_COUNT,
  ReadingState,
  STATE_COUNT,
} from '../../../src/tags/index.js';
import type { Reading } from '../../../src/tags/index.js';

/** Least and most of the fields whose range `field.ts` states, and those of the bits it names. Whole numbers only. */
const RANGES = new Map<Field, [least: number, most: number]>([
  [Field.batteryPercent, [0, 100]],
  [Field.major, [0, 65535]],
  [Field.minor, [0, 65535]],
  [Field.events, [0, 0x3f]],
  [Field.states, [0, 0xffffffff]],
  [Field.statesKnown, [0, 0xffffffff]],
  [Field.moreStates, [0, 2 ** (STATE_COUNT - 32) - 1]],
  [Field.moreStatesKnown, [0, 2 ** (STATE_COUNT - 32) - 1]],
  [Field.company, [0, 65535]],
  [Field.button, [ButtonEvent.none, ButtonEvent.release]],
  [Field.button2, [ButtonEvent.none, ButtonEvent.release]],
  [Field.button3, [ButtonEvent.none, ButtonEvent.release]],
  [Field.button4, [ButtonEvent.none, ButtonEvent.release]],
]);

/** What no reading may be, whatever was on air; one line each, none for a sane one. */
export function readingFaults(reading: Reading): string[] {
  const faults: string[] = [];
  const expect = (sane: boolean, text: string): void => {
    if (!sane) faults.push(text);
  };
  let fields = 0;
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    fields++;
    const value = reading.get(field);
    expect(field < FIELD_COUNT, `field ${field}`);
    expect(Number.isFinite(value) && !Object.is(value, -0), `${fieldNames[field]} ${value}`);
    const range = RANGES.get(field);
    if (range) {
      // Percentages are measured in fractions by some.
      const whole = field === Field.batteryPercent || Number.isInteger(value);
      expect(whole && value >= range[0] && value <= range[1], `${fieldNames[field]} ${value}`);
    }
  }
  expect(fields === reading.fieldCount && fields <= MAX_FIELDS, `${reading.fieldCount} fields, ${fields} there`);
  const { state, identityKind, identityLength, sequenceBits } = reading;
  expect(state >= 0 && state < READING_STATE_COUNT, `state ${state}`);
  expect(
    reading.format === 0 ? state === ReadingState.none : state !== ReadingState.none,
    `format with state ${state}`,
  );
  expect(reading.formatCount <= FORMATS_SIZE, `${reading.formatCount} formats`);
  expect(identityKind < IDENTITY_KIND_COUNT && identityLength <= IDENTITY_SIZE, `identity of ${identityLength} bytes`);
  expect((reading.get(Field.states) & ~reading.get(Field.statesKnown)) === 0, 'a state that is not known');
  expect((reading.get(Field.moreStates) & ~reading.get(Field.moreStatesKnown)) === 0, 'a state that is not known');
  const sequence = reading.get(Field.sequence);
  expect(Number.isInteger(sequence) && sequence >= 0 && sequence < 2 ** sequenceBits, `sequence ${sequence}`);
  expect(sequenceBits <= 48, `${sequenceBits} bits of sequence`);
  for (const value of Object.values(describeReading(reading).fields)) {
    expect(typeof value !== 'number' || Number.isFinite(value), 'a description that is no number');
  }
  return faults;
}
