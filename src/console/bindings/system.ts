import type { Board, Store } from '../../hal/index.js';
import { ValuesEntry } from '../bindings.js';
import type { Entry, SystemBindings } from '../bindings.js';
import { printable } from '../value.js';
import { readProperties, writeProperties } from './persisted-items.js';
import type { Properties } from './persisted-items.js';

const KEY = 'identity-0';
const MAX_NAME = 64;

/** `/system identity`: the name of the device, shown in the prompt; persisted in the board's store. */
export class Identity implements Entry {
  constructor(
    private readonly store: Store,
    private name: string,
  ) {}

  /** Reads what is persisted. When that is damaged or wrong, `notice` gets one line for people. */
  restore(notice: (text: string) => void): void {
    try {
      const stored = readProperties(this.store, KEY, 'name');
      if (stored) this.name = checkName(stored['name'] ?? '');
    } catch (error) {
      notice('stored identity ignored: ' + (error as Error).message);
    }
  }

  property(name: string): string {
    return name === 'name' ? this.name : '';
  }

  /** Throws a RangeError of one line, and then changes nothing. */
  set(properties: Properties): void {
    const { name } = properties;
    if (name === undefined) return;
    writeProperties(this.store, KEY, 'identity', { name: checkName(name) });
    this.name = name;
  }
}

function checkName(name: string): string {
  if (name.length < 1 || name.length > MAX_NAME) {
    throw new RangeError('name must have 1 to ' + MAX_NAME + ' characters, got ' + name.length);
  }
  if (printable(name) !== name) throw new RangeError('name must not contain control characters');
  return name;
}

/** The name and version that a console shows of its device. */
export interface ConsoleIdentity {
  /** Name of the device, unless `/system identity set` gives another. */
  name: string;
  /** Of the firmware: `0.1.0`. */
  version: string;
  /** The hardware; default `Health.model`, or the board's name. */
  model?: string;
}

/** `/system`: what a board says about itself, under RouterOS's names. */
export class DeviceSystem implements SystemBindings {
  readonly routerboard: Entry;
  readonly packages: readonly Entry[];
  /** When the device started, in milliseconds of `Clock.now`. */
  startedAt: number;

  constructor(
    private readonly board: Board,
    private readonly device: ConsoleIdentity,
    readonly identity: Identity,
  ) {
    const { clock, health, name } = board;
    const { version, model = health?.model ?? name } = device;
    this.startedAt = clock.now();
    this.routerboard = new ValuesEntry({ model, 'serial-number': health?.serial, 'current-firmware': version });
    // Scripts written for RouterOS ask for the version of the package whose name begins with `routeros`.
    this.packages = ['tagwire', 'routeros'].map((title) => new ValuesEntry({ name: title, version }));
  }

  /** A value that the board does not know is 0, since scripts for RouterOS compute with the values. */
  get resource(): Entry {
    const { clock, health, name } = this.board;
    const free = this.freeBytes();
    return new ValuesEntry({
      uptime: Math.floor((clock.now() - this.startedAt) / 1000),
      version: this.device.version,
      'free-memory': free,
      'total-memory': free + known(health?.usedMemory?.()),
      'cpu-load': Math.round(known(health?.load?.())),
      'board-name': name,
      platform: 'Tagwire',
    });
  }

  /** Of the chip, or of the engine's heaps where only those are known. */
  private freeBytes(): number {
    const { health } = this.board;
    if (!health) return 0;
    const free = health.freeMemory?.() ?? -1;
    return free >= 0 ? free : known(health.freeChunkBytes()) + known(health.freeSlotBytes());
  }
}

/** 0 for an unknown value. */
function known(figure: number | undefined): number {
  return figure !== undefined && figure > 0 ? figure : 0;
}
