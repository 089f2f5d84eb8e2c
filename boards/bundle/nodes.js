import { isFunction, walk } from './syntax.js';

/* Nodes of a syntax tree: making them, copying them, finding them, and what can be said of them by themselves. */

export const make = {
  identifier: (name) => ({ type: 'Identifier', name }),
  literal: (value) => ({ type: 'Literal', value, raw: String(value) }),
  undefined: () => ({ type: 'UnaryExpression', operator: 'void', prefix: true, argument: make.literal(0) }),
  not: (argument) => ({ type: 'UnaryExpression', operator: '!', prefix: true, argument }),
  block: (body) => ({ type: 'BlockStatement', body }),
  statement: (expression) => ({ type: 'ExpressionStatement', expression }),
  return: (argument) => ({ type: 'ReturnStatement', argument }),
  break: (label) => ({ type: 'BreakStatement', label: make.identifier(label) }),
  labeled: (label, body) => ({ type: 'LabeledStatement', label: make.identifier(label), body }),
  if: (test, consequent, alternate) => ({ type: 'IfStatement', test, consequent, alternate }),
  conditional: (test, consequent, alternate) => ({ type: 'ConditionalExpression', test, consequent, alternate }),
  assignment: (left, right) => make.statement({ type: 'AssignmentExpression', operator: '=', left, right }),
  declaration: (kind, name, init) => ({
    type: 'VariableDeclaration',
    kind,
    declarations: [{ type: 'VariableDeclarator', id: make.identifier(name), init }],
  }),
};

export function clone(node) {
  return structuredClone(node);
}

/** How many nodes there are; in bytecode each takes some three bytes. */
export function sizeOf(node) {
  let size = 0;
  walk(node, () => void size++);
  return size;
}

/**
 * The ways from a node to all those in it that `test` is true of: for each step the parent, the key of the child there,
 * and its index where that is a list.
 */
export function pathTo(root, test) {
  const found = [];
  const steps = [];
  const visit = (node) => {
    for (const [key, value] of Object.entries(node)) {
      const isList = Array.isArray(value);
      for (const [index, child] of (isList ? value : [value]).entries()) {
        if (typeof child?.type !== 'string') continue;
        steps.push({ parent: node, key, index: isList ? index : undefined });
        if (test(child, key, node)) found.push([...steps]);
        visit(child);
        steps.pop();
      }
    }
  };
  visit(root);
  return found;
}

/** Whether an expression is a number, a text, true, false, null, or undefined as TypeScript and we write it. */
export function constant(node) {
  const { type, operator, argument, regex, name } = node;
  if (type === 'UnaryExpression') return /^([-+~!]|void)$/.test(operator) && constant(argument);
  if (type === 'Identifier') return name === 'undefined' || name === 'NaN' || name === 'Infinity';
  return type === 'Literal' && regex === undefined;
}

/** Whether a value counts as true, where that is known; nothing is undefined. */
export function truthOf(node) {
  if (node === undefined || (node.type === 'UnaryExpression' && node.operator === 'void' && constant(node)))
    return false;
  if (node.type === 'Identifier' && node.name === 'undefined') return false;
  return node.type === 'Literal' && constant(node) && typeof node.value !== 'bigint' ? Boolean(node.value) : undefined;
}

/** What stands for `this` among the names of parameters. */
export const THIS = 'this';

/** The name by which a node is a variable or the `this` of a method. */
export function nameOf({ type, name }) {
  if (type === 'ThisExpression') return THIS;
  return type === 'Identifier' ? name : undefined;
}

export function contains(node, type) {
  let has = false;
  walk(node, (each) => void (has ||= each.type === type));
  return has;
}

/** What may be there twice: `return false;`, `continue;`, `dropped++;`. */
const SMALL = 6;

/** Whether a statement may be there twice. */
export function isSmall(node) {
  let allowed = sizeOf(node) <= SMALL;
  walk(node, (each) => {
    if (/^(Call|New|Class|Variable|Labeled|Tagged)/.test(each.type) || isFunction(each)) allowed = false;
  });
  return allowed;
}

/** Statements as one, in a block if need be. */
export function asOne(statements) {
  const [first] = statements;
  const isAlone = statements.length === 1 && first.type !== 'VariableDeclaration';
  // Else an `else` further on would be that of another `if`: terser prints what the tree says.
  return isAlone ? first : make.block(statements);
}

/** Puts a node in the place of a child. */
export function put(parent, key, index, node) {
  if (index === undefined) parent[key] = node;
  else parent[key][index] = node;
}

/** Puts statements in the place of one. */
export function putStatements({ parent, key }, statement, statements) {
  const value = parent[key];
  if (Array.isArray(value)) value.splice(value.indexOf(statement), 1, ...statements);
  else parent[key] = asOne(statements);
}

/** Puts a copy with another name behind a declaration or a member. Returns the copy. */
export function putCopy(list, node, rename) {
  const copy = clone(node);
  rename(copy);
  list.splice(list.indexOf(node) + 1, 0, copy);
  return copy;
}
