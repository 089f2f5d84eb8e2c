import { nest } from './conditions.js';
import { isSmall, make, putStatements } from './nodes.js';

/* Statements in the place of one, so that a call that may be left out, or comes after others, is in one of its own. */

/** Splits a condition, so that a call in its second half is in a statement of its own. Returns false if it cannot. */
export function split({ statement, list, path }) {
  const { parent: inner } = path[1] ?? {};
  if (statement.type === 'WhileStatement') {
    // Its condition becomes a statement in it; `continue` leads there as before.
    const leave = make.if(make.not(statement.test), { type: 'BreakStatement', label: null }, null);
    const { body } = statement;
    delete statement.test;
    Object.assign(statement, { type: 'ForStatement', init: null, test: null, update: null });
    statement.body = make.block([leave, body]);
    return true;
  }
  if (inner === undefined) return false;
  if (inner.type === 'VariableDeclarator' || inner.type === 'AssignmentExpression')
    return splitValue(statement, list, inner, path[2]);
  if (statement.type === 'IfStatement' && inner.type === 'LogicalExpression' && path[1].key === 'right') {
    return nest(statement, (...parts) => make.block([make.if(...parts)]), isSmall);
  }
  if (statement.type === 'ReturnStatement') {
    if (inner.type === 'ConditionalExpression' && path[1].key !== 'test') {
      const made = make.if(inner.test, make.return(inner.consequent), make.return(inner.alternate));
      putStatements(list, statement, [made]);
      return true;
    }
    if (inner.type === 'LogicalExpression' && path[1].key === 'right' && isBoolean(inner.left)) {
      const isAnd = inner.operator === '&&';
      if (!isAnd && inner.operator !== '||') return false;
      const rest = make.return(inner.right);
      const made = isAnd
        ? make.if(inner.left, rest, make.return(make.literal(false)))
        : make.if(inner.left, make.return(make.literal(true)), rest);
      putStatements(list, statement, [made]);
      return true;
    }
  }
  return false;
}

/** Makes statements of a variable's value, which is one of two: `const x = a ? f() : b;`, `const x = a && f();`. */
function splitValue(statement, list, { type, id, operator, left }, { parent: value, key } = {}) {
  const isDeclaration = type === 'VariableDeclarator';
  const target = isDeclaration ? id : left;
  if (value === undefined || target.type !== 'Identifier') return false;
  if (isDeclaration && (list.index === undefined || statement.declarations.length > 1)) return false;
  if (!isDeclaration && (operator !== '=' || statement.type !== 'ExpressionStatement')) return false;
  const assign = (node) => make.assignment(make.identifier(target.name), node);
  if (value.type === 'ConditionalExpression' && key !== 'test') {
    const made = make.if(value.test, assign(value.consequent), assign(value.alternate));
    putStatements(list, statement, isDeclaration ? [make.declaration('let', target.name, null), made] : [made]);
    return true;
  }
  // What is assigned may read the variable that it is assigned to; what is declared cannot.
  if (!isDeclaration || value.type !== 'LogicalExpression' || key !== 'right' || value.operator === '??') return false;
  const variable = make.identifier(target.name);
  const test = value.operator === '&&' ? variable : make.not(variable);
  putStatements(list, statement, [
    make.declaration('let', target.name, value.left),
    make.if(test, assign(value.right), null),
  ]);
  return true;
}

function isBoolean({ type, operator, left, right, argument, value }) {
  if (type === 'Literal') return typeof value === 'boolean';
  if (type === 'UnaryExpression') return operator === '!' && argument !== undefined;
  if (type === 'LogicalExpression') return operator !== '??' && isBoolean(left) && isBoolean(right);
  return type === 'BinaryExpression' && /^([<>]=?|[!=]==?|in|instanceof)$/.test(operator);
}
