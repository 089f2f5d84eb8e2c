import { JsonKind } from '../bytes/json-reader.js';
import type { JsonWriter } from '../bytes/json-writer.js';
import type { LogLevel } from '../hal/board.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { RpcError } from './rpc-call.js';
import type { RpcCall } from './rpc-call.js';
import { RpcAccess } from './rpc-options.js';
import type { RpcMethods } from './rpc-options.js';

/** What the built-in methods act on. What is absent is refused with `RpcError.unavailable`. */
export interface BuiltInTargets {
  /** Lets a person find the device, for so many seconds: blinks, or says so on the log. */
  identify?(seconds: number): void;

  /** Restarts the device, at once. */
  restart?(): void;

  /**
   * Writes how the device is now as one JSON value to `into[from..to)` and returns its length, or -1 when it does not
   * fit: `writeHealthJson` of a `HealthReport`.
   */
  writeStatistics?(into: Uint8Array, from: number, to: number): number;

  /** Writes what waits in the outbox, and what became of the rest, as one JSON value. False when there is no outbox. */
  writeOutbox?(into: JsonWriter): boolean;

  /** Begins or ends scanning; it stays so until the next start. Absent without a scanner. */
  setScan?(on: boolean): void;

  setLogLevel?(level: LogLevel): void;

  /** The policy of the tags as text, and a new one, which is refused with an Error of one line. */
  policyText?(): string;
  setPolicyText?(text: string): void;
}

const enum Method {
  identify,
  reboot,
  statistics,
  scan,
  log,
  policyGet,
  policySet,
  outboxStatistics,
}

/** In the order of `Method`. */
const NAMES: readonly Uint8Array[] = Object.freeze(
  ['identify', 'reboot', 'statistics', 'scan', 'log', 'policy.get', 'policy.set', 'outbox.statistics'].map(encodeUtf8),
);
/** In the order of `Method`. */
const ACCESS: readonly RpcAccess[] = Object.freeze([
  RpcAccess.operate,
  RpcAccess.operate,
  RpcAccess.read,
  RpcAccess.operate,
  RpcAccess.operate,
  RpcAccess.read,
  RpcAccess.operate,
  RpcAccess.read,
]);
/** By `LogLevel`. */
const LEVELS: readonly Uint8Array[] = Object.freeze(['off', 'error', 'info', 'debug'].map(encodeUtf8));

const SECONDS = encodeUtf8('seconds');
const ON = encodeUtf8('on');
const LEVEL = encodeUtf8('level');
const POLICY = encodeUtf8('policy');
const RESTARTING = encodeUtf8('restarting');
const SEPARATOR = encodeUtf8(', ');
const OR = encodeUtf8(' or ');
const UNAVAILABLE = encodeUtf8('this device cannot do that');
const A_POLICY = encodeUtf8('text or an object');
const IDENTIFY_SECONDS = 10;
const MOST_SECONDS = 3600;

/**
 * What every device can be asked:
 *
 * - `identify {seconds: 1..3600}` (default 10): `{"seconds":10}`
 * - `reboot`: `{"restarting":true}`, and then the device restarts
 * - `statistics`: the health report of now
 * - `scan {on}` or `scan` with true or false: `{"on":true}`
 * - `log {level: "off" | "error" | "info" | "debug"}` or with the bare text: `{"level":"info"}`
 * - `outbox.statistics`: what waits for the broker, how old it is, and what was dropped why
 * - `policy.get`, `policy.set {policy}` or with the bare text or object: `{"policy": …}`, what then counts
 */
export class BuiltInMethods implements RpcMethods {
  readonly names = NAMES;
  readonly access = ACCESS;
  private readonly targets: BuiltInTargets;

  constructor(targets: BuiltInTargets) {
    this.targets = targets;
  }

  run(index: number, call: RpcCall): void {
    const targets = this.targets;
    switch (index as Method) {
      case Method.identify:
        return targets.identify ? this.identify(call) : unavailable(call);
      case Method.reboot:
        return targets.restart ? this.reboot(call) : unavailable(call);
      case Method.statistics:
        return targets.writeStatistics ? this.statistics(call) : unavailable(call);
      case Method.scan:
        return targets.setScan ? this.scan(call) : unavailable(call);
      case Method.log:
        return targets.setLogLevel ? this.log(call) : unavailable(call);
      case Method.policyGet:
        return targets.policyText ? this.policyGet(call) : unavailable(call);
      case Method.outboxStatistics:
        return targets.writeOutbox?.(call.result) ? undefined : unavailable(call);
      default:
        return targets.setPolicyText ? this.policySet(call) : unavailable(call);
    }
  }

  after(): void {
    this.targets.restart?.();
  }

  private identify(call: RpcCall): void {
    const seconds = call.integer(SECONDS, 1, MOST_SECONDS, IDENTIFY_SECONDS);
    if (!(seconds > 0)) return;
    this.targets.identify!(seconds);
    const { result } = call;
    result.openObject();
    result.name(SECONDS);
    result.number(seconds, 0);
    result.closeObject();
  }

  private reboot(call: RpcCall): void {
    call.afterwards = 1;
    const { result } = call;
    result.openObject();
    result.name(RESTARTING);
    result.boolean(true);
    result.closeObject();
  }

  private statistics(call: RpcCall): void {
    const { result } = call;
    result.beginValue();
    result.endValue(this.targets.writeStatistics!(result.bytes, result.at, result.to));
  }

  private scan(call: RpcCall): void {
    const on = call.flag(ON);
    if (on < 0) return;
    this.targets.setScan!(on === 1);
    const { result } = call;
    result.openObject();
    result.name(ON);
    result.boolean(on === 1);
    result.closeObject();
  }

  private log(call: RpcCall): void {
    const value = call.pick(LEVEL);
    let level = 0;
    while (level < LEVELS.length && !value.is(LEVELS[level]!)) level++;
    if (level === LEVELS.length) {
      const text = call.refuseParam(LEVEL);
      for (let i = 0; i < LEVELS.length; i++) {
        if (i > 0) text.part(i < LEVELS.length - 1 ? SEPARATOR : OR);
        text.part(LEVELS[i]!);
      }
      return;
    }
    this.targets.setLogLevel!(level);
    const { result } = call;
    result.openObject();
    result.name(LEVEL);
    result.text(LEVELS[level]!);
    result.closeObject();
  }

  private policyGet(call: RpcCall): void {
    const { result } = call;
    result.openObject();
    result.name(POLICY);
    result.string(this.targets.policyText!());
    result.closeObject();
  }

  private policySet(call: RpcCall): void {
    const { params, value } = call;
    // A policy may be an object itself, and then it is the params, unless they have a member of that name.
    const found = params.kind === JsonKind.object && value.member(params, POLICY) ? value : params;
    if (found.kind !== JsonKind.text && found.kind !== JsonKind.object) {
      call.refuseParam(POLICY).part(A_POLICY);
      return;
    }
    try {
      this.targets.setPolicyText!(found.toText());
    } catch (error) {
      call.refuse(RpcError.invalidParams).part(encodeUtf8((error as Error).message));
      return;
    }
    if (this.targets.policyText) this.policyGet(call);
  }
}

function unavailable(call: RpcCall): void {
  call.refuse(RpcError.unavailable).part(UNAVAILABLE);
}
