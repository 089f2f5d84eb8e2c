import type { Advertisement } from '../../src/hal/index.js';
import { log10 } from '../virtual/exact-math.js';
import { LEGACY_ADV_DATA_LENGTH } from './encode/ad-structure.js';
import { distance } from './motion.js';
import { SeededRandom } from './random.js';
import { Transmitter } from './transmitter.js';
import type { RadioModel, Vector, Wall, WorldFile } from './world-file.js';

/** Below this the log-distance model is meaningless: the antennas touch. */
const NEAREST_METERS = 0.1;

/** Options of a `World`. */
export interface WorldOptions {
  /** Unsigned 32 bits; equal seeds give equal bytes at equal times. Default 1. */
  seed?: number;
}

/**
 * What reaches the gateway's antenna at `atMilliseconds` of the world. The advertisement and its arrays
 * are reused: they are valid until the function returns.
 */
export type Deliver = (advertisement: Advertisement, atMilliseconds: number) => void;

/**
 * Tags around a gateway, in a time of its own that begins at 0 and that only `advance` moves.
 * No timer, no clock: equal descriptions, seeds and calls give equal advertisements.
 * An advertising event is one instant; its three channels are not told apart.
 */
export class World {
  /** How far the world has come, in milliseconds. */
  time = 0;
  /** Advertisements that reached the antenna, too weak ones, and collided ones. */
  delivered = 0;
  tooWeak = 0;
  lost = 0;

  readonly transmitters: readonly Transmitter[];

  private readonly radios: readonly SeededRandom[];
  private readonly gateway: Vector;
  private readonly radio: Required<RadioModel>;
  private readonly position = new Float64Array(3);
  private readonly advertisement: Advertisement;

  /** `file` as `parseWorld` accepts it. */
  constructor(file: WorldFile, options: WorldOptions = {}) {
    const seed = options.seed ?? 1;
    this.transmitters = file.tags.map((tag, index) => new Transmitter(tag, seed, index));
    this.radios = file.tags.map((_, index) => new SeededRandom(seed, 3 * index + 2));
    this.gateway = (file.gateway ?? file.gateways![0]!).position;
    this.radio = withDefaults(file.radio);
    this.advertisement = {
      address: new Uint8Array(6),
      addressType: 0,
      rssi: 0,
      bytes: new Uint8Array(LEGACY_ADV_DATA_LENGTH),
      from: 0,
      to: 0,
    };
  }

  /** When the next advertising event of any tag is, in milliseconds of the world. */
  get nextAt(): number {
    let earliest = Infinity;
    for (const transmitter of this.transmitters) {
      earliest = Math.min(earliest, transmitter.nextAt);
    }
    return earliest;
  }

  /**
   * Moves the time on to `toMilliseconds` and delivers the advertisements up to and including that instant,
   * in order of time. A time that has passed does nothing. Not to be called from inside `deliver`.
   */
  advance(toMilliseconds: number, deliver: Deliver): void {
    for (;;) {
      let first = 0;
      for (let i = 1; i < this.transmitters.length; i++) {
        if (this.transmitters[i]!.nextAt < this.transmitters[first]!.nextAt) {
          first = i;
        }
      }
      if (!(this.transmitters[first]!.nextAt <= toMilliseconds)) {
        break;
      }
      this.send(first, deliver);
    }
    this.time = Math.max(this.time, toMilliseconds);
  }

  /** The mean signal strength at the gateway of the tag with this index at `milliseconds`, in dBm. */
  meanRssi(index: number, milliseconds: number): number {
    const transmitter = this.transmitters[index]!;
    transmitter.position(milliseconds, this.position);
    const open = meanRssi(transmitter.tag.rssiAt1m, this.radio.pathLossExponent, distance(this.gateway, this.position));
    return open - wallLoss(this.radio.walls, this.gateway, this.position);
  }

  private send(index: number, deliver: Deliver): void {
    const transmitter = this.transmitters[index]!;
    const radio = this.radios[index]!;
    const at = transmitter.nextAt;
    this.time = at;
    // Both numbers are drawn for every event, so that loss and sensitivity do not change what follows.
    const rssi = reportedRssi(this.meanRssi(index, at) + this.radio.noiseDb * radio.normal());
    const collided = radio.unit() < this.radio.lossProbability;
    const advertisement = this.advertisement;
    advertisement.to = transmitter.send(advertisement.bytes);
    if (rssi < this.radio.sensitivityDbm) {
      this.tooWeak++;
      return;
    }
    if (collided) {
      this.lost++;
      return;
    }
    this.delivered++;
    advertisement.address.set(transmitter.address);
    advertisement.addressType = transmitter.addressType;
    advertisement.rssi = rssi;
    deliver(advertisement, at);
  }
}

/** `radio` with the default of each field that is absent. */
export function withDefaults(radio: RadioModel = {}): Required<RadioModel> {
  return { pathLossExponent: 2, noiseDb: 0, lossProbability: 0, sensitivityDbm: -95, walls: [], ...radio };
}

/**
 * Mean signal strength in dBm at `meters` from a transmitter that gives `rssiAt1m` dBm at one metre:
 * the log-distance model, RSSI(d) = RSSI(1 m) - 10 n log10(d), n = 2 in free space
 * (Rappaport, Wireless Communications, 2nd edition, 4.9.1).
 */
export function meanRssi(rssiAt1m: number, pathLossExponent: number, meters: number): number {
  return rssiAt1m - 10 * pathLossExponent * log10(Math.max(meters, NEAREST_METERS));
}

/** What the walls between two points take away, dB: they stand from floor to ceiling. */
export function wallLoss(walls: readonly Wall[], from: ArrayLike<number>, to: ArrayLike<number>): number {
  let loss = 0;
  for (const wall of walls) {
    const apart = side(wall.from, wall.to, from) * side(wall.from, wall.to, to);
    if (apart < 0 && side(from, to, wall.from) * side(from, to, wall.to) < 0) loss += wall.lossDb;
  }
  return loss;
}

/** Positive when `point` is to the left of the line from `a` to `b`, seen from above. */
function side(a: ArrayLike<number>, b: ArrayLike<number>, point: ArrayLike<number>): number {
  return (b[0]! - a[0]!) * (point[1]! - a[1]!) - (b[1]! - a[1]!) * (point[0]! - a[0]!);
}

/** What a receiver reports for `dbm`: whole dBm in -127 to 20 (Core 5.4, Vol 4, Part E, 7.7.65.2). */
export function reportedRssi(dbm: number): number {
  return Math.min(20, Math.max(-127, Math.round(dbm)));
}
