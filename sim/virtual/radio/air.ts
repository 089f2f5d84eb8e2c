import type { Advertisement, ScanOptions, Scanner, ScannerHandler } from '../../../src/hal/index.js';
import { LEGACY_ADV_DATA_LENGTH } from '../../world/encode/ad-structure.js';
import { distance } from '../../world/motion.js';
import type { SeededRandom } from '../../world/random.js';
import { Transmitter } from '../../world/transmitter.js';
import { meanRssi, reportedRssi, wallLoss, withDefaults } from '../../world/world.js';
import type { RadioModel, Vector, WorldTag } from '../../world/world-file.js';
import type { Chance } from '../random.js';
import { Task } from '../scheduler.js';
import type { Scheduler } from '../scheduler.js';

/** Hears what is on the air, whoever receives it. Objects are reused; they are valid until the call returns. */
export interface AirObserver {
  /** A tag has sent `bytes[0..to)`. */
  onSent?(tag: number, bytes: Uint8Array, to: number): void;
  /** A device's firmware was handed it. */
  onHeard?(receiver: Receiver, tag: number, advertisement: Advertisement): void;
  /** It has returned from that; its start may be over since. */
  onTaken?(receiver: Receiver, tag: number): void;
}

/** A tag that advertises. */
export class AirTag {
  /** A fault: it sends nothing. */
  silent = false;
  /** Its battery is empty: it sends nothing. */
  flat = false;
  /** It is no longer there. Its place in the world stays its own. */
  removed = false;
  sent = 0;
  readonly transmitter: Transmitter;
  readonly task: Task;

  constructor(
    readonly index: number,
    tag: WorldTag,
    seed: number,
    readonly radio: SeededRandom,
    send: (tag: AirTag) => void,
    from = 0,
  ) {
    this.transmitter = new Transmitter(tag, seed, index, from);
    this.task = new Task(() => send(this));
  }
}

/** The tags of a world and the receivers that may hear them. */
export class Air {
  readonly tags: AirTag[];
  readonly receivers: Receiver[] = [];
  readonly observers: AirObserver[] = [];
  /** A fault: the share of advertisements that collide, beside the world's own. */
  interference = 0;

  private readonly radio: Required<RadioModel>;
  private readonly position = new Float64Array(3);
  private readonly advertisement: Advertisement = {
    address: new Uint8Array(6),
    addressType: 0,
    rssi: 0,
    bytes: new Uint8Array(LEGACY_ADV_DATA_LENGTH),
    from: 0,
    to: 0,
  };

  constructor(
    private readonly scheduler: Scheduler,
    private readonly chance: Chance,
    tags: readonly WorldTag[],
    radio?: RadioModel,
  ) {
    this.radio = withDefaults(radio);
    this.tags = tags.map((tag, index) => this.make(tag, index));
    for (const tag of this.tags) scheduler.plan(tag.task, tag.transmitter.nextAt);
  }

  /** A tag begins to advertise. Returns its place. */
  addTag(tag: WorldTag): number {
    const index = this.tags.length;
    const added = this.make(tag, index, this.scheduler.now());
    this.tags.push(added);
    this.scheduler.plan(added.task, added.transmitter.nextAt);
    return index;
  }

  /** A tag is taken away, for good. */
  removeTag(index: number): void {
    const tag = this.tags[index]!;
    tag.removed = true;
    this.scheduler.cancel(tag.task);
  }

  /** Somebody presses the button of a tag, which advertises at once. See `Transmitter.press`. */
  press(index: number): void {
    const { task, transmitter } = this.tags[index]!;
    transmitter.press(this.scheduler.now());
    this.scheduler.plan(task, transmitter.nextAt);
  }

  private make(tag: WorldTag, index: number, from?: number): AirTag {
    const { chance } = this;
    const send = (sender: AirTag): void => this.send(sender);
    return new AirTag(index, tag, chance.seed, chance.stream('radio of tag ' + index), send, from);
  }

  /** Puts an advertisement on the air that no tag of the world sent; every receiver hears it at `rssi`. */
  inject(advertisement: Advertisement): void {
    for (const receiver of this.receivers) receiver.hear(-1, advertisement, this.observers);
  }

  private send(tag: AirTag): void {
    const { advertisement, observers } = this;
    const { walls, pathLossExponent, noiseDb, lossProbability, sensitivityDbm } = this.radio;
    const { transmitter, radio } = tag;
    const at = this.scheduler.now();
    if (tag.silent || tag.flat) {
      transmitter.skip();
    } else {
      tag.sent++;
      advertisement.to = transmitter.send(advertisement.bytes);
      for (const observer of observers) observer.onSent?.(tag.index, advertisement.bytes, advertisement.to);
      transmitter.position(at, this.position);
      advertisement.address.set(transmitter.address);
      advertisement.addressType = transmitter.addressType;
      for (const receiver of this.receivers) {
        // Drawn for every event, so that neither loss nor sensitivity changes what follows.
        const noise = noiseDb === 0 ? 0 : noiseDb * radio.normal();
        const collided = radio.unit() < lossProbability + this.interference;
        if (collided) continue;
        const meters = distance(receiver.position, this.position);
        const open = meanRssi(transmitter.tag.rssiAt1m, pathLossExponent, meters);
        const behind = walls.length === 0 ? 0 : wallLoss(walls, receiver.position, this.position);
        const rssi = reportedRssi(open - behind + noise);
        if (rssi < sensitivityDbm) continue;
        advertisement.rssi = rssi;
        receiver.hear(tag.index, advertisement, observers);
      }
    }
    this.scheduler.plan(tag.task, transmitter.nextAt);
  }
}

/** The antenna of a device, which outlives its starts. */
export class Receiver {
  /** A fault: it hears nothing. */
  deaf = false;
  heard = 0;
  /** The radio of the start that runs. */
  scanner: AirScanner | undefined;

  constructor(
    readonly scheduler: Scheduler,
    readonly name: string,
    readonly position: Vector,
  ) {}

  hear(tag: number, advertisement: Advertisement, observers: readonly AirObserver[]): void {
    const { scanner } = this;
    if (this.deaf || !scanner?.listens(this.scheduler.now())) return;
    this.heard++;
    for (const observer of observers) observer.onHeard?.(this, tag, advertisement);
    scanner.deliver(advertisement);
    for (const observer of observers) observer.onTaken?.(this, tag);
  }
}

/** The Bluetooth radio of one start of a device. */
export class AirScanner implements Scanner {
  private handler: ScannerHandler | undefined;
  private startedAt = 0;
  private interval = 1;
  private window = 1;
  private paused = false;

  /** `enter` runs what the radio tells the device, unless that start is over. */
  constructor(
    private readonly receiver: Receiver,
    private readonly enter: (call: () => void) => void,
  ) {
    receiver.scanner = this;
  }

  start(options: ScanOptions, handler: ScannerHandler): void {
    this.startedAt = this.receiver.scheduler.now();
    this.interval = options.intervalMilliseconds;
    this.window = options.windowMilliseconds;
    this.handler = handler;
  }

  stop(): void {
    this.handler = undefined;
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  reset(): void {
    this.stop();
  }

  /** An advertisement at `now` falls into a scan window. */
  listens(now: number): boolean {
    if (this.handler === undefined || this.paused) return false;
    return this.window >= this.interval || (now - this.startedAt) % this.interval < this.window;
  }

  deliver(advertisement: Advertisement): void {
    this.current = advertisement;
    this.enter(this.call);
  }

  private current: Advertisement | undefined;
  private readonly call = (): void => this.handler?.onAdvertisement(this.current!);
}
