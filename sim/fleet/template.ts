import { BadInput, showValue } from '../bad-input.js';

/** What a template is filled with. */
export interface TemplateValues {
  readonly name: string;
  readonly number: number;
  readonly prefix: string;
  /** Messages of the device before this one. */
  readonly counter: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const FIELDS = ['name', 'number', 'prefix', 'counter', 'time', 'isotime'] as const;
type FieldName = (typeof FIELDS)[number];
/** Texts at even places, fields at odd ones. Braces around anything else, such as those of JSON, are text. */
const FIELD = /\{([a-z]+(?::[^{}]*)?)\}/;
const RANDOM = /^random:(-?\d+(?:\.(\d{1,6}))?)\.\.(-?\d+(?:\.(\d{1,6}))?)$/;

/** A number by chance, with so many decimals. */
interface RandomField {
  readonly from: number;
  readonly to: number;
  readonly decimals: number;
}

/** A topic or a payload with fields in braces: `{"t":{random:15.0..25.0},"n":{counter},"at":{time}}`. */
export class Template {
  private readonly texts: readonly string[];
  private readonly fields: readonly (FieldName | RandomField)[];

  /** `flag`: where it is from, for messages. Throws `BadInput` for a field that there is not. */
  constructor(flag: string, template: string) {
    const parts = template.split(FIELD);
    this.texts = parts.filter((_, i) => i % 2 === 0);
    this.fields = parts.filter((_, i) => i % 2 === 1).map((field) => readField(flag, field));
  }

  has(field: FieldName): boolean {
    return this.fields.includes(field);
  }

  /** `random`: 0 inclusive to 1 exclusive. */
  write(values: TemplateValues, random: () => number = Math.random): string {
    const { texts, fields } = this;
    let text = texts[0]!;
    for (let i = 0; i < fields.length; i++) text += valueOf(fields[i]!, values, random) + texts[i + 1]!;
    return text;
  }

  /**
   * What a written template looks like, over its bytes as Latin-1 characters: `of` says how a field looks; the others
   * are anything.
   */
  pattern(of: (field: FieldName, nth: number) => string | undefined): string {
    const seen = new Map<FieldName, number>();
    return this.texts
      .map((text, i) => {
        const field = this.fields[i - 1];
        let before = '';
        if (typeof field === 'string') {
          const nth = seen.get(field) ?? 0;
          seen.set(field, nth + 1);
          before = of(field, nth) ?? ANYTHING;
        } else if (field) before = ANYTHING;
        return before + escapePattern(Buffer.from(text).toString('latin1'));
      })
      .join('');
  }
}

const ANYTHING = '[^]*?';

export const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

function readField(flag: string, field: string): FieldName | RandomField {
  const known = FIELDS.find((name) => name === field);
  if (known) return known;
  const [, from, fromDecimals = '', to, toDecimals = ''] = RANDOM.exec(field) ?? [];
  if (from !== undefined && Number(from) <= Number(to)) {
    return { from: Number(from), to: Number(to), decimals: Math.max(fromDecimals.length, toDecimals.length) };
  }
  const allowed = [...FIELDS, 'random:FROM..TO'].map((name) => `{${name}}`).join(', ');
  throw new BadInput(`${flag}: fields must be ${allowed}, got ${showValue(`{${field}}`)}`);
}

function valueOf(field: FieldName | RandomField, values: TemplateValues, random: () => number): string {
  if (field === 'isotime') return new Date(values.time).toISOString();
  if (typeof field === 'string') return String(values[field]);
  const { from, to, decimals } = field;
  return (from + (to - from) * random()).toFixed(decimals);
}
