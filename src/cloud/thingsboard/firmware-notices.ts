import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { GatewayHost, GatewayPart } from '../part.js';
import type { ThingsBoardSession } from './session.js';

const QOS = 1;
const TELEMETRY = encodeUtf8('v1/devices/me/telemetry');
const ATTRIBUTES = encodeUtf8('v1/devices/me/attributes');
/** The id 1 is that of `SharedAttributes`. */
const REQUEST = encodeUtf8('v1/devices/me/attributes/request/2');
const RESPONSE = encodeUtf8('v1/devices/me/attributes/response/2');
const RESPONSES = encodeUtf8('v1/devices/me/attributes/response/+');
const QUESTION = encodeUtf8('{"sharedKeys":"fw_title,fw_version"}');
const SHARED = encodeUtf8('shared');
const TITLE = encodeUtf8('fw_title');
const VERSION = encodeUtf8('fw_version');
const DELETED = encodeUtf8('deleted');
/** At most, in a message. */
const POINTS = 4;
const NO_UPDATE = 'this firmware cannot be updated over the air: flash it by cable';

/**
 * What ThingsBoard's page "OTA updates" shows of a device (its guide "OTA updates", MQTT). On each connection it
 * tells as telemetry which firmware it runs. It does not update itself: where another firmware is assigned to it, it
 * asks for no part of that, and tells `fw_state` FAILED with the reason as `fw_error`; where its own is, UPDATED.
 *
 * This is rare, so it is ordinary code.
 */
export class FirmwareNotices implements GatewayPart {
  /** When the rates of the server allow what waits. */
  deadline = Infinity;

  private readonly title: string;
  private readonly version: string;
  private readonly session: Pick<ThingsBoardSession, 'allowedAt' | 'noteTelemetry'> | undefined;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly section = new JsonValue();
  private readonly value = new JsonValue();
  private host: GatewayHost | undefined;
  private online = false;
  private told = true;
  private asked = true;
  /** What is assigned to the device; empty: nothing, or it is not known. */
  private wantedTitle = '';
  private wantedVersion = '';
  /** That has still to be answered. */
  private answers = false;

  /** `session` paces and counts what leaves. */
  constructor(
    board: string,
    version: string,
    session: Pick<ThingsBoardSession, 'allowedAt' | 'noteTelemetry'> | undefined,
  ) {
    // A package fits one kind of board.
    this.title = 'tagwire-' + board;
    this.version = version;
    this.session = session;
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    const { connection } = host;
    if (connection.subscribe(ATTRIBUTES, QOS) < 0 || connection.subscribe(RESPONSES, QOS) < 0) {
      throw new RangeError('firmware notices: no room for 2 subscriptions; maxSubscriptions is too small');
    }
  }

  connected(now: number): void {
    this.online = true;
    this.told = this.asked = false;
    this.room(now);
  }

  disconnected(): void {
    this.online = false;
    this.deadline = Infinity;
  }

  tick(now: number): void {
    if (this.deadline > now) return;
    this.deadline = Infinity;
    this.room(now);
  }

  room(now: number): void {
    if (!this.online) return;
    if (!this.told && this.mayTell(now)) this.told = this.tell({}, now);
    if (!this.asked && this.mayTell(now)) this.asked = this.ask();
    if (!this.answers || !this.mayTell(now)) return;
    const { wantedTitle, wantedVersion } = this;
    const isOwn = wantedTitle === this.title && wantedVersion === this.version;
    const state = isOwn ? { fw_state: 'UPDATED' } : { fw_state: 'FAILED', fw_error: NO_UPDATE };
    if (this.tell(state, now)) this.answers = false;
  }

  message(message: IncomingMessage, now: number): void {
    const isResponse = isTopic(message, RESPONSE);
    if (isResponse || isTopic(message, ATTRIBUTES)) this.take(message, isResponse);
    // Among others, the message that says what the limits are.
    this.room(now);
  }

  private take(message: IncomingMessage, isResponse: boolean): void {
    const { payload, payloadFrom, payloadTo, total } = message;
    if (total > payloadTo - payloadFrom || !this.check.check(payload, payloadFrom, payloadTo)) return;
    const { root, section } = this;
    root.point(payload, payloadFrom, payloadTo);
    if (!isResponse) section.point(payload, payloadFrom, payloadTo);
    else if (!section.member(root, SHARED)) return;
    if (this.value.member(section, DELETED) && this.value.toText().includes('"fw_title"')) {
      this.wantedTitle = this.wantedVersion = '';
      return;
    }
    const title = this.text(TITLE, this.wantedTitle);
    const version = this.text(VERSION, this.wantedVersion);
    // What was answered since the start is not answered again on each connection.
    if (title === this.wantedTitle && version === this.wantedVersion) return;
    this.wantedTitle = title;
    this.wantedVersion = version;
    this.answers = title !== '' && version !== '';
  }

  private text(name: Uint8Array, known: string): string {
    return this.value.member(this.section, name) && this.value.kind === JsonKind.text ? this.value.toText() : known;
  }

  private mayTell(now: number): boolean {
    const free = this.session ? this.session.allowedAt(POINTS, now) : now;
    if (free <= now) return true;
    this.deadline = free;
    this.host!.wake();
    return false;
  }

  /** With QoS 0: the next connection asks anew. */
  private ask(): boolean {
    if (this.host!.connection.publish(REQUEST, QUESTION, 0, false) < 0) return false;
    return true;
  }

  private tell(state: object, now: number): boolean {
    const values = { current_fw_title: this.title, current_fw_version: this.version };
    const text = encodeUtf8(JSON.stringify(Object.assign(values, state)));
    if (this.host!.connection.publish(TELEMETRY, text, QOS, false) < 0) return false;
    this.session?.noteTelemetry(POINTS, now);
    return true;
  }
}
