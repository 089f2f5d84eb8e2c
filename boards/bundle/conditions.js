import { clone, isSmall, make, sizeOf } from './nodes.js';
import { walk } from './syntax.js';

/*
 * Conditions as XS's compiler makes the least of them. Of `a && b` it makes a value also where only a branch is asked
 * for: it keeps a copy of `a`, and jumps to a second test of that or throws it away. So `if (a && b)` becomes
 * `if (a) if (b)`, and `if (a || b)` two with the same statement, where that is small. Each takes two instructions
 * less, and about as many bytes.
 */

/** Nodes of a value that may be there twice, as `-1` or `this.end`. */
const SMALL_VALUE = 3;

/** Changes a tree of which nothing is made shorter any more: terser might put such conditions together again. */
export function nestedConditions(program) {
  walk(program, (node) => {
    if (node.type === 'IfStatement') while (nest(node, make.if, isSmall));
    else if (node.type === 'ConditionalExpression') while (nest(node, make.conditional, isSmallValue));
  });
}

/** Takes a condition apart; false where it stays. What becomes of it may be one that can be taken apart further. */
export function nest(node, makeOne, mayBeTwice) {
  const { consequent, alternate } = node;
  const { operator, left, right } = withoutNot(node.test);
  if (operator === '&&' && (!alternate || mayBeTwice(alternate))) {
    node.test = left;
    node.consequent = makeOne(right, consequent, alternate ? clone(alternate) : null);
    return true;
  }
  if (operator === '||' && mayBeTwice(consequent)) {
    node.test = left;
    node.alternate = makeOne(right, clone(consequent), alternate);
    return true;
  }
  return false;
}

function isSmallValue(node) {
  return sizeOf(node) <= SMALL_VALUE && isSmall(node);
}

/** `!a || !b` for `!(a && b)`, and the other way around. */
function withoutNot(test) {
  const { type, operator, argument } = test;
  if (type !== 'UnaryExpression' || operator !== '!' || !/^(&&|\|\|)$/.test(argument.operator)) return test;
  const { left, right } = argument;
  return { operator: argument.operator === '&&' ? '||' : '&&', left: negated(left), right: negated(right) };
}

function negated(node) {
  return node.type === 'UnaryExpression' && node.operator === '!' ? node.argument : make.not(node);
}
