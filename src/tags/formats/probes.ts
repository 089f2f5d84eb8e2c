import { Field } from '../field.js';

/** The field for the temperature of probe or sensor `index`, 0 to 7, whichever others are there. */
export function probeTemperature(index: number): Field {
  return index === 0 ? Field.temperature : Field.temperature2 + index - 1;
}
