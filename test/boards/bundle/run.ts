import { runInNewContext } from 'node:vm';
import { parseAst } from 'rollup/parseAst';
import { inlined } from '../../../boards/bundle/steps.js';

/** Milliseconds. What ends when nothing is inlined must end with calls inlined, on a busy machine too. */
const TIMEOUT = 30_000;
/** What logs more ends here, as if `log` had thrown: a generated program may take for ever. */
const LONGEST_LOG = 2000;

/** What a program does: the effects that it logs in their order, and what it returns or throws. */
export interface Outcome {
  log: unknown[];
  result: unknown;
}

/** A program, its last declaration `export function run()`, as it is and with calls inlined. */
export async function both(code: string, privates: readonly string[] = []): Promise<[Outcome, Outcome, string]> {
  const text = await inlined(code, new Set(privates));
  return [run(code, TIMEOUT)!, run(text, TIMEOUT)!, text];
}

/** What a program does; undefined when it takes longer than so many milliseconds. */
export function run(text: string, timeout: number): Outcome | undefined {
  const log: unknown[] = [];
  const body = text.replace(/export ?\{[^}]*\};/, '').replace('export function run', 'function run');
  const say = (value: unknown): unknown => {
    if (log.length === LONGEST_LOG) throw new RangeError('log full');
    log.push(value);
    return value;
  };
  try {
    return { log, result: runInNewContext(`'use strict';\n${body}\nrun();`, { log: say }, { timeout }) };
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    return { log, result: name };
  }
}

/** The functions and methods that are left, `run` excepted. */
export function functionsIn(code: string): string[] {
  const names: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, id, key } = node as { type?: string; id?: { name: string } | null; key?: { name: string } };
    if (type === 'FunctionDeclaration' && id) names.push(id.name);
    if (type === 'MethodDefinition' && key) names.push(key.name);
    if (type === 'ArrowFunctionExpression' || (type === 'FunctionExpression' && id)) names.push('=>');
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) value.forEach(visit);
      else visit(value);
    }
  };
  visit(parseAst(code));
  return names.filter((name) => name !== 'run');
}
