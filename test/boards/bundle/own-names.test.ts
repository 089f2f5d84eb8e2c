import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';
import { ownNames, ownNamesIn } from '../../../boards/bundle/own-names.js';
import { makeTemporaryFolder } from '../../support/temp.js';

/** The compiler on a busy machine. */
const MILLISECONDS = 120_000;

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

const CLASSES = `
export class Log {
  private readonly all: number[] = [];
  append(n: number): void { this.all.push(n); this.note(n); }
  get first(): number | undefined { return this.all[0]; }
  /** As an interface has it. */ close(): void {}
  /** Overridden. */ flush(): void {}
  /** Its name is asked for as a text. */ byText(): void {}
  /** Its name is in a pattern. */ inPattern(): number { return 1; }
  /** Its name is in a type made of others. */ picked(): void {}
  /** Another class with this name is not told apart. */ either(): void {}
  /** An object is said to be a Log that only has this. */ cast(): void {}
  /** What calls it is of any type. */ unknown(): void {}
  toString(): string { return ''; }
  static make(): Log { return new Log(); }
  private note(n: number): void { this.all[0] = n; }
}
export class FileLog extends Log { override flush(): void {} }
export class Other { private n = 1; append(n: number): void { this.n = n; } either(): void {} }
export interface Closable { close(): void }
/** Without private members it may be any object that has these names. */
export class Open { shape(): void {} size(): number { return 0; } }
export class Larger { private n = 1; shape(): void { this.n++; } size(): number { return this.n; } more(): void {} }
`;

const USES = `
import { FileLog, Larger, Log, Open, Other } from './classes.js';
import type { Closable } from './classes.js';
const log = new Log();
log.append(log.first ?? 1); new Other().append(2);
export const closable: Closable = log; closable.close();
export const open: Open = new Larger(); open.shape();
new Larger().more(); new FileLog().flush(); log['byText']();
const { inPattern } = log;
export function take(picked: Pick<Log, 'picked'>): void { picked.picked(); }
export function one(from: Log | Other): void { from.either(); }
export const fake = { cast() {} } as unknown as Log; fake.cast();
export function any(from: any): void { from.unknown(); inPattern(); }
`;

function write(name: string, text: string): string {
  writeFileSync(folder.file(name), text);
  return folder.file(name);
}

it(
  'gives methods names of their own, but not where something else may be meant',
  () => {
    const names = ownNamesIn([write('classes.ts', CLASSES), write('uses.ts', USES)]);
    const own = names.flatMap(([, places]) => places.map(([, name]) => name));
    expect([...new Set(own)].sort()).toEqual([
      'append$$Log',
      'append$$Other',
      'first$$Log',
      'more$$Larger',
      'note$$Log',
    ]);
    // Where it is declared, and where it is called.
    expect(own.filter((name) => name === 'append$$Other')).toHaveLength(2);
  },
  MILLISECONDS,
);

const MOVED = `
class Counter {
  private n = this.first();
  private static readonly text = '°';
  constructor(private readonly step: number) {}
  first(): number { return Counter.text.length; }
  add(): number { this.n += this.step; return this.n; }
}
const fixed = { add: (n: number): number => n, sign: 1 };
export const result = [new Counter(4).add(), fixed.add(2)];
`;

it(
  'renames in a compiled module what its source map says',
  () => {
    const path = relative('.', write('moved.ts', MOVED));
    const { outputText, sourceMapText = '' } = ts.transpileModule(MOVED, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, useDefineForClassFields: false, sourceMap: true },
    });
    const id = write('moved.js', outputText);
    write('moved.js.map', sourceMapText);
    const { transform } = ownNames([path], () => path);
    const { code } = transform(outputText, id);
    expect(code.match(/\w+\$\$\w+/g)).toEqual(['first$$Counter', 'first$$Counter', 'add$$Counter', 'add$$Counter']);
    expect(code).toContain('fixed.add(2)');
    expect(() => transform(`// Another line\n${outputText}`, id)).toThrow('names other methods than it does');
  },
  MILLISECONDS,
);
