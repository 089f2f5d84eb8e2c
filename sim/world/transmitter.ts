import { putFlags } from './encode/ad-structure.js';
import { putEddystoneService, putEddystoneTlm, putEddystoneUid } from './encode/eddystone.js';
import { putBthome } from './encode/bthome.js';
import { putIbeacon } from './encode/ibeacon.js';
import { putMikrotik } from './encode/mikrotik.js';
import { putRuuvi } from './encode/ruuvi.js';
import { buttonAt, celsiusAt, flagsAt, positionAt, PRESS_SECONDS, pressesOf, signalsOf } from './motion.js';
import type { Happening } from './motion.js';
import { SeededRandom } from './random.js';
import type { WorldTag } from './world-file.js';

/** The longest advDelay, the random part between advertising events (Core 5.4, Vol 6, Part B, 4.4.2.2.1). */
const ADV_DELAY_MILLISECONDS = 10;

/** Of the flags of a MikroTik tag. */
const REED_SWITCH = 1;

/** The radio of one tag: when it sends, and what. */
export class Transmitter {
  /** 6 bytes, most significant first. */
  readonly address: Uint8Array;
  /** 0 public, 1 random. */
  readonly addressType: number;
  /** When the next advertising event is, in milliseconds of the world. */
  nextAt: number;

  private readonly timing: SeededRandom;
  private readonly content: SeededRandom;
  private readonly identifier: Uint8Array;
  private readonly instance: Uint8Array;
  private readonly signals: readonly Happening[];
  private readonly presses: readonly Happening[];
  /** Of a MikroTik tag: a magnet is held to its reed switch, or taken away from it. */
  private magnets: Happening[] = [];
  /** Presses beside those of the world file: how many there were, and the last one. */
  private livePresses = 0;
  private livePress: (Happening & { packetId: number }) | undefined;
  private events: number;

  /**
   * It sends from `from` on, milliseconds of the world. Who gives it another `tag` changes what that sends and where it
   * is, from the next event on; its address, identifiers, signals and presses stay.
   */
  constructor(
    public tag: WorldTag,
    seed: number,
    index: number,
    from = 0,
  ) {
    // Streams of their own keep a tag's bytes and times the same when another tag is changed.
    this.timing = new SeededRandom(seed, 3 * index);
    this.content = new SeededRandom(seed, 3 * index + 1);
    this.address = bytesFromHex(tag.address);
    this.addressType = tag.addressType === 'random' ? 1 : 0;
    this.identifier = bytesFromHex(tag.ibeacon?.uuid ?? tag.eddystoneUid?.namespace ?? '');
    this.instance = bytesFromHex(tag.eddystoneUid?.instance ?? '');
    this.signals = signalsOf(tag);
    this.presses = pressesOf(tag);
    this.nextAt = from + this.timing.unit() * tag.intervalMilliseconds;
    this.events = Math.floor(((tag.uptimeSeconds ?? 0) * 1000) / tag.intervalMilliseconds);
  }

  /** Where the tag is at `milliseconds`, into `into`: x, y, z in metres. */
  position(milliseconds: number, into: Float64Array): void {
    positionAt(this.tag, milliseconds / 1000, into);
  }

  /** True when `press` does something. */
  get hasButton(): boolean {
    const { format } = this.tag;
    return format === 'bthome' || format === 'mikrotik-tg-bt5';
  }

  /**
   * Somebody presses the button at `milliseconds`: a BTHome tag sends a press, a MikroTik tag, which has a reed switch
   * instead, has that switched. Either is sent for two seconds at least, and in two events.
   */
  press(milliseconds: number): void {
    const atSeconds = milliseconds / 1000;
    const forSeconds = Math.max(PRESS_SECONDS, (2 * this.tag.intervalMilliseconds + ADV_DELAY_MILLISECONDS) / 1000);
    const isNew = (one: Happening): boolean => one.atSeconds + one.forSeconds > atSeconds;
    if (this.tag.format === 'mikrotik-tg-bt5') {
      this.magnets = [...this.magnets.filter(isNew), { atSeconds, forSeconds, value: REED_SWITCH }];
    } else {
      this.livePresses++;
      const packetId = (this.measurements(atSeconds) + 128 + this.livePresses) & 0xff;
      this.livePress = { atSeconds, forSeconds, value: 1, packetId };
    }
    this.nextAt = milliseconds;
  }

  /** Moves `nextAt` on as `send` does, and sends nothing. */
  skip(): void {
    this.events++;
    this.nextAt += this.tag.intervalMilliseconds + this.timing.unit() * ADV_DELAY_MILLISECONDS;
  }

  /**
   * Writes the AdvData of the event at `nextAt` to the start of `into` (31 bytes), moves `nextAt` on,
   * and returns the length.
   */
  send(into: Uint8Array): number {
    const seconds = this.nextAt / 1000;
    this.skip();
    const start = putFlags(into, 0);
    switch (this.tag.format) {
      case 'mikrotik-tg-bt5':
        return this.sendMikrotik(into, start, seconds);
      case 'ibeacon':
        return putIbeacon(
          into,
          start,
          this.identifier,
          this.tag.ibeacon?.major ?? 0,
          this.tag.ibeacon?.minor ?? 0,
          this.tag.rssiAt1m,
        );
      case 'eddystone-tlm':
        return putEddystoneTlm(into, putEddystoneService(into, start), {
          batteryMillivolts: this.tag.batteryMillivolts ?? 0,
          celsius: celsiusAt(this.tag, seconds),
          advertisements: this.events,
          uptimeSeconds: (this.tag.uptimeSeconds ?? 0) + seconds,
        });
      case 'ruuvi':
        return this.sendRuuvi(into, start, seconds);
      case 'bthome':
        return this.sendBthome(into, start, seconds);
      case 'eddystone-uid':
        return putEddystoneUid(
          into,
          putEddystoneService(into, start),
          this.identifier,
          this.instance,
          this.tag.rssiAt1m,
        );
    }
  }

  private sendRuuvi(into: Uint8Array, start: number, seconds: number): number {
    const { tag } = this;
    return putRuuvi(into, start, {
      celsius: celsiusAt(tag, seconds),
      humidityPercent: tag.humidityPercent ?? NaN,
      x: tag.accelerometer?.g[0] ?? 0,
      y: tag.accelerometer?.g[1] ?? 0,
      z: tag.accelerometer?.g[2] ?? 0,
      batteryMillivolts: tag.batteryMillivolts ?? 0,
      sequence: this.measurements(seconds) % 65535,
      address: this.address,
    });
  }

  private sendBthome(into: Uint8Array, start: number, seconds: number): number {
    const { tag } = this;
    const { livePress } = this;
    const live = livePress && buttonAt([livePress], seconds) > 0 ? livePress : undefined;
    const button = live?.value ?? buttonAt(this.presses, seconds);
    // A press is news, whenever the sensors are read.
    const packetId = (this.measurements(seconds) + (button > 0 ? 128 : 0) + this.livePresses) & 0xff;
    return putBthome(into, start, {
      packetId: live?.packetId ?? packetId,
      button,
      batteryPercent: Math.round(tag.batteryPercent ?? 0),
      celsius: celsiusAt(tag, seconds),
      humidityPercent: tag.humidityPercent ?? NaN,
    });
  }

  /** How often the sensors were read: a tag repeats a measurement in several advertisements. */
  private measurements(seconds: number): number {
    const every = this.tag.measurementSeconds ?? 0;
    return every > 0 ? Math.floor(seconds / every) : this.events;
  }

  private sendMikrotik(into: Uint8Array, start: number, seconds: number): number {
    const accelerometer = this.tag.accelerometer;
    const noise = accelerometer?.noise ?? 0;
    return putMikrotik(into, start, {
      salt: this.content.uint32() >>> 16,
      x: (accelerometer?.g[0] ?? 0) + noise * this.content.normal(),
      y: (accelerometer?.g[1] ?? 0) + noise * this.content.normal(),
      z: (accelerometer?.g[2] ?? 0) + noise * this.content.normal(),
      celsius: celsiusAt(this.tag, seconds),
      uptimeSeconds: Math.floor((this.tag.uptimeSeconds ?? 0) + seconds),
      flags: flagsAt(this.tag, this.signals, seconds) ^ (buttonAt(this.magnets, seconds) & REED_SWITCH),
      batteryPercent: Math.round(this.tag.batteryPercent ?? 0),
    });
  }
}

/** The bytes of pairs of hexadecimal digits; `:` and `-` between them are passed over. The text must be valid. */
export function bytesFromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/[:-]/g, '');
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}
