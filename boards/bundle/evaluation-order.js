import { constant, nameOf } from './nodes.js';
import { isFunction, isPropertyName, walk } from './syntax.js';

/**
 * What can be told of the order in which expressions are evaluated.
 *
 * Operators are taken to have no effects of their own: TypeScript lets them have numbers, texts and the like only, and
 * no class here has a `valueOf` or `toString`. Reading a property is taken to have one, since it may have changed.
 */
export class Order {
  constructor(program, variables) {
    this.variables = variables;
    /** Names that are methods wherever they are declared, and never assigned: such a property is always the same. */
    this.methods = methodsOnly(program);
  }

  /**
   * Whether an expression has the same value whenever it is evaluated while a call runs: a constant, `this`, a variable
   * that is never assigned, or a local that only its own function can assign. `writes`: the call's own arguments may.
   */
  isStable(node, writes = false) {
    if (constant(node) || node.type === 'ThisExpression') return true;
    if (node.type === 'UnaryExpression') return node.operator !== 'delete' && this.isStable(node.argument, writes);
    if (node.type === 'BinaryExpression')
      return (
        node.operator !== 'in' &&
        node.operator !== 'instanceof' &&
        this.isStable(node.left, writes) &&
        this.isStable(node.right, writes)
      );
    if (node.type !== 'Identifier') return false;
    const variable = this.variables.get(node.name);
    if (variable === undefined) return false;
    return variable.writes === 0 || (!writes && !variable.isTop && !variable.isCaptured);
  }

  /** Whether an expression assigns something by itself, or something in it does. */
  writes(node) {
    let writes = false;
    walk(node, ({ type }) => void (writes ||= /^(Assignment|Update|Yield|Await)Expression$/.test(type)));
    return writes;
  }

  /** Whether leaving an expression out changes nothing. */
  isPure(node) {
    if (this.isStable(node)) return true;
    if (node.type === 'Identifier') return this.variables.has(node.name);
    if (node.type === 'LogicalExpression') return this.isPure(node.left) && this.isPure(node.right);
    return node.type === 'BinaryExpression' && this.isPure(node.left) && this.isPure(node.right);
  }

  /**
   * Whether on the way from a statement to a call in it, nothing is evaluated before that could be another value after
   * the call, and the call is never left out. `path` begins at the statement.
   */
  isFirst(path, writes) {
    return path.slice(1).every((step) => this.isFirstIn(step, writes));
  }

  isFirstIn({ parent, key, index }, writes) {
    const isStable = (node) => node === null || this.isStable(node, writes);
    switch (parent.type) {
      case 'UnaryExpression':
        return parent.operator !== 'delete';
      case 'AwaitExpression':
      case 'YieldExpression':
      case 'VariableDeclarator':
        return true;
      case 'Property':
        return key === 'value' && !parent.computed && parent.kind === 'init';
      case 'BinaryExpression':
        return key === 'left' || isStable(parent.left);
      case 'LogicalExpression':
        return key === 'left';
      case 'ConditionalExpression':
        return key === 'test';
      case 'AssignmentExpression':
        return key === 'right' && this.isStableTarget(parent, isStable);
      case 'MemberExpression':
        return !parent.optional && (key === 'object' || isStable(parent.object));
      case 'CallExpression':
      case 'NewExpression':
        if (parent.optional) return false;
        if (key === 'callee') return true;
        return this.isStableCallee(parent.callee, isStable) && parent.arguments.slice(0, index).every(isStable);
      case 'ArrayExpression':
        return parent.elements.slice(0, index).every(isStable);
      case 'ObjectExpression':
        return parent.properties
          .slice(0, index)
          .every(({ type, computed, value }) => type === 'Property' && !computed && isStable(value));
      case 'TemplateLiteral':
        return parent.expressions.slice(0, index).every(isStable);
      default:
        return false;
    }
  }

  isStableTarget({ operator, left }, isStable) {
    if (operator === '&&=' || operator === '||=' || operator === '??=') return false;
    if (left.type === 'Identifier') return operator === '=' || isStable(left);
    if (left.type !== 'MemberExpression' || operator !== '=') return false;
    return isStable(left.object) && (!left.computed || isStable(left.property));
  }

  isStableCallee(callee, isStable) {
    if (callee.type !== 'MemberExpression') return isStable(callee);
    const { object, property, computed, optional } = callee;
    return !computed && !optional && isStable(object) && this.methods.has(property.name);
  }

  /**
   * What happens in an expression, in its order, as far as it is not stable: the reading of one of `names`, or
   * something else, which has no name. `isConditional`: it may be left out.
   */
  events(expression, names) {
    const events = [];
    const other = (isConditional) => events.push({ name: undefined, isConditional });
    const visit = (node, isConditional) => {
      if (node === null) return;
      const name = nameOf(node);
      if (names.has(name)) {
        events.push({ name, isConditional });
        return;
      }
      if (this.isStable(node) && !this.hasAny(node, names)) return;
      switch (node.type) {
        case 'Identifier':
          other(isConditional);
          return;
        case 'UnaryExpression':
          visit(node.argument, isConditional);
          if (node.operator === 'delete') other(isConditional);
          return;
        case 'BinaryExpression':
          visit(node.left, isConditional);
          visit(node.right, isConditional);
          return;
        case 'LogicalExpression':
          visit(node.left, isConditional);
          visit(node.right, true);
          return;
        case 'ConditionalExpression':
          visit(node.test, isConditional);
          visit(node.consequent, true);
          visit(node.alternate, true);
          return;
        case 'MemberExpression':
          visit(node.object, isConditional);
          if (node.computed) visit(node.property, isConditional);
          other(isConditional);
          return;
        case 'CallExpression':
        case 'NewExpression':
          visit(node.callee, isConditional);
          for (const value of node.arguments) visit(value, isConditional);
          other(isConditional);
          return;
        case 'ArrayExpression':
          for (const value of node.elements) visit(value, isConditional);
          return;
        default:
          // Whatever it is, what is in it may happen at another time, or not.
          other(true);
          walk(node, (each, key, parent) => {
            const name = nameOf(each);
            if (names.has(name) && !isPropertyName(key, parent)) events.push({ name, isConditional: true });
          });
      }
    };
    visit(expression, false);
    return events;
  }

  hasAny(node, names) {
    let has = false;
    walk(node, (each) => void (has ||= names.has(nameOf(each))));
    return has;
  }
}

function methodsOnly(program) {
  const methods = new Set();
  const others = new Set();
  walk(program, (node, key, parent) => {
    if (node.type === 'MethodDefinition' && !node.computed)
      (node.kind === 'method' ? methods : others).add(node.key.name);
    if (node.type === 'PropertyDefinition') others.add(node.key.name);
    if (node.type === 'Property' && !isFunction(node.value)) others.add(node.key.name ?? node.key.value);
    const isWritten = /^(Assignment|Update)/.test(parent.type) && (key === 'left' || key === 'argument');
    if (node.type === 'MemberExpression' && isWritten) others.add(node.property.name ?? node.property.value);
  });
  return new Set([...methods].filter((name) => !others.has(name)));
}
