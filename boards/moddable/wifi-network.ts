import { Backoff } from '../../src/connection/backoff.js';
import type { Clock, Entropy, Log, Network, Timer, Timers } from '../../src/hal/index.js';

/**
 * A name for a device that was given none: `board` and the end of the chip's own hardware address, for example
 * `esp32-a1b2c3`; only `board` when the address is not known. `mac`: six bytes in hexadecimal, separated by colons.
 */
export function gatewayName(board: string, mac: unknown): string {
  if (typeof mac !== 'string' || mac.length !== 17) return board;
  return board + '-' + (mac.slice(9, 11) + mac.slice(12, 14) + mac.slice(15)).toLowerCase();
}

/** How the SDK's `wifi` tells what happened. `reason` comes with `disconnect`: -1 when the password was rejected. */
export type WifiCallback = (message: string, reason?: number) => void;

/** A network that the SDK's `wifi` found. */
export interface ScannedNetwork {
  ssid: string;
  /** dBm. */
  rssi: number;
  /** `none` for an open one; absent for what the SDK does not know. */
  authentication?: string;
}

/** What the SDK's `wifi` is given to join a network. */
export interface WifiTarget {
  ssid: string;
  password?: string;
}

/** The SDK's module `wifi`: a listener is an instance, the radio is the class. */
export interface SdkWifi {
  new (options: undefined, callback: WifiCallback): object;

  /** Begins to join, or leaves the network when there is no target. Throws when the driver refuses. */
  connect(target?: WifiTarget): void;

  /**
   * Looks for networks for some seconds, which it tells one after another from the event loop, and null at the end.
   * Throws when it cannot, as while it joins one. Absent where there is none.
   */
  scan?(options: object, callback: (found: ScannedNetwork | null) => void): void;
}

/** The SDK's module `net`. */
export interface SdkNet {
  get(what: 'IP' | 'RSSI'): string | number | undefined;
}

/** What a `WifiNetwork` needs from its board. */
export interface WifiPlatform {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  log: Log;
}

/** Where a `WifiNetwork` stands. */
export const enum WifiState {
  stopped = 0,
  /** Looking for the access point and shaking hands. */
  joining = 1,
  /** Joined, and asking for an address. */
  addressing = 2,
  up = 3,
  /** Until the next attempt; `fault` says why. */
  waiting = 4,
}

/** Why there is no network, or why it was lost last. */
export const enum WifiFault {
  none = 0,
  /** The access point refused the password; a weak signal can look the same, so it is tried again, rarely. */
  wrongPassword = 1,
  /** No access point of that name answers, or it refuses for a reason that the SDK does not tell. */
  noAccessPoint = 2,
  /** Joined, but no DHCP server gave an address. */
  noAddress = 3,
  /** The network was up, and is gone. */
  lost = 4,
  /** The driver did not take the request. */
  driver = 5,
}

/** Milliseconds; the SDK itself tries five times on ESP32 before it tells. */
const JOIN_TIMEOUT = 45000;
/** Milliseconds for DHCP after joining; lwIP asks about six times in it. */
const ADDRESS_TIMEOUT = 30000;
/** Milliseconds within which the driver tells that the network before is left. */
const LEAVE_TIME = 1000;
/** Milliseconds after which a network counts as good, and the waits start small again. */
const STABLE_TIME = 60000;

/**
 * Wi-Fi that stays joined: after every failure it waits, longer each time, and joins again. One line on the log for
 * each change.
 *
 * | fault | next attempt after |
 * |---|---|
 * | noAccessPoint, noAddress, lost, driver | 1 s at most, doubling to 60 s |
 * | wrongPassword | 30 s at most, doubling to 10 min |
 *
 * Each wait is drawn from the upper half, so that devices of one access point do not come back together. While it
 * waits the radio is quiet, and a Bluetooth scan has the antenna for itself.
 */
export class WifiNetwork implements Network {
  state: WifiState = WifiState.stopped;
  fault: WifiFault = WifiFault.none;
  /** Times that the network was lost or could not be joined. */
  failures = 0;
  /** Hears how each attempt ended, after the listener of `watch`: `WifiFault.none` when the network is up. */
  onAttempt: ((fault: WifiFault) => void) | undefined;

  private readonly clock: Clock;
  private readonly log: Log;
  private readonly timer: Timer;
  private readonly backoff: Backoff;
  private readonly passwordBackoff: Backoff;
  private listener: ((up: boolean) => void) | undefined;
  private watching = false;
  private upSince = 0;

  /** `joins.ssid` has 1 to 32 bytes, `joins.password` 8 to 63 characters or is absent. */
  constructor(
    private readonly wifi: SdkWifi,
    private readonly net: SdkNet,
    private joins: WifiTarget,
    platform: WifiPlatform,
  ) {
    this.clock = platform.clock;
    this.log = platform.log;
    this.timer = platform.timers.create(() => this.overdue());
    this.backoff = new Backoff({ minimum: 1000, maximum: 60000 }, platform.entropy);
    this.passwordBackoff = new Backoff({ minimum: 30000, maximum: 600000 }, platform.entropy);
  }

  get up(): boolean {
    return this.state === WifiState.up;
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  /** The interface's IP address, or an empty text. */
  get address(): string {
    const address = this.up ? this.net.get('IP') : undefined;
    return typeof address === 'string' ? address : '';
  }

  /** Signal strength in dBm, or 0 while the network is down. */
  rssi(): number {
    const rssi = this.up ? this.net.get('RSSI') : 0;
    return typeof rssi === 'number' ? rssi : 0;
  }

  /** Begins to join, and stays joined until `stop`. Does nothing when already started. */
  start(): void {
    if (this.state !== WifiState.stopped) return;
    if (!this.watching) {
      this.watching = true;
      new this.wifi(undefined, (message, reason) => this.heard(message, reason));
    }
    this.attempt();
  }

  /** What it joins. */
  get target(): WifiTarget {
    return this.joins;
  }

  /** Leaves the network, joins another one and stays with it, as the constructor and `start`. */
  join(target: WifiTarget): void {
    const wasStopped = this.state === WifiState.stopped;
    this.stop();
    this.joins = target;
    this.backoff.reset();
    this.passwordBackoff.reset();
    if (wasStopped) return this.start();
    this.state = WifiState.waiting;
    this.timer.start(LEAVE_TIME);
  }

  /** Leaves the network. The listener is told when it was up. */
  stop(): void {
    const wasUp = this.up;
    this.state = WifiState.stopped;
    this.timer.stop();
    this.leave();
    if (wasUp) this.listener?.(false);
  }

  private attempt(): void {
    this.state = WifiState.joining;
    this.timer.start(JOIN_TIMEOUT);
    this.log.line('Wi-Fi: joining "' + this.joins.ssid + '"');
    try {
      this.wifi.connect(this.joins);
    } catch (error) {
      this.fail(WifiFault.driver, 'the driver refused: ' + (error as Error).message);
    }
  }

  private heard(message: string, reason: number | undefined): void {
    // What comes late from an attempt that was given up is no news.
    if (this.state === WifiState.stopped || this.state === WifiState.waiting) return;
    switch (message) {
      case 'connect':
        if (this.state !== WifiState.joining) return;
        this.state = WifiState.addressing;
        return this.timer.start(ADDRESS_TIMEOUT);
      case 'gotIP':
        return this.joined();
      case 'lostIP':
        return this.fail(WifiFault.noAddress, 'no address from DHCP');
      case 'disconnect':
        return this.disconnected(reason);
    }
  }

  private joined(): void {
    if (this.state === WifiState.up) return;
    this.timer.stop();
    this.state = WifiState.up;
    this.fault = WifiFault.none;
    this.upSince = this.clock.now();
    this.log.line('Wi-Fi: up at ' + this.address + ', ' + this.rssi() + ' dBm');
    this.listener?.(true);
    this.onAttempt?.(WifiFault.none);
  }

  private disconnected(reason: number | undefined): void {
    if (this.state === WifiState.up) return this.fail(WifiFault.lost, 'lost "' + this.joins.ssid + '"');
    if (reason === -1) return this.fail(WifiFault.wrongPassword, 'wrong password for "' + this.joins.ssid + '"');
    this.fail(WifiFault.noAccessPoint, 'no access point "' + this.joins.ssid + '" in reach, or it refuses');
  }

  private overdue(): void {
    switch (this.state) {
      case WifiState.waiting:
        return this.attempt();
      case WifiState.joining:
        return this.fail(WifiFault.noAccessPoint, 'no access point "' + this.joins.ssid + '" answered');
      case WifiState.addressing:
        return this.fail(WifiFault.noAddress, 'no address from DHCP in ' + ADDRESS_TIMEOUT / 1000 + ' s');
    }
  }

  private fail(fault: WifiFault, detail: string): void {
    const wasUp = this.up;
    if (wasUp && this.clock.now() - this.upSince >= STABLE_TIME) {
      this.backoff.reset();
      this.passwordBackoff.reset();
    }
    this.state = WifiState.waiting;
    this.fault = fault;
    this.failures++;
    const wait = (fault === WifiFault.wrongPassword ? this.passwordBackoff : this.backoff).next();
    this.timer.start(wait);
    this.leave();
    this.log.line('Wi-Fi: ' + detail + '; next attempt in ' + Math.ceil(wait / 1000) + ' s');
    if (wasUp) this.listener?.(false);
    this.onAttempt?.(fault);
  }

  private leave(): void {
    try {
      this.wifi.connect();
    } catch {
      // There is nothing to leave when the driver was not started.
    }
  }
}
