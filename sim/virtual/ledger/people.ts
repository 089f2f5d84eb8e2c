import { DeviceConsole } from '../../../src/console/bindings/device-console.js';
import { Rpc } from '../../../src/rpc/rpc.js';
import type { Device, Start } from '../device.js';
import { isPlain } from './delivery.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

const MINUTE = 60_000;
/** An answer that waits longer than this is dropped by the device: see docs/rpc.md. */
const ANSWER_TIME = MINUTE;
/** Calls that a device which is not too busy answers with a result. */
const QUESTIONS = ['statistics', 'outbox.statistics', 'policy.get'].map(
  (method) => '{"method":"' + method + '","params":{}}',
);
/** Milliseconds for a device to start before its settings are looked at. */
const LAUNCH = 100;

/** A call as a broker took it. */
interface WatchedCall {
  readonly time: number;
  readonly id: string;
  readonly text: string;
  /** The device had subscribed when it came, and nothing was wrong. */
  wasQuiet: boolean;
  /** How often the broker has sent it to the device. */
  deliveries: number;
  answers: number;
  /** By connection. */
  readonly perConnection: Map<number, number>;
}

/** What one device was asked. */
interface Desk {
  readonly device: Device;
  readonly base: string;
  readonly calls: Map<string, WatchedCall>;
  /** Answers that the device says it has lost, of the starts that are over. */
  lostBefore: number;
  /** Its last power cut, restart, or end of a connection; milliseconds of the world. */
  disturbedAt: number;
}

/**
 * `answered`: where nothing goes wrong for a minute, a call gets one answer, a result or an error, unless the device
 * counted it as lost; a question has a result; and on one connection a call is answered at most as often as it was
 * delivered. Calls are those to
 * `{prefix}/{gateway}/cmd/{id}` with an id of at most 40 bytes.
 */
export function answeredRule(): Rule {
  let desks: Desk[] = [];
  return {
    name: 'answered',
    watch(simulation) {
      const { ledger, deviceObservers, brokers, scheduler } = simulation;
      desks = simulation.devices.filter(takesCalls).map((device) => ({
        device,
        base: baseOf(device),
        calls: new Map<string, WatchedCall>(),
        lostBefore: 0,
        disturbedAt: 0,
      }));
      const deskOf = (device: Device): Desk | undefined => desks.find((desk) => desk.device === device);
      const isQuiet = (desk: Desk, now: number): boolean =>
        ledger.activeFaults === 0 && now - ledger.disturbedAt > MINUTE && now - desk.disturbedAt > MINUTE;
      const ended = (device: Device): void => {
        const desk = deskOf(device);
        if (!desk) return;
        desk.lostBefore += lostBy(device.start);
        desk.disturbedAt = simulation.now();
      };
      deviceObservers.push({ onCut: ended, onRestart: ended });
      for (const { model } of brokers) {
        const ofClient = (clientId: string): Desk | undefined =>
          desks.find(({ device }) => device.start?.firmware?.gateway['connectOptions'].clientId === clientId);
        model.watch({
          onConnect: ({ clientId }) => {
            const desk = ofClient(clientId);
            if (desk) desk.disturbedAt = simulation.now();
          },
          onDisconnect: ({ clientId }) => {
            const desk = ofClient(clientId);
            if (desk) desk.disturbedAt = simulation.now();
          },
          onDistribute: ({ topic: { text }, payload, qos }) => {
            const desk = desks.find(({ base }) => text.startsWith(base + '/cmd/'));
            if (!desk) return;
            const now = simulation.now();
            const id = text.slice(desk.base.length + 5);
            const clientId = desk.device.firmware?.gateway['connectOptions'].clientId ?? '';
            const session = model.session(clientId);
            const isReady = session?.connected === true && session.subscriptions.has(desk.base + '/cmd/+');
            const wasQuiet =
              isReady && qos > 0 && id.length <= 40 && id !== '' && !id.includes('/') && isQuiet(desk, now);
            const before = desk.calls.get(id);
            // What is asked twice under one name cannot be told apart.
            const call = {
              time: now,
              id,
              text: textOf(payload).slice(0, 80),
              wasQuiet: wasQuiet && !before,
              deliveries: before?.deliveries ?? 0,
              answers: before?.answers ?? 0,
              perConnection: before?.perConnection ?? new Map<number, number>(),
            };
            if (before) before.wasQuiet = false;
            desk.calls.set(id, call);
            if (!call.wasQuiet) return;
            const lost = lostBy(desk.device.start) + desk.lostBefore;
            scheduler.after(ANSWER_TIME + MINUTE, () => {
              const wasDisturbed = ledger.disturbedAt >= now || desk.disturbedAt >= now || ledger.activeFaults > 0;
              if (!call.wasQuiet || wasDisturbed || call.answers > 0) return;
              if (lostBy(desk.device.start) + desk.lostBefore > lost) return;
              ledger.break(
                'answered',
                simulation.now(),
                desk.device.name + ': no answer to the call ' + id + ': ' + call.text,
              );
            });
          },
          onDeliver: (_, { message }) => {
            for (const { base, calls } of desks) {
              const { text } = message.topic;
              const call = text.startsWith(base + '/cmd/') ? calls.get(text.slice(base.length + 5)) : undefined;
              if (call) call.deliveries++;
            }
          },
          onPublish: ({ connection }, { message, dup }) => {
            const { text } = message.topic;
            const desk = desks.find(({ base }) => text.startsWith(base + '/res/'));
            if (!desk || dup) return;
            const id = text.slice(desk.base.length + 5);
            const call = desk.calls.get(id);
            const complain = (what: string): void =>
              ledger.break('answered', simulation.now(), desk.device.name + ': ' + what + ' ' + id);
            if (!call) return complain('answers what nobody asked:');
            call.answers++;
            const count = (call.perConnection.get(connection) ?? 0) + 1;
            call.perConnection.set(connection, count);
            if (count > call.deliveries) complain(count + ' answers to ' + call.deliveries + ' deliveries of the call');
            const answer = textOf(message.payload);
            if (QUESTIONS.includes(call.text) && !/^{"(result"|error":{"code":-3200[0-2])/.test(answer))
              complain('says ' + answer.slice(0, 80) + ' to ' + call.text + ', the call');
          },
        });
      }
    },
  };
}

/** Answers that the device counts as lost in this start. */
function lostBy(start: Start | undefined): number {
  let lost = 0;
  for (const part of start?.firmware?.gateway['parts'] ?? []) if (part instanceof Rpc) lost += part.lost + part.faults;
  return lost;
}

function takesCalls(device: Device): boolean {
  const { rpc, rpcAccess } = device.gateway.settings;
  return isPlain(device) && rpc === undefined && rpcAccess !== 'none';
}

function baseOf(device: Device): string {
  return String(device.gateway.settings['prefix'] ?? 'tagwire') + '/' + device.name;
}

/** Values by key; undefined: any, as where what is built in counts again. */
type Values = Map<string, string | undefined>;

/** What a call sets. */
interface Setter {
  readonly changes: Values;
  /** It counts from the next start on, and may be taken back. */
  readonly onTrial: boolean;
}

/** What one device must have in its store. */
interface Book {
  readonly device: Device;
  readonly base: string;
  /** What counts, by key; undefined before the first start. */
  expected: Values | undefined;
  /** Calls by their ids. */
  readonly asked: Map<string, Setter>;
  /** Ids that were used: an answer to one that is used again may be that to another call. */
  readonly used: Set<string>;
  /** Calls that may be carried out although no answer came, or it cannot be told which of them it answers. */
  readonly open: Setter[];
  /** Of a trial: what counts when it is confirmed. */
  trial: Values | undefined;
  /** A trial was accepted, and neither a start nor a power cut has come since. */
  isAccepted: boolean;
  /** What was written at the console when the last start ended, where no write can have been cut. */
  written: string | undefined;
  typedAt: number;
}

/**
 * `settings`: what a call was answered for as accepted is there from the next start on, no other setting is changed by
 * it, and no start fails. New values of the configuration may be taken back, all of them, when their trial fails; then
 * the log says so. What people have written at the console is there again after a restart, and after a power cut that
 * comes a minute later. Judged at each start of the firmware, a tenth of a second after it.
 */
export function settingsRule(): Rule {
  let books: Book[] = [];
  return {
    name: 'settings',
    watch(simulation) {
      const { deviceObservers, scheduler, ledger } = simulation;
      books = simulation.devices.map((device) => ({
        device,
        base: baseOf(device),
        expected: undefined,
        asked: new Map<string, Setter>(),
        used: new Set<string>(),
        open: [],
        trial: undefined,
        isAccepted: false,
        written: undefined,
        typedAt: -Infinity,
      }));
      const bookOf = (device: Device): Book => books.find((book) => book.device === device)!;
      const complain = (device: Device, text: string): void =>
        ledger.break('settings', simulation.now(), device.name + ': ' + text);
      deviceObservers.push({
        onBoot: (device) => {
          const { start } = device;
          scheduler.after(LAUNCH, () => {
            if (device.start === start && device.running) judge(bookOf(device), (text) => complain(device, text));
          });
        },
        onLine: (device, text) => {
          const book = bookOf(device);
          if (text.startsWith('settings: reverted')) {
            endTrial(book);
            for (const [id, { onTrial }] of [...book.asked]) if (onTrial) book.asked.delete(id);
            // Those that the start refuses had to be refused when they were set.
            if (/refuses|damaged/.test(text)) complain(device, text);
          }
          if (text === 'settings: confirmed' && book.trial) accept(book, book.trial);
          else if (/^(cannot start|persisted setting ignored)/.test(text)) complain(device, text);
        },
        onOutput: (device) => (bookOf(device).typedAt = simulation.now()),
        onRestart: (device) => (bookOf(device).written = writtenAt(device.start)),
        onCut: (device) => {
          const book = bookOf(device);
          const isQuiet = simulation.now() - book.typedAt > MINUTE;
          book.written = isQuiet ? writtenAt(device.start) : undefined;
          book.isAccepted = false;
        },
      });
      for (const { model } of simulation.brokers) {
        model.watch({
          onDistribute: ({ topic: { text }, payload }) => {
            const book = books.find(({ base }) => text.startsWith(base + '/cmd/'));
            if (!book) return;
            const id = text.slice(book.base.length + 5);
            const setter = setterOf(textOf(payload));
            if (setter) book.open.push(setter);
            if (setter && !book.used.has(id)) book.asked.set(id, setter);
            else book.asked.delete(id);
            book.used.add(id);
          },
          onPublish: (_, { message, dup }) => {
            const { text } = message.topic;
            const book = books.find(({ base }) => text.startsWith(base + '/res/'));
            const id = book ? text.slice(book.base.length + 5) : '';
            const setter = book?.asked.get(id);
            if (!book || !setter || dup || !textOf(message.payload).startsWith('{"result"')) return;
            // An answer may come again, after all is over.
            book.asked.delete(id);
            if (!setter.onTrial) accept(book, setter.changes);
            else {
              book.trial = setter.changes;
              book.isAccepted = true;
            }
          },
        });
      }
    },
    finish(simulation) {
      for (const book of books) {
        const { device } = book;
        if (!device.running || simulation.now() - device.startsAt < MINUTE) continue;
        judge(book, (text) => simulation.ledger.break('settings', simulation.now(), device.name + ': ' + text));
      }
    },
  };
}

function accept(book: Book, changes: Values): void {
  for (const [name, value] of changes) book.expected?.set(name, value);
  if (book.trial === changes) endTrial(book);
}

function endTrial(book: Book): void {
  book.trial = undefined;
  book.isAccepted = false;
}

/** Compares what the device has with what it must have, and takes over what it may have. */
function judge(book: Book, complain: (text: string) => void): void {
  const { device, expected, trial, open, isAccepted } = book;
  const { firmware } = device;
  if (!firmware) return complain('does not start');
  if (!firmware.remote) return;
  const actual: Values = new Map(firmware.remote.show());
  // It goes with `broker`: for which places the credentials are.
  actual.delete('credentialsFor');
  if (!expected) {
    book.expected = actual;
    return;
  }
  const written = book.written;
  book.written = undefined;
  if (written !== undefined && written !== writtenAt(device.start)) {
    complain('what was written at the console was ' + written + ', and is ' + writtenAt(device.start));
  }
  const names = new Set([...expected.keys(), ...actual.keys()]);
  const matches = (values: Values, name: string): boolean =>
    values.get(name) === undefined ? values.has(name) : values.get(name) === (actual.get(name) ?? '');
  const wrong = [...names].filter((name) => !matches(expected, name) && actual.get(name) !== expected.get(name));
  const isTrial = trial !== undefined && [...trial.keys()].every((name) => matches(trial, name));
  if (isAccepted && !isTrial) complain('values that were accepted do not count: ' + textOfValues(trial!));
  book.isAccepted = false;
  for (const name of wrong) {
    if (isTrial && trial.has(name)) continue;
    const isWhole = ({ changes, onTrial }: Setter): boolean =>
      !onTrial || [...changes.keys()].every((other) => matches(changes, other));
    // The last of them: values on trial count all or none.
    const setters = open.filter((one) => one.changes.has(name) && matches(one.changes, name) && isWhole(one));
    const setter = setters.pop();
    if (!setter) {
      complain(name + ' is ' + String(actual.get(name)) + ', and must be ' + String(expected.get(name)));
    } else if (setter.onTrial) book.trial ??= setter.changes;
    if (!setter?.onTrial) expected.set(name, actual.get(name) ?? '');
  }
}

function textOfValues(values: Values): string {
  return [...values].map(([name, value]) => name + '=' + String(value)).join(' ');
}

/** What people have written at the console of a start, but for what is secret. */
function writtenAt(start: Start | undefined): string | undefined {
  const parts: readonly unknown[] = start?.firmware?.gateway['parts'] ?? [];
  const console = parts.find((part) => part instanceof DeviceConsole);
  if (!console) return undefined;
  const byName = (lines: string[]): string => lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(', ');
  const brokers = console.brokers.list.map(({ values }) => JSON.stringify(values));
  const scripts = console['scripts'].list.map(
    (one: { property(name: string): string }) => one.property('name') + ': ' + one.property('source'),
  );
  return console['identity'].property('name') + '; ' + byName(brokers) + '; ' + byName(scripts);
}

/** What a call would set when it is accepted; undefined for one that sets nothing. */
function setterOf(text: string): Setter | undefined {
  let call: unknown;
  try {
    call = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(call)) return undefined;
  const { method, params } = call;
  if (method === 'policy.set') {
    const policies = isObject(params) && 'policy' in params ? params['policy'] : params;
    if (typeof policies !== 'string') return undefined;
    return { changes: new Map([['policies', policies]]), onTrial: false };
  }
  if (method !== 'configuration.set' || !isObject(params)) return undefined;
  const changes: Values = new Map();
  for (const name of Object.keys(params)) changes.set(name, params[name] === null ? undefined : String(params[name]));
  return { changes, onTrial: true };
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
