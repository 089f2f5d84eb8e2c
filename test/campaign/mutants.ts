import type { Replacement } from './mutant-hooks.js';
import { runSeeds } from './pool.js';
import type { SearchOptions } from './search.js';

/** A fault that somebody could make, put into the compiled firmware. */
export interface Mutant extends Replacement {
  name: string;
  /** Where it takes more than other mutants do. */
  search?: Partial<Pick<SearchOptions, 'board' | 'visitsPerHour' | 'faultsPerHour' | 'tags' | 'hours'>> & {
    seeds: number;
  };
}

/** How long each mutant is searched for. */
export const MUTANT_SEEDS = 10;
export const MUTANT_HOURS = 12;

/** Longer than any of its seeds takes; a firmware that ends in a loop is found by that. */
const TIMEOUT = 240_000;

const SESSION = 'src/mqtt/session.js';
const ARENA = 'src/mqtt/transmit-arena.js';
const SUBSCRIPTIONS = 'src/mqtt/subscriptions.js';
const PARSER = 'src/mqtt/parser.js';
const CONNECTION = 'src/connection/connection.js';
const BACKOFF = 'src/connection/backoff.js';
const OUTBOX = 'src/telemetry/outbox/outbox.js';
const REPORTER = 'src/device/tag-reporter.js';
const STATUS = 'src/device/status-messages.js';

/** In what answers calls, keeps settings, and serves a console; random visits are what finds them. */
const FOR_PEOPLE: readonly Mutant[] = [
  {
    name: 'policy.set keeps nothing',
    file: 'src/settings/persisted-policies.js',
    text: "settings.write([{ name: 'policies', value: text }]);",
    by: '',
  },
  {
    name: 'policy.set takes back another setting',
    file: 'src/settings/persisted-policies.js',
    text: "settings.write([{ name: 'policies', value: text }]);",
    by: "settings.write([{ name: 'policies', value: text }, { name: 'keepAlive', value: undefined }]);",
  },
  {
    name: 'policy.set keeps what it was called with last but one',
    file: 'src/settings/persisted-policies.js',
    text: "settings.write([{ name: 'policies', value: text }]);",
    by: "settings.write([{ name: 'policies', value: policyText(before) }]);",
  },
  {
    name: 'two settings have one key in the store',
    file: 'src/settings/settings.js',
    text: "return '-' + storeName(name, 14);",
    by: "return '-' + storeName(name, 14).slice(0, 2);",
  },
  {
    name: 'a setter takes what the next start refuses',
    file: 'src/settings/remote-configuration.js',
    text: 'settings.check(all);',
    by: '',
  },
  {
    name: 'of values on trial one is kept',
    file: 'src/settings/settings-trial.js',
    text: 'writeSettingRecord(this.store, settingStoreKey(name), name, value);',
    by: '{ writeSettingRecord(this.store, settingStoreKey(name), name, value); break; }',
  },
  {
    name: 'a value that is secret is told',
    file: 'src/settings/remote-configuration.js',
    text: 'if (isSensitive(row))\n        return HIDDEN;',
    by: '',
  },
  {
    name: 'what is wrong with a call is not told',
    file: 'src/rpc/rpc.js',
    text: 'if (this.topicTo === 0 || !(shape || response)) {',
    by: 'if (call.error !== 0) return; if (this.topicTo === 0 || !(shape || response)) {',
  },
  {
    name: 'a call is answered twice',
    file: 'src/rpc/rpc.js',
    text: 'this.outgoing.give(scratch, maxAnswer, topicTo, end, lifetime, this.table, call.afterwards, now);',
    by:
      'this.outgoing.give(scratch, maxAnswer, topicTo, end, lifetime, this.table, 0, now);' +
      'this.outgoing.give(scratch, maxAnswer, topicTo, end, lifetime, this.table, call.afterwards, now);',
  },
  {
    name: 'a message that comes in pieces is read beyond its end',
    file: PARSER,
    text: 'this.position = at + length;',
    by: 'this.position = at + (length === this.buffer.length ? length - 1 : length);',
  },
  {
    name: 'a message at which the broker closes is never set aside',
    file: CONNECTION,
    text: 'this.suspect ??= new Suspect();',
    by: '',
  },
  {
    name: 'the second part of a packet is put over the first',
    file: PARSER,
    text: 'this.consumed = copyBytes(this.buffer, this.consumed, bytes, at, available);',
    by: 'this.consumed += copyBytes(this.buffer, 0, bytes, at, available);',
  },
  {
    name: 'a trial without a connection goes on for ever',
    file: 'src/settings/settings-trial.js',
    text: 'this.revert(1 /* TrialFault.notConnected */);\n                this.restart?.();',
    by: '',
    search: { seeds: 6, visitsPerHour: 30, faultsPerHour: 4 },
  },
  {
    name: 'a refused filter is asked for on the next connection only',
    file: SUBSCRIPTIONS,
    text: 'if (left <= 0)',
    by: 'if (false)',
    search: { seeds: 10, visitsPerHour: 4, faultsPerHour: 8 },
  },
  {
    name: 'a refused filter is asked for without waiting',
    file: SUBSCRIPTIONS,
    text: '= now + this.wait(refusals);',
    by: '= now + 1;',
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...FOR_PEOPLE,
  {
    name: 'a deadline does not move while an answer trickles in',
    file: SESSION,
    text: 'if (began || midPacket)',
    by: 'if (false)',
  },
  {
    name: 'no deadline for CONNACK',
    file: SESSION,
    text: 'if (this.times[i] <= now)',
    by: 'if (i > 0 && this.times[i] <= now)',
  },
  { name: 'no PINGREQ', file: SESSION, text: 'if (this.pingDue <= now) {', by: 'if (false) {' },
  {
    name: 'PUBACK is not counted',
    file: SESSION,
    text: 'this.handler.onAcknowledged(packetId);',
    by: '',
  },
  {
    name: 'PUBACK gives no room',
    file: ARENA,
    text: 'const latency = (now -',
    by: 'return 0;\n        const latency = (now -',
  },
  {
    name: 'a message that is set aside is not sent on the next connection',
    file: ARENA,
    text: 'words[record] = word - (5 /* MessageStep.setAside */ << 16 /* StateWord.shift */);',
    by: 'words[record] = word;',
  },
  { name: 'redelivery without DUP', file: ARENA, text: 'else if (attempted)', by: 'else if (false)' },
  {
    name: 'packet identifiers are used again',
    file: ARENA,
    text: 'const id = last === 65535 ? 1 : last + 1;',
    by: 'const id = last >= 4 ? 1 : last + 1;',
  },
  { name: 'short writes lose bytes', file: ARENA, text: 'if (count < size - partial) {', by: 'if (false) {' },
  {
    name: 'what the broker grants in SUBACK is ignored',
    file: SESSION,
    text: 'subscriptions.answered(i, refused, now)',
    by: 'subscriptions.answered(i, false, now)',
  },
  {
    name: 'no SUBSCRIBE at Session Present 0',
    file: SUBSCRIPTIONS,
    text: '|| sessionPresent))',
    by: '|| true))',
  },
  {
    name: 'a SUBSCRIBE that was not answered is not sent again',
    file: SUBSCRIPTIONS,
    text: 'words[at(i)] = nextOf(word) ||',
    by: 'nextOf(word) ||',
  },
  {
    name: 'a packet in two segments is read wrong',
    file: PARSER,
    text: 'if (this.consumed > 0 || end > to) {',
    by: 'if (end > to) {',
  },
  {
    name: 'half a packet is kept for the next connection',
    file: SESSION,
    text: '        this.parser.reset();\n',
    by: '',
  },
  {
    name: 'a connection is not given up when it does not open',
    file: CONNECTION,
    text: 'this.enter(4 /* ConnectionState.connecting */, this.connectTimeout);',
    by: 'this.enter(4, Infinity);',
  },
  {
    name: 'a name that is not answered for is waited for',
    file: CONNECTION,
    text: 'this.enter(3 /* ConnectionState.resolving */, this.resolveTimeout);',
    by: 'this.enter(3, Infinity);',
  },
  {
    name: 'the network comes back and nobody connects',
    file: CONNECTION,
    text: 'if (this.current === 1 /* ConnectionState.noNetwork */)',
    by: 'if (false)',
  },
  {
    name: 'room in the transport is not used',
    file: CONNECTION,
    text: '        this.full = false;\n        this.pump();',
    by: '        this.pump();',
  },
  { name: 'backoff does not grow', file: BACKOFF, text: 'longest *= 2', by: 'longest *= 1' },
  {
    name: 'backoff without jitter',
    file: BACKOFF,
    text: 'return longest / 2 + this.random(longest / 2);',
    by: 'return longest;',
  },
  { name: 'no backoff', file: BACKOFF, text: 'return longest / 2 + this.random(longest / 2);', by: 'return 1;' },
  {
    name: 'a record is marked when it is sent',
    file: OUTBOX,
    text: '            this.fly(this.staged, packetId, this.stagedRank);',
    by: '            this.markLogged(this.staged);',
  },
  {
    name: 'a record is gone before it is acknowledged',
    file: OUTBOX,
    text: 'true;\n    }\n    /** The record that `take` gave was published with QoS 0',
    by: 'this.acknowledgeOne(packetId);\n    }\n    /** The record that `take` gave was published with QoS 0',
  },
  { name: 'acknowledged records of the log are not marked', file: OUTBOX, text: 'this.log.mark(handle);', by: '' },
  {
    name: 'nothing is written to the log',
    file: OUTBOX,
    text: 'this.spill(0, this.away ? NONE : this.persist);',
    by: '',
  },
  {
    name: 'a desktop leaves fsync out',
    search: { seeds: 10, board: 'desktop', tags: 20, visitsPerHour: 2, faultsPerHour: 20 },
    file: 'boards/desktop/file-flash.js',
    text: 'this.file.flush();',
    by: '',
  },
  {
    name: 'a full memory drops without counting',
    file: OUTBOX,
    text: '        this.dropped[reason]++;\n        this.noteRankDropped(record);\n        this.countWaiting',
    by: '        this.countWaiting',
  },
  {
    name: 'a reading counts as reported when the outbox refused it',
    search: { seeds: 20, tags: 20, hours: 24 },
    file: REPORTER,
    text: 'isSettled = this.storeReading(reading, tag, cause);',
    by: 'isSettled = (this.storeReading(reading, tag, cause), true);',
  },
  {
    name: 'one reading of each tag is skipped',
    file: REPORTER,
    text: 'return this.store(tag, rank, this.ordinals[tag]++',
    by: 'if (this.ordinals[tag]++ === 5) return true;\n        return this.store(tag, rank, this.ordinals[tag]',
  },
  {
    name: 'the same sequence number twice',
    file: REPORTER,
    text: 'report.sequence = this.sequence++;',
    by: 'report.sequence = this.sequence++ & ~1;',
  },
  { name: 'the will has the session of the start', file: STATUS, text: '        this.number.next();\n', by: '' },
  {
    name: 'a start that is not counted',
    file: STATUS,
    text: 'if (store.write(KEY, record, 0, LENGTH))',
    by: 'if (true)',
  },
];

/** What became of a mutant. */
export interface MutantResult {
  name: string;
  /** The rule that broke first; absent: the mutant was not found. */
  rule?: string;
  seed?: number;
}

/** Searches seeds from 1 on until a rule breaks. */
export async function findMutant(
  { name, file, text, by, search }: Mutant,
  { seeds = MUTANT_SEEDS, hours = MUTANT_HOURS, workers = 1, signal }: MutantSearch = {},
): Promise<MutantResult> {
  const options: SearchOptions = {
    hours: search?.hours ?? hours,
    tags: search?.tags ?? 6,
    board: search?.board ?? 'esp32',
    engine: 'node',
    faults: true,
    faultsPerHour: search?.faultsPerHour ?? 10,
    visitsPerHour: search?.visitsPerHour ?? 12,
    shrinkRuns: 0,
  };
  const result: MutantResult = { name };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TIMEOUT);
  const onResult = ({ seed, broken }: { seed: number; broken: readonly { rule: string }[] }): boolean => {
    timer.refresh();
    if (broken.length > 0) Object.assign(result, { rule: broken[0]!.rule, seed });
    return broken.length > 0;
  };
  const list = Array.from({ length: Math.max(seeds, search?.seeds ?? 0) }, (_, place) => place + 1);
  await runSeeds(list, options, {
    workers,
    mutant: { file, text, by },
    onResult,
    signal: signal ? AbortSignal.any([limit.signal, signal]) : limit.signal,
  });
  clearTimeout(timer);
  const { seed } = result;
  if (seed !== undefined && !signal?.aborted) {
    // The firmware as it is must break no rule with this seed, else the mutant was found for another reason.
    await runSeeds([seed], options, {
      workers: 1,
      onResult: ({ broken }) => {
        if (broken.length > 0) delete result.rule;
        return true;
      },
      ...(signal && { signal }),
    });
  }
  if (!result.rule && limit.signal.aborted) result.rule = 'it does not end';
  return result;
}

/** How much to search. */
export interface MutantSearch {
  seeds?: number;
  hours?: number;
  workers?: number;
  signal?: AbortSignal;
}
