import { parseAst } from 'rollup/parseAst';
import { edited, isFunction, isPropertyName, walk } from './syntax.js';

/* What modules make while they are loaded. For a chip that is when they are linked: what cannot change is in ROM. */

/**
 * Literals of arrays and objects at the top are tables. They are frozen when the module has filled them, with the plain
 * objects and arrays in them; what is of a class is not. Locals must have other names than what is at the top.
 *
 * Throws when a function changes a table that is not called while the module is loaded, as far as that can be seen: it
 * would fail on a board only.
 */
export function frozenTables(code) {
  const program = parseAst(code);
  const statements = program.body.map((node) => node.declaration ?? node);
  const declarations = statements.flatMap((node) => (node.kind === 'const' ? node.declarations : []));
  const isTable = ({ init }) => /^(Array|Object)Expression$/.test(init.type) || isFreezing(init);
  const tables = declarations.filter((each) => each.id.type === 'Identifier' && isTable(each));
  if (tables.length === 0) return code;
  refuseChanges(program, new Set(tables.map(({ id }) => id.name)));
  return `${code}
const freezeTable = (value) => {
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain && !Array.isArray(value)) return;
  for (const name in value) freezeTable(value[name]);
  Object.freeze(value);
};
freezeTable([${tables.map(({ id }) => id.name)}]);
`;
}

/** Methods of arrays that change them. */
const CHANGING = /^(push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/;

function refuseChanges(program, tables) {
  /** Of what a node changes, the object. */
  const changed = ({ type, left, operator, argument, callee }) => {
    if (type === 'UpdateExpression' || operator === 'delete') return argument.object;
    if (type === 'CallExpression') return CHANGING.test(callee.property?.name) ? callee.object : undefined;
    if (!/^(AssignmentExpression|For(Of|In)Statement)$/.test(type)) return undefined;
    let object;
    walk(left, (child) => void (child.type === 'MemberExpression' && (object ??= child.object)));
    return object;
  };
  const loading = runWhileLoading(program);
  const visit = (node, isLater) =>
    walk(node, (child) => {
      const name = isLater ? changed(child)?.name : undefined;
      if (tables.has(name)) {
        throw new Error(
          `${name} is changed by a function, but boards have the constant arrays and objects of modules in ROM, ` +
            'where nothing can be changed; make it a property of an object that is made later',
        );
      }
      if (isLater || !runsLater(child) || loading.has(child)) return false;
      visit(child, true);
      return true;
    });
  visit(program, false);
}

function isFreezing({ type, callee }) {
  return type === 'CallExpression' && callee.type === 'MemberExpression' && callee.property.name === 'freeze';
}

/**
 * What modules encode while they are loaded, as keys of JSON, becomes one text in one buffer, with a range of it for
 * each. An array of bytes with a buffer of its own takes 128 bytes of ROM beside its text, a range 80. What is there
 * twice is one array: none of them is ever written, since ROM cannot be.
 */
export function sharedTexts(code) {
  const program = parseAst(code);
  const constants = constantsOf(program);
  const arrays = [];
  walk(program, (node, key, { id }) => {
    const text = encodedText(node, constants);
    const name = constants.get(id?.name) === node ? id.name : undefined;
    if (text !== undefined) arrays.push({ from: node.start, to: node.end, text, name });
    return runsLater(node);
  });
  if (arrays.length < 2) return code;
  const ranges = new Map();
  let all = '';
  const edits = arrays.map(({ from, to, text, name }) => {
    const known = ranges.get(text);
    if (known !== undefined) return { from, to, text: known };
    const at = Buffer.byteLength(all);
    all += text;
    const range = `$texts.subarray(${at}, ${Buffer.byteLength(all)})`;
    ranges.set(text, name ?? range);
    return { from, to, text: range };
  });
  const { start } = program.body.find(({ end }) => end > arrays[0].from);
  // A module that has empty ones only does not import the function.
  const texts = all === '' ? 'new Uint8Array(0)' : `encodeUtf8(${JSON.stringify(all)})`;
  return edited(code, [{ from: start, to: start, text: `const $texts = ${texts};\n` }, ...edits]);
}

/**
 * A function that makes others while the module is loaded, such as the commands of a menu, leaves its parameters in ROM
 * as variables that could change: 4 bytes of RAM each. As constants they take none. terser would undo that.
 */
export function constantParameters(code) {
  const program = parseAst(code);
  const arrows = [...runWhileLoading(program)].filter(({ type }) => type === 'ArrowFunctionExpression');
  return edited(
    code,
    arrows.flatMap((node) => withConstantParameters(node, code)),
  );
}

/** The functions of a module that it calls while it is loaded: by name, or where they stand. */
function runWhileLoading(program) {
  const functions = constantsOf(program);
  for (const node of program.body) if (node.type === 'FunctionDeclaration') functions.set(node.id.name, node);
  const found = new Set();
  const visit = (node) =>
    walk(node, (child) => {
      const called = child.type === 'CallExpression' ? (functions.get(child.callee.name) ?? child.callee) : undefined;
      if (called !== undefined && isFunction(called) && !found.has(called)) {
        found.add(called);
        visit(called.body);
      }
      return runsLater(child);
    });
  visit(program);
  return found;
}

/**
 * `(a) => () => a` → `($0) => { const a = $0; return () => a; }`, for parameters that no function changes and that no
 * default reads.
 */
function withConstantParameters({ params, body, end }, code) {
  const captured = new Set();
  const staying = new Set();
  const collect = (node, isInner) =>
    walk(node, (child, key, parent) => {
      if (child.type === 'Identifier' && isInner && !isPropertyName(key, parent)) captured.add(child.name);
      if (/^(AssignmentExpression|UpdateExpression|For(Of|In)Statement)$/.test(child.type))
        walk(child.left ?? child.argument, ({ name }) => void staying.add(name));
      if (isInner || !runsLater(child)) return false;
      collect(child, true);
      return true;
    });
  collect(body, false);
  // A default sees parameters, and nothing that is declared in the function.
  for (const param of params)
    walk(param, ({ type, right }) => {
      if (type === 'AssignmentPattern') walk(right, ({ name }) => void staying.add(name));
    });
  let constants = '';
  const edits = [];
  params.forEach((param, index) => {
    const pattern = param.type === 'AssignmentPattern' ? param.left : param;
    const names = namesOf(pattern);
    if (param.type === 'RestElement' || names.some((name) => staying.has(name))) return;
    if (!names.some((name) => captured.has(name))) return;
    edits.push({ from: pattern.start, to: pattern.end, text: `$${index}` });
    constants += `const ${code.slice(pattern.start, pattern.end)} = $${index};`;
  });
  if (edits.length === 0) return [];
  if (body.type === 'BlockStatement') return [...edits, { from: body.start + 1, to: body.start + 1, text: constants }];
  // With the parentheses that the expression may have.
  const start = code.indexOf('=>', params.at(-1).end) + 2;
  return [...edits, { from: start, to: start, text: `{${constants}return ` }, { from: end, to: end, text: '}' }];
}

/** The names that a pattern declares. */
function namesOf(pattern) {
  const names = [];
  walk(pattern, ({ type, name }, key, { type: holder }) => {
    if (type === 'Identifier' && !(holder === 'Property' && key === 'key')) names.push(name);
  });
  return names;
}

/** The values of the constants at the top of a module, by their names. */
function constantsOf({ body }) {
  const statements = body.map((node) => node.declaration ?? node);
  const declarations = statements.flatMap((node) => (node.kind === 'const' ? node.declarations : []));
  return new Map(declarations.map(({ id, init }) => [id.name, init]));
}

/** The text of an array of bytes: `encodeUtf8('text')`, or `new Uint8Array(0)` for none. */
function encodedText({ type, callee, arguments: [first] = [] }, constants) {
  if (type === 'CallExpression' && callee.name === 'encodeUtf8') return textOf(first, constants);
  return type === 'NewExpression' && callee.name === 'Uint8Array' && first?.value === 0 ? '' : undefined;
}

/** The text that an expression always has; undefined when that cannot be told. */
function textOf(node, constants) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'Identifier') return textOf(constants.get(node.name), constants);
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const left = textOf(node.left, constants);
  const right = textOf(node.right, constants);
  return left === undefined || right === undefined ? undefined : left + right;
}

/** What is in it does not run when the module is loaded. */
function runsLater({ type }) {
  return /Function|PropertyDefinition/.test(type);
}
