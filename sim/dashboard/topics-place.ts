import { itemOfName } from '../../src/cloud/items.js';
import { templateFault } from '../../src/cloud/plain/topic-template.js';

/** The key `topic` of a device that has none. */
export const DEFAULT_TEMPLATE = '{prefix}/{gateway}/{kind}/{tag}';

/** What a topic says of the report on it. */
export interface TopicPlace {
  /** The level `{gateway}`; absent where the template has none. */
  readonly gateway?: string;
  /** `AA:BB:CC:DD:EE:FF` */
  readonly tag?: string;
  readonly presence?: boolean;
  readonly format?: string;
  /** The name of the value that is the payload. */
  readonly field?: string;
}

/** No topic of a device is as long, and an expression looks at each character of one. */
const LONGEST = 1024;
const TAG = /^[0-9A-F]{12}$/;

/** By name in braces. A name may come twice; then the later one is not looked at. */
const PATTERNS: { readonly [name: string]: string } = {
  tag: '[0-9A-F]{12}',
  kind: 'tags|presence',
  format: '[^/]+',
  field: '[^/]+',
  gateway: '[^/]+',
};

/** Reads topics of reports that were made with a template, the configuration key `topic` of a device. */
export class TopicReader {
  /** What to subscribe to; no topic fits two of them. */
  readonly filters: readonly string[];
  private readonly pattern: RegExp;

  /** `gateway` absent: that of any. Throws a RangeError that says what is wrong with the template. */
  constructor(template: string, prefix: string, gateway?: string) {
    const fault = templateFault(template);
    if (fault !== '') throw new RangeError(`the topic ${fault}`);
    const known = template.replaceAll('{prefix}', () => prefix).replaceAll('{gateway}', () => gateway ?? '{gateway}');
    const kinds = known.includes('{kind}') ? ['tags', 'presence'] : [''];
    this.filters = kinds.map((kind) => {
      const levels = known.replaceAll('{kind}', kind).split('/');
      return levels.map((level) => (/\{[a-z]+\}/.test(level) ? '+' : level)).join('/');
    });
    const named = new Set<string>();
    const source = known.split(/\{([a-z]+)\}/).map((part, i) => {
      if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const pattern = PATTERNS[part] ?? '[^/]+';
      if (named.has(part)) return `(?:${pattern})`;
      named.add(part);
      return `(?<${part}>${pattern})`;
    });
    this.pattern = new RegExp(`^${source.join('')}$`, 's');
  }

  /** Undefined when the topic was not made with the template. */
  read(topic: string): TopicPlace | undefined {
    if (topic.length > LONGEST) return undefined;
    const match = this.pattern.exec(topic);
    if (!match) return undefined;
    const { gateway, tag, kind, format, field } = match.groups ?? {};
    return {
      ...(gateway !== undefined && { gateway }),
      ...(tag !== undefined && { tag: tagAddress(tag) }),
      ...(kind !== undefined && { presence: kind === 'presence' }),
      ...(format !== undefined && { format }),
      ...(field !== undefined && { field }),
    };
  }
}

/**
 * What a topic below `{prefix}/{gateway}` seems to say when its template is not known: twelve capital hexadecimal
 * digits are a tag, and a last level behind it that is the name of a value is that.
 */
export function guessPlace(topic: string): TopicPlace {
  if (topic.length > LONGEST) return {};
  const levels = topic.split('/');
  const at = levels.findIndex((level) => TAG.test(level));
  if (at < 0) return {};
  const last = levels.at(-1)!;
  return {
    tag: tagAddress(levels[at]!),
    presence: levels.includes('presence'),
    ...(at < levels.length - 1 && itemOfName(last) >= 0 && { field: last }),
  };
}

/** `DC2C6E0FC03D` as an address is written. */
function tagAddress(digits: string): string {
  return digits.replace(/(..)(?=.)/g, '$1:');
}
