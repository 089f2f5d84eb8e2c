import { readFileSync } from 'node:fs';
import {
  buttonEventNames,
  eventNames,
  fieldNames,
  fieldUnits,
  formats,
  Precedence,
  Source,
  stateFlagNames,
} from '../../src/tags/index.js';
import type { Format, Match } from '../../src/tags/index.js';

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

/** What the first doc comment of the format's file begins with: `Title (source)`. */
function titleOf(format: Format): string {
  const source = readFileSync(new URL(`src/tags/formats/${format.name}.ts`, top), 'utf8');
  const comment = /\/\*\*([^]*?)\*\//.exec(source)?.[1]?.replace(/\s*\n \* ?/g, ' ') ?? '';
  const title = /^\s*([^()]+? \((?:[^()]|\([^()]*\))+\))/.exec(comment)?.[1];
  if (!title) throw new Error(`src/tags/formats/${format.name}.ts: its doc comment must begin with "Title (source)"`);
  return title;
}

const matchText = ({ source, id }: Match): string => sources[source]!(id);
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
          `${format.matches.map(matchText).join('; ')} | ${kinds[format.precedence]} |`,
      ),
    '',
    '## Fields',
    '',
    '| name | unit |',
    '|---|---|',
    ...fieldNames
      .map((name, field) => `| \`${name}\` | ${fieldUnits[field]} |`)
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
