import { parseAst } from 'rollup/parseAst';
import { edited, isFunction, isPropertyName, usesThis, walk } from './syntax.js';

/**
 * Functions at the top become arrows, in front of everything: a function may be called above the place of its text. So
 * do the methods of objects at the top that are no methods, as they use no `this`: 16 bytes less for each.
 */
export function functionsAsArrows(code) {
  const edits = [];
  let front = '';
  for (const node of parseAst(code).body) {
    if (node.type === 'FunctionDeclaration') {
      if (!canBeArrow(node)) continue;
      front += `const ${node.id.name} = ${arrow(node, code)};\n`;
      edits.push({ from: node.start, to: node.end, text: '' });
      continue;
    }
    walk(node, (inner) => {
      if (isFunction(inner)) return true;
      if (!inner.method || inner.computed || !canBeArrow(inner.value)) return false;
      const name = code.slice(inner.key.start, inner.key.end);
      edits.push({ from: inner.start, to: inner.end, text: `${name}: ${arrow(inner.value, code)}` });
      return true;
    });
  }
  return front + edited(code, edits);
}

function canBeArrow({ generator, params, body }) {
  return !generator && ![...params, body].some(usesThis);
}

function arrow({ async, params, body }, code) {
  const [first] = params;
  const parameters = first === undefined ? '' : code.slice(first.start, params.at(-1).end);
  return `${async ? 'async ' : ''}(${parameters}) => ${code.slice(body.start, body.end)}`;
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
