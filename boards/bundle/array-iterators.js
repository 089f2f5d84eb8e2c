import { relative } from 'node:path';
import { parseAst } from 'rollup/parseAst';
import ts from 'typescript';
import { cachedText } from './cache.js';
import { sourceOf, sourceText, typedSources } from './sources.js';
import { edited, walk } from './syntax.js';

/*
 * Arrays without iterators. For `for (const x of list)` XS makes an iterator, a result, and what ends the iterator on
 * the way out: 8 slots of RAM for each loop, and some 60 bytes of bytecode more than for an index; for `[...list, x]`
 * it makes as much. So arrays are looped over by index and put together by `concat`, which does the same for them. What
 * is an array, only the compiler knows.
 */

/** A plugin of rollup. */
export const withoutArrayIterators = {
  name: 'without-array-iterators',
  transform(code, id) {
    const found = arraysBySource()[sourceOf(id)];
    return found ? { code: withConcat(withIndices(code, found.loops), found.spreads), map: null } : null;
  },
};

let arrays;

/** Of each source, by its path: whether what its loops go over and what its lists spread are arrays, in their order. */
function arraysBySource() {
  // Asking the compiler takes seconds.
  arrays ??= JSON.parse(cachedText(`arrays\n${sourceText()}`, 'json', () => JSON.stringify(findArrays())));
  return arrays;
}

function findArrays() {
  const program = typedSources();
  const checker = program.getTypeChecker();
  const found = program
    .getSourceFiles()
    .filter(({ isDeclarationFile }) => !isDeclarationFile)
    .map((source) => [
      relative('', source.fileName).replaceAll('\\', '/'),
      { loops: ofArrays(source, ts.isForOfStatement, checker), spreads: ofArrays(source, isSpreadInList, checker) },
    ]);
  return Object.fromEntries(found);
}

/** Of each node of a source that is `wanted`, in order: whether its expression is an array. */
function ofArrays(source, wanted, checker) {
  const found = [];
  const visit = (node) => {
    if (wanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found
    .sort((a, b) => a.pos - b.pos)
    .map(({ expression }) => isArray(checker.getTypeAtLocation(expression), checker));
}

function isSpreadInList(node) {
  return ts.isSpreadElement(node) && ts.isArrayLiteralExpression(node.parent);
}

function isArray(type, checker) {
  if (type.isUnion()) return type.types.every((each) => isArray(each, checker));
  return checker.isArrayType(type) || checker.isTupleType(type);
}

/** A compiled module with an index in each loop for which `overArray` has true, in their order. */
export function withIndices(code, overArray) {
  const loops = [];
  walk(parseAst(code), (node) => {
    if (node.type === 'ForOfStatement') loops.push(node);
  });
  loops.sort((a, b) => a.start - b.start);
  if (loops.length !== overArray.length) throw new Error('a module has other loops than its source');
  const edits = [];
  loops.forEach(({ await: isAsync, left, right, body }, index) => {
    if (!overArray[index] || isAsync || left.type !== 'VariableDeclaration') return;
    const variable = code.slice(left.start, left.end);
    // `for (const x of list) …` → `for (let $i = 0, $list = list; $i < $list.length; $i++) { const x = $list[$i]; … }`
    const open = code.slice(left.end, right.start).replace(/[^(]/g, '');
    let to = right.end;
    for (let i = 0; i < open.length; i++) to = code.indexOf(')', to) + 1;
    edits.push({ from: left.start, to: right.start, text: `let $i = 0, $list = ${open}` });
    edits.push({ from: to, to, text: '; $i < $list.length; $i++' });
    const isBlock = body.type === 'BlockStatement';
    const from = isBlock ? body.start + 1 : body.start;
    edits.push({ from, to: from, text: `${isBlock ? '' : '{ '}${variable} = $list[$i]; ` });
    if (!isBlock) edits.push({ from: body.end, to: body.end, text: ' }' });
  });
  return edited(code, edits);
}

/**
 * A compiled module with `concat` in each list whose spreads are all of arrays; `ofArray` has true for those, in their
 * order.
 */
export function withConcat(code, ofArray) {
  const lists = [];
  walk(parseAst(code), (node) => {
    if (node.type === 'ArrayExpression') lists.push(node);
  });
  const spreads = lists.flatMap(({ elements }) => elements.filter(isSpread)).sort((a, b) => a.start - b.start);
  if (spreads.length !== ofArray.length) throw new Error('a module has other spreads than its source');
  const edits = [];
  for (const list of lists) {
    const own = list.elements.filter(isSpread);
    if (own.length === 0 || list.elements.includes(null) || !own.every((spread) => ofArray[spreads.indexOf(spread)]))
      continue;
    edits.push(...concatenation(code, list));
  }
  return edited(code, edits);
}

/** `[a, ...list, b]` → `[a].concat((list), [b])`, and `[...list]` → `(list).slice()`. */
function concatenation(code, { start, end, elements }) {
  // Spreads, and what stands between two of them, each from separator to separator: an element may be in parentheses.
  const parts = [];
  let from = start + 1;
  for (const element of elements) {
    const comma = code.indexOf(',', element.end);
    const to = comma >= 0 && comma < end ? comma : end - 1;
    const last = parts.at(-1);
    if (isSpread(element)) parts.push({ open: '(', from: element.start + '...'.length, to, close: ')' });
    else if (last?.close === ']') last.to = to;
    else parts.push({ open: '[', from, to, close: ']' });
    from = to + 1;
  }
  const edits = parts.map(({ open, from: to }, index) => {
    const before = parts[index - 1];
    if (before === undefined) return { from: start, to, text: open };
    return { from: before.to, to, text: before.close + (index === 1 ? '.concat(' : ', ') + open };
  });
  const { to, close } = parts.at(-1);
  return [...edits, { from: to, to: end, text: close + (parts.length > 1 ? ')' : '.slice()') }];
}

function isSpread(element) {
  return element?.type === 'SpreadElement';
}
