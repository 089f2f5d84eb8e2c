import { fieldNames } from '../../tags/field-names.js';
import { Field } from '../../tags/field.js';
import { formatName, formats } from '../../tags/formats/index.js';
import { addressText, parseAddress } from '../../tags/address-text.js';
import { MAX_DELTAS, MAX_POLICIES } from './policy-table.js';
import type { Delta, ReportPolicy, ReportRule } from './policy-table.js';

/*
 * Report policies as text, for configuration and people:
 *
 *     default interval=10 heartbeat=60; ruuvi5 interval=30 temperature=0.2 humidity=1; AA:BB:CC:DD:EE:FF events=no
 *
 * A policy names what it is for, `default`, or formats and addresses with commas or spaces between, and then its
 * settings. Semicolons or line breaks stand between policies.
 *
 *   interval=SECONDS      between two reports of a format of a tag, at least; 0 to 86400
 *   heartbeat=SECONDS     after which a reading is reported although nothing changed: the interval or more, or 0: never
 *   events=yes|no         report at once what a button did, a door that opens, an impact
 *   FIELD=NUMBER          a change of the field by so much, in its unit, is worth a report
 *   FIELD=off             no change of it is
 *   FIELD=any             every change is, as for a field of which nothing is said
 *
 * What a policy does not say is as in `default`, and what that does not say is as the device is set; but of interval
 * and heartbeat the one that it does not say follows the other when they do not fit. A tag whose address stands here is
 * configured: it keeps its place in the table. The field `interval`, of some tags, can have no delta, since its name is
 * taken.
 */

const MAX_SECONDS = 86400;
const MIN_THRESHOLD = 0.000001;
const MAX_THRESHOLD = 1000000000;

/** Fields that are no values, so that no distance between two of them means anything. */
const NO_DELTA: readonly Field[] = [
  Field.events,
  Field.states,
  Field.statesKnown,
  Field.moreStates,
  Field.moreStatesKnown,
  Field.sequence,
  Field.interval,
];

/** A policy as it is written. The threshold of `any` is 0. */
interface Draft {
  /** Its first word. */
  word: Word;
  isDefault: boolean;
  formats: number[];
  addresses: Uint8Array[];
  minimumInterval?: number;
  maximumInterval?: number;
  events?: boolean;
  deltas: Delta[];
}

/** A word of the text, and where it begins, from 1. */
interface Word {
  text: string;
  at: number;
}

/**
 * The rules in `text`, for a `PolicyTable`: the default first. `defaults` has the intervals that the default policy
 * does not set. Throws a RangeError of one line that names the position (the first character is 1), the word and the
 * problem.
 */
export function parsePolicies(text: string, defaults: ReportPolicy): ReportRule[] {
  const drafts: Draft[] = [];
  let first: Draft | undefined;
  for (let at = 0; at <= text.length;) {
    let end = at;
    while (end < text.length && text.charAt(end) !== ';' && text.charAt(end) !== '\n') end++;
    const words = wordsOf(text, at, end);
    at = end + 1;
    if (words.length === 0) continue;
    const draft = parseDraft(words, drafts);
    if (!draft.isDefault) {
      if (drafts.length === MAX_POLICIES - 1) {
        throw fault(words[0]!, 'exceeds the limit of ' + drafts.length + ' policies besides default');
      }
      drafts.push(draft);
    } else if (first) {
      throw fault(words[0]!, 'already has a policy');
    } else {
      first = draft;
    }
  }
  const { minimumInterval, maximumInterval } = defaults;
  const given = { minimumInterval, maximumInterval, events: true, deltas: [] };
  const rules = [complete(first ?? emptyDraft({ text: 'default', at: 1 }), given)];
  for (let i = 0; i < drafts.length; i++) rules.push(complete(drafts[i]!, rules[0]!));
  return rules;
}

/** The text of rules (`PolicyTable.rules`), in full; `parsePolicies` gives the same rules for it. */
export function policyText(rules: readonly ReportRule[]): string {
  const texts: string[] = [];
  for (let i = 0; i < rules.length; i++) {
    const { formats: ofFormats, addresses } = rules[i]!;
    // One that is for nothing needs no text.
    if (i > 0 && !ofFormats?.length && !addresses?.length) continue;
    texts.push(ruleText(rules[i]!, i === 0 ? undefined : rules[0]!));
  }
  return texts.join('; ');
}

function ruleText(rule: ReportRule, defaultRule: ReportRule | undefined): string {
  const names: string[] = [];
  for (let i = 0; i < (rule.formats?.length ?? 0); i++) names.push(formatName(rule.formats![i]!));
  for (let i = 0; i < (rule.addresses?.length ?? 0); i++) names.push(addressText(rule.addresses![i]!, 0));
  const words = [defaultRule ? names.join(',') : 'default'];
  words.push('interval=' + rule.minimumInterval / 1000, 'heartbeat=' + rule.maximumInterval / 1000);
  words.push('events=' + (rule.events === false ? 'no' : 'yes'));
  const deltas = rule.deltas ?? [];
  for (let i = 0; i < deltas.length; i++) {
    const { field, threshold } = deltas[i]!;
    words.push(fieldNames[field]! + '=' + (threshold === Infinity ? 'off' : threshold));
  }
  for (let i = 0; i < (defaultRule?.deltas?.length ?? 0); i++) {
    const { field } = defaultRule!.deltas![i]!;
    if (!deltas.some((delta) => delta.field === field)) words.push(fieldNames[field]! + '=any');
  }
  return words.join(' ');
}

/** The words of `text` from `from` to `end`; a comma is a space. */
function wordsOf(text: string, from: number, end: number): Word[] {
  const words: Word[] = [];
  for (let at = from; at < end; at++) {
    const start = at;
    while (at < end && !/[\s,]/.test(text.charAt(at))) at++;
    if (at > start) words.push({ text: text.substring(start, at), at: start + 1 });
  }
  return words;
}

function parseDraft(words: readonly Word[], others: readonly Draft[]): Draft {
  const draft = emptyDraft(words[0]!);
  const settings: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const equals = word.text.indexOf('=');
    if (equals >= 0) {
      if (i === 0) throw fault(word, 'must follow default, a format or an address');
      const name = word.text.substring(0, equals);
      if (settings.indexOf(name) >= 0) throw fault(word, 'repeats ' + name);
      settings.push(name);
      parseSetting(draft, name, word.text.substring(equals + 1), word);
    } else if (settings.length > 0) {
      throw fault(word, 'must be a setting, NAME=VALUE; the next policy starts after a semicolon or a line break');
    } else {
      parseName(draft, word, others);
    }
  }
  if (draft.isDefault && draft.formats.length + draft.addresses.length > 0) {
    throw fault(words[0]!, 'must not be combined: default is a policy of its own');
  }
  const { minimumInterval, maximumInterval } = draft;
  if (minimumInterval !== undefined && maximumInterval !== undefined) {
    if (maximumInterval !== 0 && maximumInterval < minimumInterval) {
      throw fault(words[0]!, 'must have a heartbeat of 0 or at least its interval');
    }
  }
  return draft;
}

function parseName(draft: Draft, word: Word, others: readonly Draft[]): void {
  const { text } = word;
  if (text === 'default') {
    draft.isDefault = true;
    return;
  }
  for (let i = 0; i < formats.length; i++) {
    const { name, number } = formats[i]!;
    if (name !== text) continue;
    if (draft.formats.indexOf(number) >= 0 || others.some((other) => other.formats.indexOf(number) >= 0)) {
      throw fault(word, 'already has a policy');
    }
    draft.formats.push(number);
    return;
  }
  if (!/^[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}$/i.test(text)) {
    throw fault(word, 'must be default, an address such as AA:BB:CC:DD:EE:FF, or a format: ' + formatList());
  }
  const address = parseAddress(text);
  if (hasAddress(draft, address) || others.some((other) => hasAddress(other, address))) {
    throw fault(word, 'already has a policy');
  }
  draft.addresses.push(address);
}

function parseSetting(draft: Draft, name: string, value: string, word: Word): void {
  if (name === 'interval') {
    draft.minimumInterval = parseSeconds(value, word);
  } else if (name === 'heartbeat') {
    draft.maximumInterval = parseSeconds(value, word);
  } else if (name === 'events') {
    if (value !== 'yes' && value !== 'no') throw fault(word, 'must be yes or no');
    draft.events = value === 'yes';
  } else {
    const field = fieldNames.indexOf(name);
    if (field < 0 || NO_DELTA.indexOf(field) >= 0) {
      throw fault(word, 'must set interval, heartbeat, events, or a field such as temperature');
    }
    draft.deltas.push({ field, threshold: parseThreshold(value, word) });
  }
}

/** Milliseconds. */
function parseSeconds(value: string, word: Word): number {
  const seconds = /^\d+(\.\d{1,3})?$/.test(value) ? Number(value) : NaN;
  if (!(seconds >= 0 && seconds <= MAX_SECONDS))
    throw fault(word, 'must be 0 to ' + MAX_SECONDS + ' seconds, with at most 3 decimals');
  return Math.round(seconds * 1000);
}

function parseThreshold(value: string, word: Word): number {
  if (value === 'off') return Infinity;
  if (value === 'any') return 0;
  const threshold = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (!(threshold >= MIN_THRESHOLD && threshold <= MAX_THRESHOLD)) {
    throw fault(word, 'must be a number from ' + MIN_THRESHOLD + ' to ' + MAX_THRESHOLD + ', off or any');
  }
  return threshold;
}

/** A rule from its settings; what it does not set comes from the default policy. */
function complete(draft: Draft, defaultRule: ReportRule): ReportRule {
  const minimumInterval = draft.minimumInterval ?? defaultRule.minimumInterval;
  let maximumInterval = draft.maximumInterval;
  if (maximumInterval === undefined) {
    maximumInterval = defaultRule.maximumInterval;
    if (maximumInterval !== 0 && maximumInterval < minimumInterval) maximumInterval = minimumInterval;
  }
  // Said is a heartbeat, and the interval of the default is longer: what is said counts.
  const shorter = maximumInterval !== 0 && maximumInterval < minimumInterval ? maximumInterval : minimumInterval;
  const deltas = draft.deltas.filter(({ threshold }) => threshold > 0);
  const inherited = defaultRule.deltas ?? [];
  for (let i = 0; i < inherited.length; i++) {
    if (!draft.deltas.some(({ field }) => field === inherited[i]!.field)) deltas.push(inherited[i]!);
  }
  if (deltas.length > MAX_DELTAS) {
    const count = 'has deltas for ' + deltas.length + ' fields, including those of default; ';
    throw fault(draft.word, count + 'the limit is ' + MAX_DELTAS);
  }
  // As a `PolicyTable` has them, so that the text of both is the same.
  deltas.sort((a, b) => Number(a.threshold === Infinity) - Number(b.threshold === Infinity));
  const { formats: ofFormats, addresses } = draft;
  const events = draft.events ?? defaultRule.events !== false;
  return { formats: ofFormats, addresses, minimumInterval: shorter, maximumInterval, events, deltas };
}

function emptyDraft(word: Word): Draft {
  return { word, isDefault: false, formats: [], addresses: [], deltas: [] };
}

function hasAddress(draft: Draft, address: Uint8Array): boolean {
  return draft.addresses.some((own) => own.every((byte, i) => byte === address[i]));
}

function formatList(): string {
  return formats.map(({ name }) => name).join(', ');
}

function fault(word: Word, problem: string): RangeError {
  const shown = word.text.length > 40 ? word.text.substring(0, 40) + '…' : word.text;
  return new RangeError('policies, character ' + word.at + ': ' + JSON.stringify(shown) + ' ' + problem);
}
