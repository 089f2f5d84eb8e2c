import { parseAst } from 'rollup/parseAst';
import { edited, isPropertyName, usesThis, walk } from './syntax.js';

/** Functions at the top become arrows, in front of everything: a function may be called above the place of its text. */
export function functionsAsArrows(code) {
  const edits = [];
  let front = '';
  for (const node of parseAst(code).body) {
    if (node.type !== 'FunctionDeclaration' || node.generator || usesThis(node.body)) continue;
    const [first] = node.params;
    const last = node.params.at(-1);
    const params = first === undefined ? '' : code.slice(first.start, last.end);
    const prefix = node.async ? 'async ' : '';
    front += `const ${node.id.name} = ${prefix}(${params}) => ${code.slice(node.body.start, node.body.end)};\n`;
    edits.push({ from: node.start, to: node.end, text: '' });
  }
  return front + edited(code, edits);
}

/** What is declared at the top takes a name each. It gets that of some property, which is in ROM anyway. */
export function namesForTop(code) {
  const program = parseAst(code);
  const properties = new Set();
  const references = new Set();
  const declared = new Set();
  walk(program, (node, key, parent) => {
    if (node.type !== 'Identifier') return;
    if (isPropertyName(key, parent)) properties.add(node.name);
    else (DECLARING.test(`${parent.type}.${key}`) ? declared : references).add(node.name);
  });
  const isFree = (name) => name.length > 2 && !GLOBALS.has(name) && (declared.has(name) || !references.has(name));
  const free = [...properties].filter(isFree);
  const ids = program.body.flatMap(({ id, declaration, declarations = [], specifiers = [] }) => [
    id,
    declaration?.id,
    ...declarations.map((each) => each.id),
    ...specifiers.map(({ type, local }) => (type.startsWith('Import') ? local : undefined)),
  ]);
  const names = [];
  for (const id of ids.filter(Boolean)) walk(id, ({ type, name }) => type === 'Identifier' && void names.push(name));
  // Each has one: terser itself would take short ones, which may be those of a block at the top.
  return Object.fromEntries(names.map((name, index) => [`$${name}`, free.pop() ?? `$${index}`]));
}

const DECLARING =
  /Declaration\.id|Declarator\.id|Expression\.id|\.params|Pattern\.|CatchClause\.param|Property\.value|RestElement/;

/** What no bundle may declare at its top: words of the language, and what the SDK and the language have globally. */
const GLOBALS = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...['arguments', 'await', 'eval', 'native', 'trace', 'System', 'screen', 'application', 'debugger', 'yield', 'let'],
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'default', 'delete', 'do', 'else', 'enum', 'export'],
  ...['extends', 'false', 'finally', 'for', 'function', 'if', 'implements', 'import', 'in', 'instanceof', 'interface'],
  ...['new', 'null', 'package', 'private', 'protected', 'public', 'return', 'static', 'super', 'switch', 'this'],
  ...['throw', 'true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'async', 'constructor', 'prototype'],
]);
