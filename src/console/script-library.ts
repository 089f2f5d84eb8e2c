import type { EntryList, ScriptEntry } from './bindings.js';

/** What an application gives to be run by name. */
export type ScriptFunction = () => void | Promise<void>;

const MAX_SCRIPTS = 64;
const MAX_SOURCE = 8192;

/** The scripts of `/system script`: source texts, and functions that the application registered under a name. */
export class ScriptLibrary implements EntryList<ScriptEntry> {
  private readonly scripts: Script[] = [];
  private readonly changed: (() => void) | undefined;

  /** `changed` is called after each change that should outlive a restart. */
  constructor(changed?: () => void) {
    this.changed = changed;
  }

  get list(): readonly ScriptEntry[] {
    return this.scripts;
  }

  /** Makes a function known to `/system script run NAME`. Throws a RangeError when the name is taken. */
  register(name: string, run: ScriptFunction): void {
    this.check({ name }, undefined);
    this.scripts.push(new Script({ name, source: '' }, run));
  }

  add(properties: { [name: string]: string }): ScriptEntry {
    const given: { [name: string]: string } = { source: '', ...properties };
    if (!given['name']) given['name'] = this.freeName();
    this.check(given, undefined);
    const script = new Script(given, undefined);
    this.scripts.push(script);
    this.changed?.();
    return script;
  }

  set(entry: ScriptEntry, properties: { [name: string]: string }): void {
    const script = this.own(entry);
    if (script.run && properties['source'] !== undefined) {
      throw new RangeError('source of ' + script.property('name') + ': it is a function of the application');
    }
    this.check(properties, script);
    script.change(properties);
    this.changed?.();
  }

  remove(entry: ScriptEntry): void {
    const script = this.own(entry);
    this.scripts.splice(this.scripts.indexOf(script), 1);
    this.changed?.();
  }

  private own(entry: ScriptEntry): Script {
    for (const script of this.scripts) if (script === entry) return script;
    throw new RangeError('no such script');
  }

  private check(properties: { [name: string]: string }, except: Script | undefined): void {
    const { name, source } = properties;
    if (name === '') throw new RangeError('name is empty: expected at least 1 character');
    if (!except && this.scripts.length >= MAX_SCRIPTS) throw new RangeError('too many scripts (at most 64)');
    for (const script of this.scripts) {
      if (script !== except && script.property('name') === name) throw new RangeError('name ' + name + ' is taken');
    }
    if (source !== undefined && source.length > MAX_SOURCE) {
      throw new RangeError('source of ' + source.length + ' characters is too long: at most ' + MAX_SOURCE);
    }
  }

  private freeName(): string {
    let number = 1;
    while (this.scripts.some((script) => script.property('name') === 'script' + number)) number++;
    return 'script' + number;
  }
}

class Script implements ScriptEntry {
  readonly run?: ScriptFunction;
  private properties: { readonly [name: string]: string };
  private runs = 0;

  constructor(properties: { readonly [name: string]: string }, run: ScriptFunction | undefined) {
    this.properties = properties;
    if (run) this.run = run;
  }

  get source(): string | undefined {
    return this.run ? undefined : (this.properties['source'] ?? '');
  }

  property(name: string): string {
    if (name === 'run-count') return String(this.runs);
    return Object.prototype.hasOwnProperty.call(this.properties, name) ? this.properties[name]! : '';
  }

  change(properties: { readonly [name: string]: string }): void {
    this.properties = { ...this.properties, ...properties };
  }

  started(): void {
    this.runs++;
  }
}
