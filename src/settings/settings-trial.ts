import type { Log, Store } from '../hal/index.js';
import { keysOf } from './configuration-keys.js';
import type { KeyOwner } from './configuration-keys.js';
import type { RawConfiguration } from './configuration.js';
import type { SettingChange } from './persisted-settings.js';
import {
  hasSettingRecord,
  readSettingRecord,
  removeSetting,
  settingStoreKey,
  trialStoreKey,
  writeSettingRecord,
} from './settings.js';
import { contentEnd, makeRecord, readStored, RECORD_OVERHEAD } from './store-record.js';

/** How far a trial is. */
export const enum TrialState {
  none = 0,
  /** The new values count until the device is connected with them, or must give them up. */
  running = 1,
  /** It was connected with them; they are becoming the persisted settings. */
  confirmed = 2,
  /** They were given up, and the old ones count again. */
  reverted = 3,
}

/** Why a trial was given up. */
export const enum TrialFault {
  none = 0,
  notConnected = 1,
  /** The device started too often without a connection: it crashes, or the power comes and goes. */
  restarts = 2,
  /** What is stored is not what was written. */
  damaged = 3,
  /** The firmware does not take the values: it is another version than the one that checked them. */
  notAllowed = 4,
  /** The store did not take the count of the starts. */
  notStored = 5,
}

const KEY = 'trial';
const VERSION = 1;
/** Of its record: state, starts, `TrialFault` and number of values. */
const LENGTH = 4 + RECORD_OVERHEAD;
/** How often the device may start with values with which it was never connected. */
const MAX_STARTS = 3;
/** The store did not take a confirmation: when to try again. */
const RETRY = 60000;

/**
 * New settings on trial. They are persisted beside the old ones, and count from the next start; when the device is
 * connected with them they replace the old ones. When it is not within `seconds`, or starts more than three times
 * without a connection, the old ones count again. Old ones are never touched before a connection is there, and what
 * counts is decided by one entry of the store, so a power cut at any moment leaves either all of the old values or all
 * of the new ones.
 *
 * The entries: `trial` (version, state, starts, `TrialFault`, number of values, CRC-32), and `--` with the name of each
 * key. Those are without meaning unless `trial` says that there is one.
 *
 * It is a `GatewayPart`: it has no timer, and times are milliseconds of `Clock.now`.
 */
export class SettingsTrial {
  /** When `tick` must be called at the latest. */
  deadline = Infinity;
  /** Of the trial that this start found. */
  state: TrialState = TrialState.none;
  fault: TrialFault = TrialFault.none;
  /** What restarts the device when it gives up. */
  restart: (() => void) | undefined;
  readonly seconds: number;

  private readonly store: Store;
  private readonly log: Log | undefined;
  private readonly clouds: readonly KeyOwner[] | undefined;
  private starts = 0;
  private count = 0;
  private wasConnected = false;
  private begun = false;

  /** `seconds`: how long the device may take to connect, 10 to 3600. Throws a RangeError when it is not allowed. */
  constructor(store: Store, seconds = 120, log?: Log, clouds?: readonly KeyOwner[]) {
    if (!(seconds >= 10 && seconds <= 3600))
      throw new RangeError('trial must be a number from 10 to 3600 seconds, got ' + seconds);
    this.store = store;
    this.seconds = seconds;
    this.log = log;
    this.clouds = clouds;
  }

  /** At start-up: finds out whether there is a trial, and counts the start. Goes on with a confirmation. */
  open(): void {
    if (!this.readTrial()) return;
    if (this.state === TrialState.confirmed) this.settle();
    if (this.state !== TrialState.running) return;
    if (this.starts >= MAX_STARTS) return this.revert(TrialFault.restarts);
    this.starts++;
    // A start that cannot be counted could go on for ever.
    if (!this.write(TrialState.running, TrialFault.none)) this.revert(TrialFault.notStored);
  }

  /** True when the new values count. */
  get counts(): boolean {
    return this.state === TrialState.running || this.state === TrialState.confirmed;
  }

  /**
   * Puts the values on trial over the device's own settings. False when they are not all there; then `own` is of no
   * use.
   */
  load(own: RawConfiguration): boolean {
    let found = 0;
    for (const { name } of keysOf(this.clouds)) {
      const storeKey = trialStoreKey(name);
      if (!hasSettingRecord(this.store, storeKey)) continue;
      try {
        const value = readSettingRecord(this.store, storeKey, name, true);
        if (value === undefined) delete own[name];
        else own[name] = value;
        found++;
      } catch {
        return false;
      }
    }
    return found === this.count;
  }

  /** Stores values for a trial that begins with the next start. Throws a RangeError of one line; then there is none. */
  begin(changes: readonly SettingChange[]): void {
    if (this.begun || this.counts) throw new RangeError('another trial of settings is under way');
    // What a trial has left that came to no end would count as part of this one.
    if (!this.store.remove(KEY) || !this.clean()) throw new RangeError('the store did not take the trial');
    try {
      for (const { name, value } of changes) {
        const storeKey = trialStoreKey(name);
        writeSettingRecord(this.store, storeKey, name, value);
      }
      this.starts = 0;
      // Each name once. A Set would be the only one on an ESP8266, with 8 KB of the engine behind it.
      this.count = changes.filter(({ name }, i) => changes.findIndex((each) => each.name === name) === i).length;
      if (!this.write(TrialState.running, TrialFault.none)) throw new RangeError('the store did not take the trial');
    } catch (error) {
      this.clean();
      throw error;
    }
    this.begun = true;
  }

  /** Gives the new values up: from the next `load` on the old ones count. */
  revert(fault: TrialFault): void {
    this.state = TrialState.reverted;
    this.fault = fault;
    this.deadline = Infinity;
    // Should the reason find no room, there is none to be told.
    if (this.write(TrialState.reverted, fault) || this.store.remove(KEY)) this.clean();
    else this.log?.line('settings: the store did not take that they are reverted; the next start tries them again');
    this.log?.line(trialText(this));
  }

  /** The device cannot start with the new values: gives them up, and restarts it. Does nothing without a trial. */
  giveUp(): void {
    if (this.state !== TrialState.running) return;
    this.revert(TrialFault.notAllowed);
    this.restart?.();
  }

  // GatewayPart

  start(now: number): void {
    if (this.state === TrialState.running) this.deadline = now + this.seconds * 1000;
  }

  /** There is a connection, with which a status goes out that tells of the trial: see `trialText`. */
  connected(now: number): void {
    if (this.state === TrialState.none || this.wasConnected) return;
    this.wasConnected = true;
    // Writing flash has no place between two packets.
    this.deadline = now;
  }

  tick(now: number): void {
    if (now < this.deadline) return;
    this.deadline = Infinity;
    if (this.state === TrialState.running) {
      if (!this.wasConnected) {
        this.revert(TrialFault.notConnected);
        this.restart?.();
        return;
      }
      if (!this.write(TrialState.confirmed, TrialFault.none)) {
        this.deadline = now + RETRY;
        return;
      }
      this.state = TrialState.confirmed;
      this.log?.line(trialText(this));
      this.settle();
    } else if (this.state === TrialState.reverted && !this.begun) {
      if (!this.store.remove(KEY)) this.deadline = now + RETRY;
    }
  }

  stopped(): void {
    this.deadline = Infinity;
  }

  /** Makes the new values the persisted ones. What fails is done at the next start; they count until then. */
  private settle(): void {
    try {
      for (const { name } of keysOf(this.clouds)) {
        const storeKey = trialStoreKey(name);
        if (!hasSettingRecord(this.store, storeKey)) continue;
        const value = readSettingRecord(this.store, storeKey, name, true);
        if (value === undefined) removeSetting(this.store, name, this.clouds);
        else writeSettingRecord(this.store, settingStoreKey(name), name, value);
      }
    } catch (error) {
      this.log?.line('settings: ' + (error as Error).message);
      return;
    }
    if (!this.store.remove(KEY)) {
      this.log?.line('settings: the end of the trial was not stored');
      return;
    }
    this.clean();
    this.state = TrialState.none;
  }

  /** Removes the values; what is left of them does not count without `trial`. False: some are left. */
  private clean(): boolean {
    let isClean = true;
    for (const { name } of keysOf(this.clouds)) {
      const storeKey = trialStoreKey(name);
      if (hasSettingRecord(this.store, storeKey) && !this.store.remove(storeKey)) isClean = false;
    }
    return isClean;
  }

  private write(state: TrialState, fault: TrialFault): boolean {
    const record = makeRecord(VERSION, Uint8Array.of(state, this.starts, fault, this.count), 0);
    return this.store.write(KEY, record, 0, record.length);
  }

  /** False when there is no trial, or nothing that can be read as one. */
  private readTrial(): boolean {
    try {
      const record = readStored(this.store, KEY, LENGTH);
      if (!record) return false;
      contentEnd(record, VERSION, 0);
      this.state = record[1]! as TrialState;
      this.starts = record[2]!;
      this.fault = record[3]! as TrialFault;
      this.count = record[4]!;
      return true;
    } catch {
      // What cannot be read counts for nothing, removed or not.
      void this.store.remove(KEY);
      return false;
    }
  }
}

/** What the status and the log say of a trial; empty when there is nothing to say. */
export function trialText({ state, fault, seconds }: SettingsTrial): string {
  if (state === TrialState.running) return 'settings: on trial';
  if (state === TrialState.confirmed) return 'settings: confirmed';
  if (state !== TrialState.reverted) return '';
  switch (fault) {
    case TrialFault.notConnected:
      return 'settings: reverted: no connection within ' + seconds + ' s';
    case TrialFault.restarts:
      return 'settings: reverted: ' + MAX_STARTS + ' starts without a connection';
    case TrialFault.notAllowed:
      return 'settings: reverted: this firmware refuses them';
    case TrialFault.notStored:
      return 'settings: reverted: the store takes nothing';
    default:
      return 'settings: reverted: damaged in the store';
  }
}
