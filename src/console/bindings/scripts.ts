import type { Store } from '../../hal/index.js';
import type { ScriptEntry } from '../bindings.js';
import { Item, NOT_STORED, PersistedItems } from './persisted-items.js';
import type { Properties } from './persisted-items.js';

/** What an application gives to be run by name. */
export type ScriptFunction = () => void | Promise<void>;

/** UTF-16 units of the longest source. */
const MAX_SOURCE = 8192;
/** Functions that an application can register. */
const MAX_FUNCTIONS = 64;

class Script extends Item implements ScriptEntry {
  /** Of the application; absent: it has a source. */
  run?: ScriptFunction;

  get source(): string | undefined {
    return this.run ? undefined : this.property('source');
  }

  started(): void {
    this.runs++;
  }
}

/**
 * The scripts of `/system script`: source texts, which are persisted in the board's store, and functions that the
 * application registered under a name, which are not.
 */
export class Scripts extends PersistedItems<Script> {
  /** Persists at most `maxScripts` scripts, 1 to 64. */
  constructor(store: Store, maxScripts: number) {
    super(store, 'script', 'script', maxScripts);
  }

  /** Makes a function known to `/system script run NAME`. Throws a RangeError of one line when the name is taken. */
  register(name: string, run: ScriptFunction): void {
    const functions = this.items.filter((script) => script.run).length;
    if (functions >= MAX_FUNCTIONS) throw new RangeError('too many functions (at most ' + MAX_FUNCTIONS + ')');
    this.check({ name }, undefined);
    const script = this.make(NOT_STORED, { name });
    script.run = run;
    this.insert(script);
  }

  protected make(number: number, properties: Properties): Script {
    return new Script(number, properties);
  }

  protected override check(properties: Properties, except: Script | undefined): void {
    const { source } = properties;
    if (except?.run && source !== undefined) {
      throw new RangeError('source of ' + except.property('name') + ' cannot be set: it is a function');
    }
    super.check(properties, except);
    if (source === undefined || source.length <= MAX_SOURCE) return;
    throw new RangeError('source must have at most ' + MAX_SOURCE + ' characters, got ' + source.length);
  }
}
