import { writeAddressDigits } from '../../bytes/hex.js';
import { topicFaultText } from '../../mqtt/texts.js';
import { checkTopicName, TopicFault } from '../../mqtt/topic.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { formatTexts, itemNames } from '../items.js';

const TAGS = encodeUtf8('tags');
const PRESENCE = encodeUtf8('presence');

/** What stands in braces, by `Variable`. Those before `tag` are put in once. */
const NAMES: readonly string[] = Object.freeze(['prefix', 'gateway', 'tag', 'kind', 'format', 'field']);

const enum Variable {
  prefix = 0,
  gateway = 1,
  /** The address of the tag, twelve capital digits. */
  tag = 2,
  /** `tags` or `presence`. */
  kind = 3,
  /** The name of the tag's format. */
  format = 4,
  /** The name of the value, where each has a message of its own. */
  field = 5,
}

/** The fields that take a report to a topic of its own. */
const OF_REPORT: readonly string[] = Object.freeze(['{tag}', '{kind}', '{format}', '{field}']);

/** A topic with fields in braces, such as `site/{gateway}/{tag}/{field}`. Writing it allocates nothing. */
export class TopicTemplate {
  /** Bytes of the longest topic. */
  readonly maxLength: number;

  /** The text between the fields; the text before field i ends at `ends[i]`, and the last is behind all. */
  private readonly text: Uint8Array;
  private readonly ends: Uint16Array;
  private readonly fields: Uint8Array;

  /** `text` must have passed `templateFault`. */
  constructor(text: string, prefix: string, gateway: string) {
    const parts = split(text);
    let fixed = '';
    const ends: number[] = [];
    const fields: number[] = [];
    let longest = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (i % 2 === 0) fixed += part;
      else if (part === NAMES[Variable.prefix]) fixed += prefix;
      else if (part === NAMES[Variable.gateway]) fixed += gateway;
      else {
        const field = NAMES.indexOf(part);
        ends.push(encodeUtf8(fixed).length);
        fields.push(field);
        longest += longestOf(field);
      }
    }
    this.text = encodeUtf8(fixed);
    ends.push(this.text.length);
    this.ends = new Uint16Array(ends);
    this.fields = new Uint8Array(fields);
    this.maxLength = this.text.length + longest;
  }

  /** Writes the topic for an item of a report to `into[from..to)`; returns its length, or -1 when it does not fit. */
  write(report: Report, item: number, into: Uint8Array, from: number, to: number): number {
    const { text, ends, fields } = this;
    if (to > into.length) to = into.length;
    let at = from;
    let begin = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      if (end - begin > to - at) return -1;
      while (begin < end) into[at++] = text[begin++]!;
      if (i === fields.length) break;
      at = this.put(fields[i]!, report, item, into, at, to);
      if (at < 0) return -1;
    }
    return at - from;
  }

  private put(field: number, report: Report, item: number, into: Uint8Array, at: number, to: number): number {
    if (field === Variable.format) return formatTexts.put(report.reading.format, into, at, to);
    if (field === Variable.field) return itemNames.put(item, into, at, to);
    if (field === Variable.kind) {
      const kind = report.kind === ReportKind.reading ? TAGS : PRESENCE;
      if (kind.length > to - at) return -1;
      for (let i = 0; i < kind.length; i++) into[at++] = kind[i]!;
      return at;
    }
    return writeAddressDigits(report.address, into, at, to);
  }
}

/** What is wrong with a template, for people: what it must be, and what it is; empty when nothing is. */
export function templateFault(text: string): string {
  const parts = split(text);
  let example = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (i % 2 === 1 && !NAMES.includes(part)) {
      return 'fields must be {' + NAMES.join('}, {') + '}, got {' + part + '}';
    }
    if (i % 2 === 0 && /[{}]/.test(part))
      return 'braces must be around the name of a field, got ' + JSON.stringify(text);
    example += i % 2 === 1 ? 'x' : part;
  }
  if (example.startsWith('$')) return 'must not begin with $, which is reserved for the broker';
  const bytes = encodeUtf8(example);
  const fault = checkTopicName(bytes, 0, bytes.length);
  return fault === TopicFault.none ? '' : topicFaultText(fault);
}

/** The longest topic that a template can make, with names for people. */
export function longestTopic(text: string, prefix: string, gateway: string): string {
  const parts = split(text);
  let topic = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (i % 2 === 0) topic += part;
    else if (part === 'prefix') topic += prefix;
    else if (part === 'gateway') topic += gateway;
    else if (part === 'tag') topic += 'AABBCCDDEEFF';
    else if (part === 'kind') topic += 'presence';
    else topic += 'x'.repeat(longestOf(NAMES.indexOf(part)));
  }
  return topic;
}

/** The fields of a template that take reports to topics of their own, with commas between them. */
export function reportFields(text: string): string {
  return OF_REPORT.filter((field) => text.includes(field)).join(', ');
}

/** The text outside of braces at even places, that inside at odd ones. */
function split(text: string): string[] {
  return text.split(/\{([^{}]*)\}/);
}

function longestOf(field: number): number {
  if (field === Variable.tag) return 2 * ADDRESS_SIZE;
  if (field === Variable.kind) return PRESENCE.length;
  const names = field === Variable.format ? formatTexts : itemNames;
  let longest = 0;
  for (let i = 0; names.has(i); i++) longest = Math.max(longest, names.length(i));
  return longest;
}
