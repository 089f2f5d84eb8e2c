import type { Store } from '../../hal/index.js';
import type { EntryList, ScriptEntry } from '../bindings.js';
import { PersistedItems } from './persisted-items.js';
import type { Properties } from './persisted-items.js';

/** What an application gives to be run by name. */
export type ScriptFunction = () => void | Promise<void>;

/** UTF-16 units of the longest source. */
const MAX_SOURCE = 8192;
/** Functions that an application can register. */
const MAX_FUNCTIONS = 64;

/** What of a script is persisted. */
const PERSISTED = Object.freeze(['name', 'owner', 'policy', 'dont-require-permissions', 'comment', 'source']);

class Script implements ScriptEntry {
  readonly run?: ScriptFunction;
  private runs = 0;

  constructor(
    /** Of its item in the store; undefined for a function. */
    readonly number: number | undefined,
    public properties: Properties,
    run?: ScriptFunction,
  ) {
    if (run) this.run = run;
  }

  get source(): string | undefined {
    return this.run ? undefined : (this.properties['source'] ?? '');
  }

  property(name: string): string {
    if (name === 'run-count') return String(this.runs);
    return Object.prototype.hasOwnProperty.call(this.properties, name) ? this.properties[name]! : '';
  }

  started(): void {
    this.runs++;
  }
}

/**
 * The scripts of `/system script`: source texts, which are persisted in the board's store, and functions that the
 * application registered under a name, which are not.
 */
export class Scripts implements EntryList<ScriptEntry> {
  private readonly scripts: Script[] = [];
  private readonly items: PersistedItems;

  /** Persists at most `maxScripts` scripts, 1 to 64. */
  constructor(store: Store, maxScripts: number) {
    this.items = new PersistedItems(store, 'script', 'script', maxScripts);
  }

  get list(): readonly ScriptEntry[] {
    return this.scripts;
  }

  find(name: string): ScriptEntry | undefined {
    return this.scripts.find((script) => script.property('name') === name);
  }

  /** Makes a function known to `/system script run NAME`. Throws a RangeError of one line when the name is taken. */
  register(name: string, run: ScriptFunction): void {
    const functions = this.scripts.filter((script) => script.run).length;
    if (functions >= MAX_FUNCTIONS) throw new RangeError('too many functions (at most ' + MAX_FUNCTIONS + ')');
    this.check({ name }, undefined);
    this.scripts.push(new Script(undefined, { name }, run));
  }

  /** Reads what is persisted; see `PersistedItems.restore`. */
  restore(notice: (text: string) => void): void {
    this.items.restore((number, properties) => {
      this.check(properties, undefined);
      this.scripts.push(new Script(number, properties));
    }, notice);
  }

  add(properties: Properties): ScriptEntry {
    const number = this.items.freeNumber(this.scripts.map((script) => script.number));
    const given: Properties = { source: '', ...properties };
    if (!given['name']) given['name'] = this.freeName();
    this.check(given, undefined);
    this.items.write(number, persisted(given));
    const script = new Script(number, given);
    this.scripts.push(script);
    return script;
  }

  set(entry: ScriptEntry, properties: Properties): void {
    const script = this.own(entry);
    if (script.run && properties['source'] !== undefined) {
      throw new RangeError('source of ' + script.property('name') + ' cannot be set: it is a function');
    }
    const changed = { ...script.properties, ...properties };
    this.check(changed, script);
    if (script.number !== undefined) this.items.write(script.number, persisted(changed));
    script.properties = changed;
  }

  remove(entry: ScriptEntry): void {
    const script = this.own(entry);
    if (script.number !== undefined) this.items.remove(script.number);
    this.scripts.splice(this.scripts.indexOf(script), 1);
  }

  private own(entry: ScriptEntry): Script {
    for (const script of this.scripts) if (script === entry) return script;
    throw new RangeError('no such script');
  }

  private check({ name, source = '' }: Properties, except: Script | undefined): void {
    if (!name) throw new RangeError('name must not be empty');
    if (this.scripts.some((script) => script !== except && script.property('name') === name)) {
      throw new RangeError('name ' + name + ' is already in use');
    }
    if (source.length <= MAX_SOURCE) return;
    throw new RangeError('source must have at most ' + MAX_SOURCE + ' characters, got ' + source.length);
  }

  private freeName(): string {
    let number = 1;
    while (this.find('script' + number)) number++;
    return 'script' + number;
  }
}

function persisted(properties: Properties): Properties {
  const result: Properties = {};
  for (const name of PERSISTED) result[name] = properties[name] ?? '';
  return result;
}
