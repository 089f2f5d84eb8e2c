import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buttonEventNames,
  eventNames,
  fieldMaxima,
  fieldMinima,
  fieldNames,
  fieldUnits,
  formats,
  Precedence,
  Source,
  stateFlagNames,
} from '../../src/tags/index.js';
import type { Format, Match } from '../../src/tags/index.js';
import { splitMatch } from '../tags/advertisement.js';

/** Where the list of formats is kept, relative to the top of the project. */
export const FORMATS_FILE = 'docs/formats.md';

const top = new URL(import.meta.url.includes('/build/') ? '../../../' : '../../', import.meta.url);
const hex = (id: number) => '0x' + id.toString(16).toUpperCase().padStart(4, '0');

const sources: { [source: number]: (id: number) => string } = {
  [Source.manufacturer]: (id) => `manufacturer data of company ${hex(id)}`,
  [Source.anyManufacturer]: () => 'manufacturer data of any company',
  [Source.service16]: (id) => `service data of ${hex(id)}`,
  [Source.service32]: (id) => `service data of ${hex(id)}`,
  [Source.service128]: (id) => `service data of ${hex(id).slice(2)}-…`,
  [Source.wholeManufacturer]: () => 'manufacturer data, by name or length',
  [Source.serviceList16]: (id) => `service ${hex(id)}`,
  [Source.name]: () => 'local name',
};

const kinds: { [precedence: number]: string } = {
  [Precedence.measurement]: 'measures',
  [Precedence.identity]: 'identifies',
  [Precedence.presence]: 'is there',
};

const FORMATS = fileURLToPath(new URL('src/tags/formats/', top));
const texts = readdirSync(FORMATS).map((file) => readFileSync(join(FORMATS, file), 'utf8'));

/** What the doc comment of a format begins with, the last one of its kind above it: `Title (source)`. */
function titleOf(format: Format): string {
  const declaration = `\n  name: '${format.name}',`;
  const source = texts.find((text) => text.includes(declaration));
  const above = source?.slice(0, source.indexOf(declaration)) ?? '';
  const titles = [...above.matchAll(/^\/\*\*([^]*?)\*\//gm)].map(
    ([, comment]) => /^\s*([^()`]+? \((?:[^()`]|\([^()]*\))+\))/.exec(comment!.replace(/\s*\n \* ?/g, ' '))?.[1],
  );
  const title = titles.filter((found) => found !== undefined).pop();
  if (!title) throw new Error(`${format.name}: the doc comment above it must begin with "Title (source)"`);
  return title;
}

/** Empty when any value is. */
function rangeText(field: number): string {
  const [min, max] = [fieldMinima[field]!, fieldMaxima[field]!];
  if (min === -Number.MAX_SAFE_INTEGER) return '';
  return max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `${min} to ${max}`;
}

const matchText = (match: Match): string => {
  const { source, id } = splitMatch(match);
  return sources[source]!(id);
};
const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** The text of docs/formats.md, made from the tables in src/tags. */
export function renderFormats(): string {
  return [
    '# Formats and fields',
    '',
    'Made from the tables in `src/tags` by `npm run diagrams`. How to add a format: `src/tags/README.md`.',
    '',
    '## Formats',
    '',
    '| name | number | what, and where it is described | recognised by | it |',
    '|---|---|---|---|---|',
    ...[...formats]
      .sort((a, b) => a.number - b.number)
      .map(
        (format) =>
          `| \`${format.name}\` | ${format.number} | ${titleOf(format)} | ` +
          `${[...new Set(format.matches.map(matchText))].join('; ')} | ${kinds[format.precedence]} |`,
      ),
    '',
    '## Fields',
    '',
    'A value outside of the range is one that no sensor can mean: the field is absent then.',
    '',
    '| name | unit | range |',
    '|---|---|---|',
    ...fieldNames
      .map((name, field) => `| \`${name}\` | ${fieldUnits[field]} | ${rangeText(field)} |`)
      .filter((line) => !/^\| `(states|moreStates)/.test(line)),
    '',
    `Events, which \`events\` lists: ${list(eventNames)}.`,
    '',
    `Buttons have one of: ${list(buttonEventNames)}.`,
    '',
    `True or false, each under its own name: ${list(stateFlagNames)}.`,
    '',
  ].join('\n');
}
