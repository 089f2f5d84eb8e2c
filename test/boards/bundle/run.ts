import { runInNewContext } from 'node:vm';
import { parseAst } from 'rollup/parseAst';
import { inlined } from '../../../boards/bundle/steps.js';

/** Milliseconds: what does not end is wrong. */
const TIMEOUT = 5000;

/** What a program does: the effects that it logs in their order, and what it returns or throws. */
export interface Outcome {
  log: unknown[];
  result: unknown;
}

/** A program, its last declaration `export function run()`, as it is and with calls inlined. */
export async function both(code: string, privates: readonly string[] = []): Promise<[Outcome, Outcome, string]> {
  const text = await inlined(code, new Set(privates));
  return [run(code), run(text), text];
}

function run(text: string): Outcome {
  const log: unknown[] = [];
  const body = text.replace(/export ?\{[^}]*\};/, '').replace('export function run', 'function run');
  const say = (value: unknown): unknown => {
    log.push(value);
    return value;
  };
  try {
    return { log, result: runInNewContext(`'use strict';\n${body}\nrun();`, { log: say }, { timeout: TIMEOUT }) };
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
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
