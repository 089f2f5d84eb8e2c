import type { Store } from '../../hal/index.js';
import type { Entry } from '../console/services.js';
import { StoredItems } from './stored-items.js';
import type { Properties } from './stored-items.js';

const MOST = 64;

/** `/system identity`: what the device is called, in the prompt above all; kept in the board's store. */
export class Identity implements Entry {
  private readonly items: StoredItems;

  constructor(
    store: Store,
    private name: string,
  ) {
    this.items = new StoredItems(store, 'identity', 'identity', 1);
  }

  /** Takes back what is stored; see `StoredItems.restore`. */
  restore(notice: (text: string) => void): void {
    this.items.restore((_number, { name }) => {
      this.name = checkName(name ?? '');
    }, notice);
  }

  property(name: string): string {
    return name === 'name' ? this.name : '';
  }

  /** Throws a RangeError of one line, and changes nothing then. */
  set(properties: Properties): void {
    const { name } = properties;
    if (name === undefined) return;
    this.items.write(0, { name: checkName(name) });
    this.name = name;
  }
}

function checkName(name: string): string {
  const allowed = ': expected 1 to ' + MOST + ' characters, and no control characters';
  if (name.length < 1 || name.length > MOST) throw new RangeError('name has ' + name.length + ' characters' + allowed);
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) throw new RangeError('name' + allowed);
  }
  return name;
}
