import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { JsonWriter } from '../../bytes/json-writer.js';
import { writeDecimal } from '../../bytes/decimal.js';
import type { Store } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { isSameTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { SettingChange } from '../../settings/persisted-settings.js';
import type { RemoteConfiguration } from '../../settings/remote-configuration.js';
import { crc32 } from '../../telemetry/crc32.js';
import { REFUSED } from '../part.js';
import type { GatewayHost, GatewayPart } from '../part.js';

const ANSWERS = encodeUtf8('$iothub/twin/res/');
const ANSWERS_FILTER = encodeUtf8('$iothub/twin/res/#');
const DESIRED = encodeUtf8('$iothub/twin/PATCH/properties/desired/');
const DESIRED_FILTER = encodeUtf8('$iothub/twin/PATCH/properties/desired/#');
const GET = encodeUtf8('$iothub/twin/GET/?$rid=');
const REPORT = encodeUtf8('$iothub/twin/PATCH/properties/reported/?$rid=');
const ID = encodeUtf8('$rid=');
const VERSION = encodeUtf8('$version');
const VERSION_IN_TOPIC = encodeUtf8('$version=');
const DESIRED_SECTION = encodeUtf8('desired');
const CONFIGURATION = encodeUtf8('configuration');
const FIRMWARE = encodeUtf8('firmware');
const BOARD = encodeUtf8('board');
const DESIRED_VERSION = encodeUtf8('desiredVersion');
const DESIRED_RESULT = encodeUtf8('desiredResult');

/** Bytes of the largest twin, and of the largest patch of it, that are read. */
const TWIN_BYTES = 4096;
/** Bytes of one message that reports. */
const REPORT_BYTES = 480;
const TOPIC_BYTES = 64;

/** Bytes of the buffers that an `AzureTwin` holds. */
export const TWIN_BUFFERS = TWIN_BYTES + REPORT_BYTES + TOPIC_BYTES;
/** Characters of a result that are reported. */
const RESULT_LENGTH = 200;
/** Milliseconds to wait for an answer; then the question is asked again. */
const ANSWER_TIME = 30000;
/** The same after an answer that says "later": 429, or an error of the hub. */
const PAUSE = 20000;
/** Milliseconds that the report of what was desired may take before the device restarts with it. */
const RESTART_TIME = 5000;
const STORE_KEY = 'azure-twin';
/** The version, and the CRC of the hub that it is of: two of 4 bytes. */
const STORE_LENGTH = 8;

const APPLIED = 'applied';
const ON_TRIAL = 'on trial from the next start';
const NOT_KEPT = 'not applied: refused before, or taken back since the device did not connect with it';
const NO_REMOTE = 'not applied: the configuration of this device cannot be changed from afar';
const NO_ACCESS = 'not applied: rpcAccess must be all';

/** What is asked of the hub, one thing at a time. */
const enum Question {
  none = 0,
  /** For the twin. */
  twin = 1,
  /** To take what the device is and what became of the desired configuration. */
  state = 2,
  /** To take the configuration, in several parts. */
  configuration = 3,
}

export interface TwinOptions {
  firmware: string;
  board: string;
  store: Pick<Store, 'read' | 'write'>;
  remote: RemoteConfiguration | undefined;
  /** `rpcAccess` is `all`: who writes the twin may see and change the configuration. */
  mayConfigure: boolean;
  /** Restarts the device, with nothing lost. */
  restart: (() => void) | undefined;
  notice(text: string): void;
}

/**
 * The device twin ("Understand and use device twins in IoT Hub"). After each connect it asks for the twin, since
 * patches come only to devices that are connected; it asks again when there is a gap between the versions of patches.
 *
 * - Desired: `configuration` has configuration keys with values, which are set as RPC's `configuration.set` does: the
 *   device restarts with them on trial. A version is tried once, whatever becomes of it.
 * - Reported: `firmware`, `board`, `configuration` with all keys that are given (once a start), and of what was desired
 *   `desiredVersion` and `desiredResult`.
 */
export class AzureTwin implements GatewayPart {
  private readonly options: TwinOptions;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly section = new JsonValue();
  private readonly value = new JsonValue();
  /** A message that comes in pieces. */
  private readonly pieces = new Uint8Array(TWIN_BYTES);
  private readonly topic = new Uint8Array(TOPIC_BYTES);
  private readonly writer = new JsonWriter(new Uint8Array(REPORT_BYTES));
  private host: GatewayHost | undefined;
  private online = false;

  /** What waits for an answer, and its number. */
  private asked: Question = Question.none;
  private number = 0;
  /** When that is asked again, or what was put off is asked. */
  private askDeadline = Infinity;
  private wantsTwin = false;
  private wantsState = true;
  /** The first key of the configuration that is not reported; Infinity: all are. */
  private nextKey: number;
  /** The key behind those of the report that waits for its answer. */
  private endKey = 0;
  /** Of desired: the version that was seen last, and the one that was tried last, over restarts; -1: none. */
  private version = -1;
  private tried = -1;
  /** The hub of that version: another one counts its own. */
  private triedAt = 0;
  private result = '';
  /** When the device restarts at the latest. */
  private restartDeadline = Infinity;

  constructor(options: TwinOptions) {
    this.options = options;
    this.nextKey = options.remote && options.mayConfigure ? 0 : Infinity;
    const record = new Uint8Array(STORE_LENGTH);
    if (options.store.read(STORE_KEY, record) === STORE_LENGTH) {
      const view = new DataView(record.buffer);
      this.tried = view.getUint32(0, true);
      this.triedAt = view.getUint32(4, true);
    }
  }

  get deadline(): number {
    return this.askDeadline < this.restartDeadline ? this.askDeadline : this.restartDeadline;
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    const { connection } = host;
    if (connection.subscribe(ANSWERS_FILTER, 0) < 0 || connection.subscribe(DESIRED_FILTER, 1) < 0) {
      throw new RangeError('twin: no room for 2 subscriptions; maxSubscriptions is too small');
    }
  }

  connected(now: number): void {
    this.online = true;
    this.wantsTwin = true;
    this.ask(now);
  }

  disconnected(): void {
    this.online = false;
    this.giveUp();
  }

  /** Without answers it asks nothing, until they are granted. */
  subscribed(filter: Uint8Array, returnCode: number, now: number): void {
    if (!isSameTopic(filter, ANSWERS_FILTER)) return;
    if (returnCode === REFUSED) this.disconnected();
    else if (!this.online) this.connected(now);
  }

  room(now: number): void {
    if (this.askDeadline === Infinity) this.ask(now);
  }

  tick(now: number): void {
    if (this.restartDeadline <= now) return this.restart();
    if (this.askDeadline > now) return;
    this.giveUp();
    this.ask(now);
  }

  message(message: IncomingMessage, now: number): void {
    const { topic, topicFrom, topicTo, total, offset, payloadFrom, payloadTo } = message;
    const isAnswer = beginsWith(ANSWERS, topic, topicFrom, topicTo);
    if (!isAnswer && !beginsWith(DESIRED, topic, topicFrom, topicTo)) return;
    const { pieces, root } = this;
    let { payload } = message;
    let from = payloadFrom;
    const length = payloadTo - payloadFrom;
    if (length < total) {
      if (total <= TWIN_BYTES) for (let i = 0; i < length; i++) pieces[offset + i] = payload[payloadFrom + i]!;
      if (offset + length < total) return;
      payload = pieces;
      from = 0;
    }
    root.clear();
    if (total > TWIN_BYTES) {
      this.options.notice('twin: the hub sent ' + total + ' bytes; this device reads at most ' + TWIN_BYTES);
    } else if (this.check.check(payload, from, from + total)) {
      root.point(payload, from, from + total);
    }
    if (isAnswer) this.takeAnswer(topic, topicFrom + ANSWERS.length, topicTo, now);
    else this.takePatch(topic, topicFrom + DESIRED.length, topicTo, now);
  }

  private takeAnswer(topic: Uint8Array, from: number, to: number, now: number): void {
    const { asked, section } = this;
    if (asked === Question.none || numberBehind(ID, topic, from, to) !== this.number) return;
    const status = readNumber(topic, from, to);
    if (status === 429 || status >= 500) {
      this.giveUp();
      this.askDeadline = now + PAUSE;
      return;
    }
    this.asked = Question.none;
    this.askDeadline = Infinity;
    if (asked === Question.twin) {
      this.wantsTwin = false;
      if (section.member(this.root, DESIRED_SECTION)) this.takeDesired(now);
    } else if (asked === Question.configuration) {
      this.nextKey = this.endKey;
    }
    if (status >= 300) this.options.notice('twin: the hub answers with status ' + status);
    if (asked === Question.state && this.restartDeadline < Infinity && !this.wantsState) return this.restart();
    this.ask(now);
  }

  private takePatch(topic: Uint8Array, from: number, to: number, now: number): void {
    const version = numberBehind(VERSION_IN_TOPIC, topic, from, to);
    // The twin that is being asked for has this too, or has a gap to the next one.
    if (this.wantsTwin || version <= this.version) return;
    if (version === this.version + 1 && this.root.kind === JsonKind.object) {
      this.version = version;
      this.section.point(this.root.bytes, this.root.from, this.root.to);
      this.takeDesired(now);
    } else {
      this.wantsTwin = true;
    }
    this.ask(now);
  }

  /** `section` is the desired section, or a patch of it. */
  private takeDesired(now: number): void {
    const { section, value, options } = this;
    const { remote, mayConfigure, restart } = options;
    if (value.member(section, VERSION)) this.version = value.number;
    if (!value.member(section, CONFIGURATION) || value.kind !== JsonKind.object) return;
    this.wantsState = true;
    if (!remote || !mayConfigure) {
      this.result = remote ? NO_ACCESS : NO_REMOTE;
      return;
    }
    section.point(value.bytes, value.from, value.to);
    try {
      const changes = this.findChanges(remote);
      this.result = changes.length === 0 ? APPLIED : NOT_KEPT;
      if (changes.length === 0 || this.wasTried) return;
      this.noteTried();
      remote.try(changes, true);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.result = 'not applied: ' + error.message;
      return;
    }
    this.result = ON_TRIAL;
    if (restart) this.restartDeadline = now + RESTART_TIME;
  }

  /** What `section` wants to be otherwise than it is. Throws a RangeError of one line. */
  private findChanges(remote: RemoteConfiguration): SettingChange[] {
    const { section, value } = this;
    const changes: SettingChange[] = [];
    for (let found = value.first(section); found; found = value.next()) {
      const name = value.nameText();
      const { kind } = value;
      if (kind === JsonKind.object || kind === JsonKind.array) {
        throw new RangeError(name + ' must be text, a number, true, false or null');
      }
      const text = kind === JsonKind.number ? String(value.number) : value.toText();
      const [[, shown]] = remote.show(name) as [[string, string]];
      if (kind === JsonKind.null) changes.push({ name, value: undefined });
      else if (shown !== text) changes.push({ name, value: text });
    }
    return changes;
  }

  private get wasTried(): boolean {
    return this.tried === this.version && this.triedAt === this.hub;
  }

  /** The hub that the device is connected to, as a number. */
  private get hub(): number {
    const { host, port } = this.host!.connection.endpoint;
    const name = encodeUtf8(host + ':' + port);
    return crc32(name, 0, name.length, 0);
  }

  /** Whatever becomes of a version, it is not tried again: the device would restart again and again. */
  private noteTried(): void {
    const { version, hub } = this;
    const record = new Uint8Array(STORE_LENGTH);
    const view = new DataView(record.buffer);
    view.setUint32(0, version, true);
    view.setUint32(4, hub, true);
    if (!this.options.store.write(STORE_KEY, record, 0, STORE_LENGTH)) throw new RangeError('the store failed');
    this.tried = version;
    this.triedAt = hub;
  }

  private restart(): void {
    this.restartDeadline = Infinity;
    this.options.restart?.();
  }

  /** What was asked gets no answer. */
  private giveUp(): void {
    if (this.asked === Question.state) this.wantsState = true;
    this.asked = Question.none;
    this.askDeadline = Infinity;
  }

  /** Asks the next question, when there is one and none is under way. */
  private ask(now: number): void {
    if (!this.online || this.asked !== Question.none) return;
    let question = Question.none;
    let length = 0;
    if (this.wantsTwin && this.restartDeadline === Infinity) {
      question = Question.twin;
    } else if (this.wantsState) {
      question = Question.state;
      length = this.writeState();
    } else if (this.nextKey < Infinity) {
      question = Question.configuration;
      length = this.writeConfiguration();
    }
    if (question === Question.none || (question === Question.configuration && length === 0)) return;
    const { topic, writer } = this;
    const head = question === Question.twin ? GET : REPORT;
    topic.set(head, 0);
    const topicTo = writeDecimal(++this.number, 0, topic, head.length, TOPIC_BYTES);
    const { connection } = this.host!;
    if (connection.publishRange(topic, 0, topicTo, writer.bytes, 0, length, 0, false) < 0) return;
    if (question === Question.state) this.wantsState = false;
    this.asked = question;
    this.askDeadline = now + ANSWER_TIME;
  }

  private writeState(): number {
    const { writer, options, result, version } = this;
    writer.reset(0, REPORT_BYTES);
    writer.openObject();
    writer.name(FIRMWARE);
    writer.string(options.firmware);
    writer.name(BOARD);
    writer.string(options.board);
    if (result !== '') {
      writer.name(DESIRED_VERSION);
      writer.number(version, 0);
      writer.name(DESIRED_RESULT);
      writer.string(result.slice(0, RESULT_LENGTH));
    }
    writer.closeObject();
    return writer.overflow ? 0 : writer.at;
  }

  /** Writes as many keys as fit. Returns 0 when all are reported. */
  private writeConfiguration(): number {
    const { writer } = this;
    const all = this.options.remote!.show();
    writer.reset(0, REPORT_BYTES);
    writer.openObject();
    writer.name(CONFIGURATION);
    writer.openObject();
    let count = 0;
    let key = this.nextKey;
    for (; key < all.length; key++) {
      const [name, text] = all[key]!;
      const bytes = encodeUtf8(name);
      // Each byte may be escaped; then quotes, colon, comma, and what closes the objects.
      const needed = bytes.length + 2 * encodeUtf8(text).length + 8;
      if (needed > REPORT_BYTES - writer.at) {
        if (count > 0) break;
        continue;
      }
      writer.name(bytes);
      writer.string(text);
      count++;
    }
    this.endKey = key < all.length ? key : Infinity;
    if (count === 0) this.nextKey = Infinity;
    writer.closeObject();
    writer.closeObject();
    return count === 0 ? 0 : writer.at;
  }
}

function beginsWith(head: Uint8Array, topic: Uint8Array, from: number, to: number): boolean {
  if (to - from < head.length) return false;
  for (let i = 0; i < head.length; i++) if (topic[from + i] !== head[i]) return false;
  return true;
}

/** The number behind the first `marker`; NaN when there is none. */
function numberBehind(marker: Uint8Array, topic: Uint8Array, from: number, to: number): number {
  for (; from + marker.length < to; from++) {
    if (beginsWith(marker, topic, from, to)) return readNumber(topic, from + marker.length, to);
  }
  return NaN;
}

/** The digits at `from`; NaN when there are none. */
function readNumber(topic: Uint8Array, from: number, to: number): number {
  let number = NaN;
  for (; from < to; from++) {
    const digit = topic[from]! - 0x30;
    if (digit < 0 || digit > 9) break;
    number = (Number.isNaN(number) ? 0 : number * 10) + digit;
  }
  return number;
}
