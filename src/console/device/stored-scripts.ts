import type { Store } from '../../hal/index.js';
import type { EntryList, ScriptEntry } from '../bindings.js';
import { ScriptLibrary } from '../script-library.js';
import type { ScriptFunction } from '../script-library.js';
import { StoredItems } from './stored-items.js';
import type { Properties } from './stored-items.js';

/** What of a script is stored. */
const STORED = Object.freeze(['name', 'owner', 'policy', 'dont-require-permissions', 'comment', 'source']);

/** The scripts of `/system script`, kept in the board's store but for the functions of the application. */
export class StoredScripts implements EntryList<ScriptEntry> {
  private readonly library = new ScriptLibrary();
  private readonly items: StoredItems;
  /** The stored ones, and the number of each. */
  private readonly scripts: ScriptEntry[] = [];
  private readonly numbers: number[] = [];

  /** At most `most` scripts are stored, 1 to 64. */
  constructor(store: Store, most: number) {
    this.items = new StoredItems(store, 'script', 'script', most);
  }

  get list(): readonly ScriptEntry[] {
    return this.library.list;
  }

  find(name: string): ScriptEntry | undefined {
    return this.list.find((script) => script.property('name') === name);
  }

  /** See `ScriptLibrary.register`. */
  register(name: string, run: ScriptFunction): void {
    this.library.register(name, run);
  }

  /** Takes back what is stored; see `StoredItems.restore`. */
  restore(notice: (text: string) => void): void {
    this.items.restore((number, properties) => this.note(this.library.add(properties), number), notice);
  }

  add(properties: Properties): ScriptEntry {
    const number = this.items.freeNumber(this.numbers);
    const script = this.library.add(properties);
    try {
      this.items.write(number, storedOf(script));
    } catch (error) {
      this.library.remove(script);
      throw error;
    }
    this.note(script, number);
    return script;
  }

  set(entry: ScriptEntry, properties: Properties): void {
    const before = storedOf(entry);
    this.library.set(entry, properties);
    const index = this.scripts.indexOf(entry);
    if (index < 0) return;
    try {
      this.items.write(this.numbers[index]!, storedOf(entry));
    } catch (error) {
      this.library.set(entry, before);
      throw error;
    }
  }

  remove(entry: ScriptEntry): void {
    this.library.remove(entry);
    const index = this.scripts.indexOf(entry);
    if (index < 0) return;
    this.items.remove(this.numbers[index]!);
    this.scripts.splice(index, 1);
    this.numbers.splice(index, 1);
  }

  private note(script: ScriptEntry, number: number): void {
    this.scripts.push(script);
    this.numbers.push(number);
  }
}

function storedOf(script: ScriptEntry): Properties {
  const properties: Properties = {};
  for (const name of STORED) {
    // A function has none, and none may be set.
    if (name === 'source' && script.source === undefined) continue;
    properties[name] = script.property(name);
  }
  return properties;
}
