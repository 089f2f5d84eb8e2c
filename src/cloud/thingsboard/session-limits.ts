import type { JsonValue } from '../../bytes/json-reader.js';
import { JsonKind, JsonValue as JsonReader } from '../../bytes/json-reader.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';

/** What is counted. */
export const enum Measure {
  /** PUBLISH packets of any kind. */
  messages = 0,
  /** Those with telemetry. */
  telemetry = 1,
  /** Values with a name in telemetry. */
  points = 2,
}

const MEASURES = 3;
/** Of each measure; further ones in an answer are left out. */
const WINDOWS = 4;
/** A window is looked at in slots, and one more, so that what counts is never less than the window. */
const SLOTS = 11;
/** What ThingsBoard's own gateway keeps to (thingsboard-gateway#1635). */
const SHARE = 0.8;
const DIGIT_0 = 0x30;
const COLON = 0x3a;
const COMMA = 0x2c;

const MAX_PAYLOAD = encodeUtf8('maxPayloadSize');
const MAX_IN_FLIGHT = encodeUtf8('maxInflightMessages');
const RATE_LIMITS = encodeUtf8('rateLimits');
const GATEWAY_RATE_LIMITS = encodeUtf8('gatewayRateLimits');
/** By `Measure`. */
const NAMES: readonly Uint8Array[] = Object.freeze([
  encodeUtf8('messages'),
  encodeUtf8('telemetryMessages'),
  encodeUtf8('telemetryDataPoints'),
]);

/**
 * The limits of a session as ThingsBoard gives them (MQTT Device API Reference, "Get session limits"), kept to four
 * fifths: what is beyond a limit is lost, or ends the connection without a reason. Rates are text such as
 * `200:1,6000:60`: at most 200 in a second and 6000 in a minute. Nothing but the constructor allocates.
 */
export class SessionLimits {
  /** The server has said what they are. */
  known = false;
  /** Bytes of the longest payload. */
  maxPayload = Infinity;
  /** Messages that may be unacknowledged. */
  inFlight = Infinity;

  /** By measure and window: how much, 0 for no limit, and the milliseconds of a slot. */
  private readonly limits = new Float64Array(MEASURES * WINDOWS);
  private readonly lengths = new Float64Array(MEASURES * WINDOWS);
  private readonly current = new Float64Array(MEASURES * WINDOWS);
  private readonly sums = new Uint32Array(MEASURES * WINDOWS);
  private readonly slots = new Uint32Array(MEASURES * WINDOWS * SLOTS);
  private readonly value = new JsonReader();
  private readonly rates = new JsonReader();

  /**
   * Takes what the server answered; `isGateway`: the rates of a gateway are those of `gatewayRateLimits`. What was sent
   * before still counts. False, and nothing is changed, when it is no object.
   */
  read(answer: JsonValue, isGateway: boolean, now: number): boolean {
    if (answer.kind !== JsonKind.object) return false;
    const { value, rates } = this;
    this.known = true;
    this.maxPayload = value.member(answer, MAX_PAYLOAD) && value.number > 0 ? value.number : Infinity;
    this.inFlight = value.member(answer, MAX_IN_FLIGHT) && value.number > 0 ? share(value.number) : Infinity;
    if (!(isGateway && rates.member(answer, GATEWAY_RATE_LIMITS))) rates.member(answer, RATE_LIMITS);
    for (let measure = 0; measure < MEASURES; measure++) {
      value.member(rates, NAMES[measure]!);
      this.readRates(measure, now);
    }
    return true;
  }

  /** When so much of a measure may leave, in milliseconds of `Clock.now`; `now` or before: now. */
  freeAt(measure: Measure, amount: number, now: number): number {
    let free = now;
    for (let row = measure * WINDOWS; row < (measure + 1) * WINDOWS; row++) {
      const limit = this.limits[row]!;
      if (limit === 0) continue;
      this.advance(row, now);
      let sum = this.sums[row]!;
      let wait = 0;
      while (sum > 0 && sum + amount > limit) {
        wait++;
        sum -= this.slots[row * SLOTS + ((this.current[row]! + wait) % SLOTS)]!;
      }
      const at = wait === 0 ? now : (this.current[row]! + wait) * this.lengths[row]!;
      if (at > free) free = at;
    }
    return free;
  }

  /** How much of a measure may leave now; Infinity: any amount. */
  left(measure: Measure, now: number): number {
    let left = Infinity;
    for (let row = measure * WINDOWS; row < (measure + 1) * WINDOWS; row++) {
      const limit = this.limits[row]!;
      if (limit === 0) continue;
      this.advance(row, now);
      const ofRow = limit - this.sums[row]!;
      if (ofRow < left) left = ofRow;
    }
    return left > 0 ? left : 0;
  }

  /** So much of a measure has left. */
  sent(measure: Measure, amount: number, now: number): void {
    for (let row = measure * WINDOWS; row < (measure + 1) * WINDOWS; row++) {
      if (this.limits[row] === 0) continue;
      this.advance(row, now);
      this.slots[row * SLOTS + (this.current[row]! % SLOTS)]! += amount;
      this.sums[row]! += amount;
    }
  }

  /** Takes the text in `value`. */
  private readRates(measure: Measure, now: number): void {
    const { value } = this;
    const { bytes } = value;
    const isText = value.kind === JsonKind.text;
    let at = value.from + 1;
    for (let row = measure * WINDOWS; row < (measure + 1) * WINDOWS; row++) {
      let amount = 0;
      let seconds = 0;
      if (isText) {
        for (; at < value.to - 1 && bytes[at] !== COLON; at++) amount = append(amount, bytes[at]!);
        for (at++; at < value.to - 1 && bytes[at] !== COMMA; at++) seconds = append(seconds, bytes[at]!);
        at++;
      }
      const isLimit = amount > 0 && seconds > 0 && seconds <= 31536000;
      const limit = isLimit ? share(amount) : 0;
      const length = isLimit ? (seconds * 1000) / (SLOTS - 1) : 0;
      if (length !== this.lengths[row]) this.clear(row, length, now);
      this.limits[row] = limit;
    }
  }

  private clear(row: number, length: number, now: number): void {
    this.lengths[row] = length;
    this.sums[row] = 0;
    for (let i = 0; i < SLOTS; i++) this.slots[row * SLOTS + i] = 0;
    this.current[row] = length === 0 ? 0 : Math.floor(now / length);
  }

  /** Empties the slots that are older than the window. */
  private advance(row: number, now: number): void {
    const slot = Math.floor(now / this.lengths[row]!);
    let passed = slot - this.current[row]!;
    if (passed <= 0) return;
    if (passed > SLOTS) passed = SLOTS;
    this.current[row] = slot;
    for (let i = 0; i < passed; i++) {
      const at = row * SLOTS + ((slot - i) % SLOTS);
      this.sums[row]! -= this.slots[at]!;
      this.slots[at] = 0;
    }
  }
}

/** A number with one more digit; NaN for what is none. */
function append(number: number, digit: number): number {
  return digit >= DIGIT_0 && digit <= DIGIT_0 + 9 ? number * 10 + digit - DIGIT_0 : NaN;
}

/** What of a limit is used; never nothing. */
function share(limit: number): number {
  const used = Math.floor(limit * SHARE);
  return used < 1 ? 1 : used;
}
