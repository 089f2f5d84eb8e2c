import { JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { decodeUtf8 } from '../../bytes/utf8.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { findKey, KeyKind } from '../../settings/configuration-keys.js';
import type { SettingChange } from '../../settings/persisted-settings.js';
import { REMOTE_KEYS } from '../../settings/remote-configuration.js';
import { crc32 } from '../../telemetry/crc32.js';
import type { CloudDevice } from '../definition.js';
import { ThingPart } from './thing-part.js';

/** The filters of a shadow, below its base. */
export const SHADOW_FILTERS: readonly string[] = Object.freeze(['get/+', 'update/delta', 'update/rejected']);

/** Of what was tried last, so that values which lost the connection are not tried for ever. */
const TRIED = 'aws-tried';
const STATE = encodeUtf8('state');
const DELTA = encodeUtf8('delta');
const VERSION = encodeUtf8('version');
const CODE = encodeUtf8('code');
const MESSAGE = encodeUtf8('message');
const NOT_FOUND = 404;
const CONFLICT = 409;

/** JSON that a shadow holds for one key. */
type Value = string | number | boolean | null;
interface Values {
  [name: string]: Value;
}

/** `$aws/things/{thing}/shadow/`, or that of a named one. */
export function shadowBase(thing: string, name: string | undefined): string {
  return '$aws/things/' + thing + '/shadow/' + (name === undefined ? '' : 'name/' + name + '/');
}

/**
 * The shadow of a thing: its desired values are configuration keys of the device, which it tries as `configuration.set`
 * does, and reported are the firmware and what counts. What is refused is reported as `refused`, with the reason.
 *
 * The shadow is read at each connection, since deltas come only while there is one. What the device reports has the
 * version of the shadow that it knows: when somebody else was faster AWS refuses it (409), and it is read again.
 */
export class Shadow extends ThingPart {
  /** The version of the last document; 0: there is no shadow yet. */
  private version = 0;
  /** What was reported last over this connection. */
  private reported = '';
  private readonly value = new JsonValue();
  private readonly state = new JsonValue();
  private readonly delta = new JsonValue();
  private readonly mayChange: boolean;
  /** Somebody was told that the store fails. */
  private storeFails = false;

  /** `mayChange`: what is desired may change the configuration. */
  constructor(device: CloudDevice, base: string, mayChange: boolean) {
    super(device, base, SHADOW_FILTERS, 'get');
    this.mayChange = mayChange;
  }

  override connected(now: number): void {
    this.reported = '';
    super.connected(now);
  }

  protected take(topic: string, document: JsonValue, now: number): void {
    const { value, state, delta } = this;
    if (topic === 'get/accepted') {
      this.answered();
      this.version = value.member(document, VERSION) ? value.number : 0;
      state.member(document, STATE);
      if (!delta.member(state, DELTA)) delta.clear();
      this.follow();
    } else if (topic === 'update/delta') {
      const version = value.member(document, VERSION) ? value.number : 0;
      // Deltas may come in any order; the newest has all that is different.
      if (version <= this.version) return;
      this.version = version;
      delta.member(document, STATE);
      this.follow();
    } else if (topic === 'get/rejected' || topic === 'update/rejected') {
      const code = value.member(document, CODE) ? value.number : 0;
      if (topic === 'get/rejected' && code === NOT_FOUND) {
        this.answered();
        this.version = 0;
        delta.clear();
        this.follow();
      } else if (code === CONFLICT) {
        this.reported = '';
        this.ask(now);
      } else {
        if (topic === 'update/rejected') this.version--;
        const text = value.member(document, MESSAGE) ? value.toText() : '';
        this.device.notice('AWS IoT Core: shadow, ' + topic + ': ' + code + ' ' + text);
      }
    }
  }

  /** Tries what is desired and not so, and reports. */
  private follow(): void {
    const { delta, value, device } = this;
    const { remote } = device;
    const reported: Values = { firmware: device.firmware, board: device.board.name, refused: null };
    if (remote && this.mayChange) {
      for (const [name, text] of remote.show()) if (REMOTE_KEYS.includes(name)) reported[name] = valueOf(name, text);
    }
    const changes: SettingChange[] = [];
    try {
      for (let found = value.first(delta); found; found = value.next()) {
        const name = value.nameText();
        if (!remote || !this.mayChange) {
          throw new RangeError(name + ' can be set only on a device with rpcAccess=all');
        }
        const { kind } = value;
        if (kind === JsonKind.object || kind === JsonKind.array) {
          throw new RangeError(name + ' must be text, a number, true or false');
        }
        const text = value.toText();
        const current = remote.show(name)[0]![1];
        // In another form than ours: so that the difference goes away, it is reported as it is desired.
        if (text === current) reported[name] = JSON.parse(decodeUtf8(value.bytes, value.from, value.to)) as Value;
        else changes.push({ name, value: text });
      }
      if (changes.length > 0) {
        this.attempt(changes);
        return;
      }
      if (!device.board.store.remove(TRIED)) this.noticeStore();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reported['refused'] = error.message;
    }
    this.report(reported);
  }

  private attempt(changes: readonly SettingChange[]): void {
    const { remote, board } = this.device;
    const bytes = encodeUtf8(JSON.stringify(changes));
    const mark = new Uint8Array(4);
    new DataView(mark.buffer).setUint32(0, crc32(bytes, 0, bytes.length, 0));
    const tried = new Uint8Array(4);
    if (board.store.read(TRIED, tried) === 4 && mark.every((byte, i) => byte === tried[i])) {
      throw new RangeError('the device did not connect with these values, and went back to those before');
    }
    if (!board.restart) throw new RangeError('this device cannot restart, which new values need');
    remote!.try(changes, this.overTls);
    if (!board.store.write(TRIED, mark, 0, 4)) this.noticeStore();
    this.device.restart();
  }

  /** Once: what follows from it is that values are tried again, or are taken for tried. */
  private noticeStore(): void {
    if (this.storeFails) return;
    this.storeFails = true;
    this.device.notice('AWS IoT Core: shadow: the store failed');
  }

  private report(reported: Values): void {
    const text = JSON.stringify(reported);
    if (text === this.reported) return;
    this.reported = text;
    this.publish('update', { state: { reported }, ...(this.version > 0 && { version: this.version }) });
    // Ours makes the next version; its answer is not waited for.
    this.version++;
  }
}

/** The value of a configuration key as JSON. */
function valueOf(name: string, text: string): Value {
  const kind = findKey(name)?.kind;
  if (kind === KeyKind.flag) return text === 'true' || text === '1';
  return kind === KeyKind.integer || kind === KeyKind.decimal ? Number(text) : text;
}
