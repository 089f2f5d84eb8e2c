import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { Store } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { REMOTE_KEYS } from '../../settings/remote-configuration.js';
import type { RemoteConfiguration } from '../../settings/remote-configuration.js';
import type { SettingChange } from '../../settings/persisted-settings.js';
import { crc32 } from '../../telemetry/crc32.js';
import type { GatewayHost, GatewayPart } from '../part.js';

const QOS = 1;
const ATTRIBUTES = encodeUtf8('v1/devices/me/attributes');
const REQUEST = encodeUtf8('v1/devices/me/attributes/request/1');
const RESPONSE = encodeUtf8('v1/devices/me/attributes/response/1');
const RESPONSES = encodeUtf8('v1/devices/me/attributes/response/+');
const SHARED = encodeUtf8('shared');

const APPLIED = 'applied';
const ON_TRIAL = 'on trial from the next start';
const NOT_KEPT = 'not applied: refused before, or taken back since the device did not connect with it';

/** What was tried last, as the CRC-32 of the changes. */
const STORE_KEY = 'tb-tried';
const STORE_LENGTH = 4;
/** Milliseconds that the result may take before the device restarts with what is on trial. */
const RESTART_TIME = 5000;

export interface SharedAttributesOptions {
  store: Pick<Store, 'read' | 'write'>;
  remote: RemoteConfiguration;
  /** Restarts the device, with nothing lost. */
  restart: () => void;
}

/**
 * Shared attributes of ThingsBoard that have the name of a configuration key which may be set from afar: they are set
 * as RPC's `configuration.set` does, so that the device restarts with them on trial. They are asked for after each
 * connect, since changes come only to devices that are connected. The same changes are tried once, whatever becomes of
 * them. The client attribute `configurationResult` says what did.
 *
 * Attributes change rarely, so this is ordinary code.
 */
export class SharedAttributes implements GatewayPart {
  /** When the device restarts at the latest. */
  deadline = Infinity;

  private readonly options: SharedAttributesOptions;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly section = new JsonValue();
  private readonly value = new JsonValue();
  private host: GatewayHost | undefined;
  private online = false;
  private asked = true;
  /** What became of the attributes; empty: it is said, or nobody set any. */
  private result = '';
  /** The PUBLISH that says so. */
  private resultId = 0;
  private tried = -1;

  constructor(options: SharedAttributesOptions) {
    this.options = options;
    const record = new Uint8Array(STORE_LENGTH);
    if (options.store.read(STORE_KEY, record) === STORE_LENGTH) {
      this.tried = new DataView(record.buffer).getUint32(0, true);
    }
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    const { connection } = host;
    if (connection.subscribe(ATTRIBUTES, QOS) < 0 || connection.subscribe(RESPONSES, QOS) < 0) {
      throw new RangeError('shared attributes: no room for 2 subscriptions; maxSubscriptions is too small');
    }
  }

  connected(now: number): void {
    this.online = true;
    this.asked = false;
    this.room(now);
  }

  disconnected(): void {
    this.online = false;
  }

  stopped(): void {
    this.deadline = Infinity;
  }

  tick(now: number): void {
    if (this.deadline <= now) this.restart();
  }

  acknowledged(packetId: number): void {
    if (packetId === 0 || packetId !== this.resultId) return;
    this.resultId = 0;
    if (this.deadline < Infinity) this.restart();
  }

  room(_now: number): void {
    if (!this.online) return;
    const { connection } = this.host!;
    if (!this.asked) {
      const names = encodeUtf8(JSON.stringify({ sharedKeys: REMOTE_KEYS.join(',') }));
      this.asked = connection.publish(REQUEST, names, QOS, false) >= 0;
    }
    if (this.result === '') return;
    const text = encodeUtf8(JSON.stringify({ configurationResult: this.result }));
    const packetId = connection.publish(ATTRIBUTES, text, QOS, false);
    if (packetId < 0) return;
    this.resultId = packetId;
    this.result = '';
  }

  message(message: IncomingMessage, now: number): void {
    const isResponse = isTopic(message, RESPONSE);
    if (!isResponse && !isTopic(message, ATTRIBUTES)) return;
    const { payload, payloadFrom, payloadTo, total } = message;
    if (total > payloadTo - payloadFrom || !this.check.check(payload, payloadFrom, payloadTo)) return;
    const { root, section } = this;
    root.point(payload, payloadFrom, payloadTo);
    if (!isResponse) section.point(payload, payloadFrom, payloadTo);
    else if (!section.member(root, SHARED)) return;
    this.take(now);
    this.room(now);
  }

  /** Takes the attributes in `section`. */
  private take(now: number): void {
    const { remote } = this.options;
    try {
      const changes: SettingChange[] = [];
      if (!this.findChanges(remote, changes)) return;
      this.result = changes.length === 0 ? APPLIED : NOT_KEPT;
      const bytes = encodeUtf8(JSON.stringify(changes));
      const sum = crc32(bytes, 0, bytes.length, 0);
      if (changes.length === 0 || sum === this.tried) return;
      this.noteTried(sum);
      remote.try(changes, this.host!.connection.endpoint.tls !== undefined);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.result = 'not applied: ' + error.message;
      return;
    }
    this.result = ON_TRIAL;
    this.deadline = now + RESTART_TIME;
  }

  /** Adds what is to be otherwise than it is to `changes`. False when no attribute is a configuration key. */
  private findChanges(remote: RemoteConfiguration, changes: SettingChange[]): boolean {
    const { section, value } = this;
    let any = false;
    for (let found = value.first(section); found; found = value.next()) {
      const name = value.nameText();
      if (!REMOTE_KEYS.includes(name)) continue;
      any = true;
      const { kind } = value;
      if (kind === JsonKind.object || kind === JsonKind.array) {
        throw new RangeError(name + ' must be text, a number, true or false');
      }
      const text = kind === JsonKind.number ? String(value.number) : value.toText();
      if (remote.show(name)[0]![1] !== text) changes.push({ name, value: text });
    }
    return any;
  }

  private noteTried(sum: number): void {
    const record = new Uint8Array(STORE_LENGTH);
    new DataView(record.buffer).setUint32(0, sum, true);
    // Values that fail, and of which that is not known after the restart, would make it restart again and again.
    if (!this.options.store.write(STORE_KEY, record, 0, STORE_LENGTH)) throw new RangeError('the store failed');
    this.tried = sum;
  }

  private restart(): void {
    this.deadline = Infinity;
    this.options.restart();
  }
}
