import type { TlsOptions } from '../../src/hal/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import type { WorldFile } from '../world/world-file.js';
import type { FleetFault } from './fleet-faults.js';

/** Which part of a fleet this process runs, `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What a fleet is made of. Goes to worker threads, so it is plain data. */
export interface FleetPlan {
  /** Devices of all shards together. */
  readonly devices: number;
  /** The number of the first one of all shards. */
  readonly startNumber: number;
  readonly shard: Shard;
  /** Devices are called by it and their number: `fleet-1`. */
  readonly name: string;
  /** Configuration keys of all devices; `{name}` and `{number}` in texts are replaced for each. */
  readonly settings: RawConfiguration;
  readonly tls: TlsOptions | undefined;
  readonly work: FleetWork;
  /** Attempts to connect that begin in a second, over all shards; Infinity: all at once. */
  readonly connectRate: number;
  readonly faults: readonly FleetFault[];
  /** Exceeds the limits of the cloud. */
  readonly unchecked: boolean;
  /** Of the random numbers of worlds. */
  readonly seed: number;
}

/** What each device has to tell. */
export type FleetWork = TagWork | WorldWork | MessageWork;

/** So many tags for each device, which together lead to `rate` readings a second. */
export interface TagWork {
  readonly kind: 'tags';
  readonly tags: number;
  readonly rate: number;
}

/** The tags of a world file, which each device hears as one of its gateways. */
export interface WorldWork {
  readonly kind: 'world';
  readonly file: WorldFile;
}

/** No tags: `rate` messages a second from templates. */
export interface MessageWork {
  readonly kind: 'messages';
  readonly topic: string;
  readonly payload: string;
  readonly rate: number;
  /** Bytes of the longest payload. */
  readonly maxPayload: number;
}

/** Every `step`th device from `from` to below `to`, counted from 0 over all shards. */
export interface DeviceRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The devices of the shard: all shards have as many, or one more. */
export function shardRange(devices: number, { index, count }: Shard): DeviceRange {
  return { from: Math.floor((devices * (index - 1)) / count), to: Math.floor((devices * index) / count), step: 1 };
}

/** What thread `index`, from 0, has of `range`: in turn, so that all threads have work while devices connect. */
export function threadRange({ from, to }: DeviceRange, index: number, count: number): DeviceRange {
  return { from: from + index, to, step: count };
}

/** The numbers of the devices in it. */
export function indexesOf({ from, to, step }: DeviceRange): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

export function deviceName(plan: Pick<FleetPlan, 'name' | 'startNumber'>, index: number): string {
  return `${plan.name}-${plan.startNumber + index}`;
}

/**
 * Milliseconds after the barrier at which the device of this shard begins to connect: the shards have their turns, so
 * that all are done at the same time.
 */
export function connectDelay(
  { connectRate, devices, shard }: Pick<FleetPlan, 'connectRate' | 'devices' | 'shard'>,
  index: number,
): number {
  if (connectRate === Infinity) return 0;
  const before = (index - shardRange(devices, shard).from) * shard.count + shard.index - 1;
  return (before / connectRate) * 1000;
}
