import { describeReading } from '../../tags/describe.js';
import { fieldDecimals, fieldNames } from '../../tags/field-names.js';
import type { Reading } from '../../tags/index.js';
import type { Properties } from './stored-items.js';

/** What a reading says, as text by name: `format`, `state`, the fields in the unit of each, then what identifies it. */
export function descriptionText(reading: Reading): Properties {
  const { format, formats, state, fields, ids } = describeReading(reading);
  const text: Properties = { format: formats?.join(',') ?? format, state };
  for (const name of Object.keys(fields)) {
    const value = fields[name]!;
    if (typeof value === 'number') text[name] = numberText(value, fieldDecimals[fieldNames.indexOf(name)] ?? 3);
    else if (typeof value === 'boolean') text[name] = value ? 'yes' : 'no';
    else if (value.length > 0) text[name] = typeof value === 'string' ? value : value.join(',');
  }
  return Object.assign(text, ids);
}

/** Without zeros at the end, so that it reads as it is written elsewhere. */
function numberText(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
