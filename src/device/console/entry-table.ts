import type { Changes } from './list-commands.js';
import type { ConsoleServices, Entry, EntryList } from './services.js';
import type { Property, Table } from './table.js';

/** The rows of a list of entries. */
export function entryTable<E extends Entry>(
  source: (services: ConsoleServices) => { readonly list: readonly E[] },
  properties: readonly Property[],
): Table<E> {
  return {
    properties,
    rows: (services) => source(services).list,
    property: (entry, name) => entry.property(name),
  };
}

/** Everything that can be done with an `EntryList`. */
export function entryChanges<E extends Entry>(source: (services: ConsoleServices) => EntryList<E>): Changes<E> {
  return {
    add: (services, properties) => void source(services).add(properties),
    set: (services, entry, properties) => source(services).set(entry, properties),
    remove: (services, entry) => source(services).remove(entry),
  };
}
