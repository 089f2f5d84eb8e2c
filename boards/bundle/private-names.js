import { parseAst } from 'rollup/parseAst';
import ts from 'typescript';
import { cachedText } from './cache.js';
import { sourceText, typedSources } from './sources.js';
import { edited, isPropertyName, walk } from './syntax.js';
import { each, isPrivate, propertyName } from './typed-nodes.js';

/** Private members get short names, which those of other classes have too. */
export function shortNames(code) {
  const names = privateNames();
  const edits = [];
  walk(parseAst(code), (node, key, parent) => {
    if (node.type !== 'Identifier' || !isPropertyName(key, parent) || !names.has(node.name)) return;
    if (parent.type === 'Property') throw new Error(`${node.name} is the name of a private member and of a property`);
    edits.push({ from: node.start, to: node.end, text: names.get(node.name) });
  });
  return edited(code, edits);
}

let privates;

/**
 * The short names of private members: those that TypeScript declares `private`, unless something else in the sources
 * has the same name, or is looked up by it. Two that one object can have get two names; others may share one, which
 * is then in ROM once.
 */
export function privateNames() {
  // Asking the compiler takes seconds.
  privates ??= new Map(JSON.parse(cachedText(sourceText(), 'json', () => JSON.stringify([...findPrivateNames()]))));
  return privates;
}

function findPrivateNames() {
  const program = typedSources();
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile);
  const members = [];
  for (const file of files) each(file, (node) => (isPrivate(node) ? members.push(node) : undefined));
  const names = new Set(members.map(({ name }) => name.text));
  const declared = new Set();
  for (const file of files) {
    each(file, (node) => {
      const name = propertyName(node);
      if (name === undefined) return;
      if (!names.has(name.text)) return void declared.add(name.text);
      const symbol = checker.getSymbolAtLocation(name);
      if (!symbol?.declarations?.every(isPrivate)) names.delete(name.text);
    });
  }
  const together = new Map([...names].map((name) => [name, new Set()]));
  for (const node of members) {
    const others = membersOf(
      checker.getTypeAtLocation(node.parent.kind === ts.SyntaxKind.Constructor ? node.parent.parent : node.parent),
    );
    for (const name of others) if (name !== node.name.text) together.get(node.name.text)?.add(name);
    for (const name of others) together.get(name)?.add(node.name.text);
  }
  // Those with the most neighbours first, each with the first free name.
  const free = [...shortNamesInOrder(declared)];
  const taken = new Map();
  const order = [...names].sort((a, b) => together.get(b).size - together.get(a).size || (a < b ? -1 : 1));
  for (const name of order) {
    const near = new Set([...together.get(name)].map((other) => taken.get(other)));
    taken.set(
      name,
      free.find((text) => !near.has(text)),
    );
  }
  return taken;
}

/** All members of a class, inherited ones too. */
function membersOf(type) {
  return type.getProperties().map(({ name }) => name);
}

/** What terser calls locals, and so these are in ROM already; without what is a property in the sources. */
function* shortNamesInOrder(declared) {
  const letters = [...'etnraoisclhdumpfgbyvwkxjqzETNRAOISCLHDUMPFGBYVWKXJQZ'];
  for (const letter of letters) if (!declared.has(letter)) yield letter;
  for (const first of letters) for (const second of letters) if (!declared.has(first + second)) yield first + second;
}
