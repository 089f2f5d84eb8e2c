import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd: top });

/** Names of the rules that this source breaks as a new file of the folder. */
async function broken(folder: string, source: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${source}\n`, { filePath: `${folder}/added.ts` });
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message);
}

const refused = [
  ['#private field', 'export class A {\n  #a = 1;\n  get(): number {\n    return this.#a;\n  }\n}'],
  ['#private method', 'export class A {\n  #a(): void {}\n  run(): void {\n    this.#a();\n  }\n}'],
  ['generator', 'export function* f(): Generator<number> {\n  yield 1;\n}'],
  ['async function', 'export async function f(): Promise<void> {}'],
  ['Map', 'export const a = new Map<number, number>();'],
  ['Set', 'export const a = new Set<number>();'],
  ['for…of', 'export function f(a: Uint8Array): void {\n  for (const b of a) a[0] = b;\n}'],
  ['spread in a call', 'export const f = (a: number[]): number => Math.max(...a);'],
  ['spread in an object', 'export const f = (a: object): object => ({ ...a });'],
  ['rest parameter', 'export const f = (...a: number[]): number => a.length;'],
  ['default parameter', 'export const f = (a = 1): number => a;'],
  ['array destructuring', 'export const f = (a: number[]): number => {\n  const [b] = a;\n  return b!;\n};'],
  ['template literal', 'export const f = (a: number): string => `${a}`;'],
  ['subarray', 'export const f = (a: Uint8Array): Uint8Array => a.subarray(1);'],
  ['slice', 'export const f = (a: Uint8Array): Uint8Array => a.slice(1);'],
] as const;

describe.each(['src/mqtt', 'src/tags', 'src/telemetry', 'src/cloud'])('ESLint in %s', (folder) => {
  it.each(refused)('refuses %s', async (_, source) => {
    expect(await broken(folder, source)).toContain('no-restricted-syntax');
  });

  it('takes a loop over indices, object destructuring and private', async () => {
    const source = [
      'export class A {',
      '  private sum = 0;',
      '  add(bytes: Uint8Array, from: number, to: number): number {',
      '    for (let i = from; i < to; i++) this.sum += bytes[i]!;',
      '    const { sum } = this;',
      '    return sum;',
      '  }',
      '}',
    ].join('\n');
    expect(await broken(folder, source)).toEqual([]);
  });
});

describe('ESLint elsewhere', () => {
  it.each(refused)('takes %s in src/device and sim', async (_, source) => {
    expect(await broken('src/device', source)).not.toContain('no-restricted-syntax');
    expect(await broken('sim', source)).not.toContain('no-restricted-syntax');
  });
});

describe('the exceptions of eslint.config.js', () => {
  it('name files that exist and need one', async () => {
    const config = new URL('../../eslint.config.js', import.meta.url).href;
    const { runsOnce } = (await import(config)) as { runsOnce: string[] };
    const strict = new ESLint({
      cwd: top,
      overrideConfig: { files: runsOnce, rules: { 'no-restricted-syntax': await rule() } },
    });
    for (const path of runsOnce) {
      expect(existsSync(`${top}${path}`), path).toBe(true);
      const [result] = await strict.lintFiles([path]);
      expect(
        result!.messages.map(({ ruleId }) => ruleId),
        path,
      ).toContain('no-restricted-syntax');
    }
  });

  /** The rule as it holds for the other files of the hot layers. */
  async function rule(): Promise<never> {
    const config = (await eslint.calculateConfigForFile('src/mqtt/added.ts')) as { rules: Record<string, never> };
    return config.rules['no-restricted-syntax']!;
  }
});
