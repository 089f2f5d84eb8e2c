import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { FALSE, TRUE } from '../../bytes/json-writer.js';
import { writeDecimal } from '../../bytes/decimal.js';
import type { IncomingMessage } from '../../mqtt/parser.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRequest, RpcShape } from '../../rpc/rpc-shape.js';
import { MetricReader } from './metric-reader.js';

/** The aliases of the metrics of the edge node itself; those of tags are from `ALIASES` on. */
export const enum NodeAlias {
  reboot = 1,
  scan = 2,
  identify = 3,
  call = 4,
  answer = 5,
  firmware = 6,
  hardware = 7,
}

export const REBIRTH = encodeUtf8('Node Control/Rebirth');
export const DEVICE_REBIRTH = encodeUtf8('Device Control/Rebirth');
export const REBOOT = encodeUtf8('Node Control/Reboot');
export const SCAN = encodeUtf8('Node Control/Scan');
export const IDENTIFY = encodeUtf8('Node Control/Identify');
export const CALL = encodeUtf8('Node Control/Call');

const METHOD_REBOOT = encodeUtf8('reboot');
const METHOD_SCAN = encodeUtf8('scan');
const METHOD_IDENTIFY = encodeUtf8('identify');
const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const ID = encodeUtf8('id');

/** What stands for an id where a metric of its own is the call; no JSON value begins with one of these letters. */
const ID_REBOOT = encodeUtf8('r');
const ID_SCAN_OFF = encodeUtf8('so');
const ID_SCAN_ON = encodeUtf8('si');
const ID_IDENTIFY = encodeUtf8('i');
const LETTER_S = 0x73;
const LETTER_I = 0x69;
const LETTER_R = 0x72;

/** What becomes of answers: an edge node reports them in NDATA. */
export interface CommandListener {
  /** Scanning was begun or ended. */
  scanChanged(on: boolean): void;

  /**
   * A call was answered, or a metric could not be written; `id[idFrom..idTo)` is the id of the call as JSON, empty when
   * a metric was written. The answer is the JSON object `payload[from..to)`.
   */
  answered(id: Uint8Array, idFrom: number, idTo: number, payload: Uint8Array, from: number, to: number): void;
}

/**
 * Calls as commands to an edge node (NCMD). Metrics of their own are `Node Control/Reboot` (true), `Node Control/Scan`
 * (Boolean) and `Node Control/Identify` (seconds); `Node Control/Call` takes every method, as text
 * `{"id": …, "method": …, "params": …}`. One call in a message counts, the first.
 */
export class NodeCommands implements RpcShape {
  readonly maxIdLength = 64;
  readonly maxTopicLength = 0;
  readonly tailLength = 0;

  private readonly reader = new MetricReader();
  private readonly check = new JsonCheck();
  private readonly call = new JsonValue();
  private readonly value = new JsonValue();
  private readonly digits = new Uint8Array(24);
  private readonly listener: CommandListener;

  constructor(listener: CommandListener) {
    this.listener = listener;
  }

  /**
   * True when the message has a metric of this name, or of this alias unless it is -1, that is true: NCMD with
   * `REBIRTH`, DCMD with `DEVICE_REBIRTH`.
   */
  asksFor(name: Uint8Array, alias: number, message: IncomingMessage): boolean {
    const { reader } = this;
    if (!this.point(message)) return false;
    while (reader.next()) if (reader.flag === 1 && this.is(message, name, alias)) return true;
    return false;
  }

  read(message: IncomingMessage, request: RpcRequest): boolean {
    const { reader } = this;
    if (!this.point(message)) return false;
    while (reader.next()) {
      if (this.is(message, REBOOT, NodeAlias.reboot)) {
        if (reader.flag !== 1) continue;
        setMethod(request, METHOD_REBOOT, ID_REBOOT);
        return true;
      }
      if (this.is(message, SCAN, NodeAlias.scan)) {
        if (reader.flag < 0) continue;
        setMethod(request, METHOD_SCAN, reader.flag === 1 ? ID_SCAN_ON : ID_SCAN_OFF);
        const value = reader.flag === 1 ? TRUE : FALSE;
        request.params.point(value, 0, value.length);
        return true;
      }
      if (this.is(message, IDENTIFY, NodeAlias.identify)) {
        if (reader.integer < 0) continue;
        setMethod(request, METHOD_IDENTIFY, ID_IDENTIFY);
        const { digits } = this;
        request.params.point(digits, 0, writeDecimal(reader.integer, 0, digits, 0, digits.length));
        return true;
      }
      if (this.is(message, CALL, NodeAlias.call) && reader.textFrom >= 0) return this.readCall(message, request);
    }
    return false;
  }

  writeTopic(): number {
    return 0;
  }

  writeHead(): number {
    return 0;
  }

  writeTail(): void {}

  take(
    id: Uint8Array,
    idFrom: number,
    idTo: number,
    error: number,
    payload: Uint8Array,
    from: number,
    to: number,
  ): void {
    const letter = id[idFrom]!;
    const isMetric = letter === LETTER_S || letter === LETTER_I || letter === LETTER_R;
    if (!isMetric) this.listener.answered(id, idFrom, idTo, payload, from, to);
    else if (error !== 0) this.listener.answered(id, 0, 0, payload, from, to);
    else if (letter === LETTER_S) this.listener.scanChanged(id[idFrom + 1] === LETTER_I);
  }

  /** Text that is no call is one all the same, without a method: its error is reported. */
  private readCall({ payload }: IncomingMessage, request: RpcRequest): boolean {
    const { reader, check, call, value } = this;
    const { textFrom, textTo } = reader;
    if (!check.check(payload, textFrom, textTo)) return true;
    call.point(payload, textFrom, textTo);
    if (value.member(call, METHOD) && value.kind === JsonKind.text) {
      request.method = payload;
      request.methodFrom = value.from + 1;
      request.methodTo = value.to - 1;
    }
    if (value.member(call, ID)) {
      request.id = payload;
      request.idFrom = value.from;
      request.idTo = value.to;
    }
    request.params.member(call, PARAMS);
    return true;
  }

  private point({ payload, payloadFrom, payloadTo, offset, total, retain }: IncomingMessage): boolean {
    if (retain || offset > 0 || total > payloadTo - payloadFrom) return false;
    this.reader.point(payload, payloadFrom, payloadTo);
    return true;
  }

  private is(message: IncomingMessage, name: Uint8Array, alias: NodeAlias): boolean {
    return this.reader.alias === alias || this.isNamed(message, name);
  }

  private isNamed({ payload }: IncomingMessage, name: Uint8Array): boolean {
    const { nameFrom, nameTo } = this.reader;
    if (nameTo - nameFrom !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (payload[nameFrom + i] !== name[i]) return false;
    return true;
  }
}

function setMethod(request: RpcRequest, method: Uint8Array, id: Uint8Array): void {
  request.method = method;
  request.methodTo = method.length;
  request.id = id;
  request.idTo = id.length;
}
