import type { Board, Store } from '../../hal/index.js';
import type { Entry, SystemBindings } from '../bindings.js';
import { PersistedItems } from './persisted-items.js';
import type { Properties } from './persisted-items.js';

const MAX_NAME = 64;

/** `/system identity`: the name of the device, shown in the prompt; persisted in the board's store. */
export class Identity implements Entry {
  private readonly items: PersistedItems;

  constructor(
    store: Store,
    private name: string,
  ) {
    this.items = new PersistedItems(store, 'identity', 'identity', 1);
  }

  /** Reads what is persisted; see `PersistedItems.restore`. */
  restore(notice: (text: string) => void): void {
    this.items.restore((_number, { name }) => {
      this.name = checkName(name ?? '');
    }, notice);
  }

  property(name: string): string {
    return name === 'name' ? this.name : '';
  }

  /** Throws a RangeError of one line, and then changes nothing. */
  set(properties: Properties): void {
    const { name } = properties;
    if (name === undefined) return;
    this.items.write(0, { name: checkName(name) });
    this.name = name;
  }
}

function checkName(name: string): string {
  if (name.length < 1 || name.length > MAX_NAME) {
    throw new RangeError('name must have 1 to ' + MAX_NAME + ' characters, got ' + name.length);
  }
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) throw new RangeError('name must not contain control characters');
  }
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

/** An entry whose properties are computed. */
class Computed implements Entry {
  constructor(private readonly compute: (name: string) => string) {}

  property(name: string): string {
    return this.compute(name);
  }
}

/** `/system`: what a board says about itself, under RouterOS's names. */
export class DeviceSystem implements SystemBindings {
  readonly resource: Entry;
  readonly routerboard: Entry;
  readonly packages: readonly Entry[];
  /** When the device started, in milliseconds of `Clock.now`. */
  startedAt: number;

  constructor(
    private readonly board: Board,
    private readonly device: ConsoleIdentity,
    readonly identity: Identity,
  ) {
    this.startedAt = board.clock.now();
    this.resource = new Computed((name) => this.resourceOf(name));
    this.routerboard = new Computed((name) => this.hardwareOf(name));
    // Scripts written for RouterOS ask for the version of the package whose name begins with `routeros`.
    this.packages = ['tagwire', 'routeros'].map(
      (title) => new Computed((name) => (name === 'name' ? title : name === 'version' ? device.version : '')),
    );
  }

  /** A value that the board does not know is 0, since scripts for RouterOS compute with the values. */
  private resourceOf(name: string): string {
    const { board, device } = this;
    switch (name) {
      case 'uptime':
        return String(Math.floor((board.clock.now() - this.startedAt) / 1000));
      case 'version':
        return device.version;
      case 'free-memory':
        return String(this.freeMemory());
      case 'total-memory':
        return String(this.freeMemory() + known(board.health?.usedMemory?.()));
      case 'cpu-load':
        return String(Math.round(known(board.health?.load?.())));
      case 'board-name':
        return board.name;
      case 'platform':
        return 'Tagwire';
      default:
        return '';
    }
  }

  private hardwareOf(name: string): string {
    const { board, device } = this;
    switch (name) {
      case 'model':
        return device.model ?? board.health?.model ?? board.name;
      case 'serial-number':
        return board.health?.serial ?? '';
      case 'current-firmware':
        return device.version;
      default:
        return '';
    }
  }

  /** Of the chip, or of the engine's heaps where only those are known. */
  private freeMemory(): number {
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
