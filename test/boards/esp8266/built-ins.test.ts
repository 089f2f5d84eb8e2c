import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { parseAst } from 'rollup/parseAst';
import { beforeAll, describe, expect, it } from 'vitest';
import { TOP } from '../../support/folders.js';

/** A node of the syntax tree, as far as it is looked at here. */
interface Node {
  type: string;
  [property: string]: unknown;
}

/** What boards/esp8266/manifest.json tells the SDK's linker to leave out, used or not. */
const { strip } = JSON.parse(readFileSync(join(TOP, 'boards/esp8266/manifest.json'), 'utf8')) as { strip: string[] };

describe('the code of an ESP8266', () => {
  const nodes: Node[] = [];

  beforeAll(async () => {
    const input = join(TOP, 'build/boards/esp8266/main.js');
    const bundle = await rollup({ input, external: /^[^./\0]/, logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    collect(parseAst(output[0].code), nodes);
  }, 60_000);

  it('has no regular expression, for which the engine would need 36 KB of code', () => {
    expect(nodes.filter(({ type, regex }) => type === 'Literal' && regex !== undefined)).toEqual([]);
    expect(nodes.length).toBeGreaterThan(10_000);
  });

  it('makes no Map and no Set, for which it would need 8 KB', () => {
    const made = nodes.filter(({ type }) => type === 'NewExpression').map(({ callee }) => (callee as Node)['name']);
    expect(made.filter((name) => /^(Weak)?(Map|Set)$/.test(String(name)))).toEqual([]);
    expect(made).toContain('DataView');
  });

  it('uses no function that its manifest strips', () => {
    const stripped = strip.filter((name) => name !== '*' && !name.startsWith('Iterator'));
    expect(stripped.length).toBeGreaterThan(0);
    const members = nodes.filter(({ type }) => type === 'MemberExpression').map(memberName);
    expect(members.filter((name) => stripped.includes(name))).toEqual([]);
    expect(members).toContain('JSON.stringify');
  });

  it('uses no method of an iterator', () => {
    // The library that it is compiled with has none: ES2022. So there is no way but by the name of the class.
    const { compilerOptions } = JSON.parse(readFileSync(join(TOP, 'tsconfig.base.json'), 'utf8')) as {
      compilerOptions: { lib: string[] };
    };
    expect(compilerOptions.lib).toEqual(['ES2022']);
    expect(nodes.filter(({ type, name }) => type === 'Identifier' && name === 'Iterator')).toEqual([]);
  });
});

function memberName(node: Node): string {
  const { object, property } = node as unknown as { object: Node; property: Node };
  return `${String(object['name'])}.${String(property['name'])}`;
}

function collect(value: unknown, nodes: Node[]): void {
  if (Array.isArray(value)) for (const each of value) collect(each, nodes);
  else if (typeof value === 'object' && value !== null) {
    if ('type' in value) nodes.push(value as Node);
    for (const each of Object.values(value)) collect(each, nodes);
  }
}
