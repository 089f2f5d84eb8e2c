import { make, put } from './nodes.js';
import { isFunction, walk } from './syntax.js';
import { makeNamesUnique } from './unique-names.js';

/*
 * What XS's compiler makes more bytecode of than of the same in plainer words:
 *
 * - `const { a, b } = this` takes 12 bytes and 11 instructions more than to read both: it makes temporary variables for
 *   the object, and asks whether it is one.
 * - `for (let i = 0; …)` has a new `i` each time around, which only a closure could tell. It takes 4 bytes, and two
 *   instructions at the start and one each time around.
 */

/**
 * Functions get names for parameters, and read the properties in their first statements. It comes before calls are
 * inlined, which a function with a pattern for a parameter cannot be.
 */
export function withoutPatternsForParameters(program) {
  const { variables, unique } = makeNamesUnique(program);
  const kindOf = ({ name }) => (variables.get(name).writes > 0 ? 'let' : 'const');
  walk(program, (node) => {
    if (!isFunction(node) || node.generator || !node.params.some(isPlainPattern)) return;
    // The default of a parameter may read what another one declares.
    if (!node.params.every((param) => param.type === 'Identifier' || isPlainPattern(param))) return;
    const front = [];
    node.params = node.params.map((param) => {
      if (param.type === 'Identifier') return param;
      const given = make.identifier(unique('given'));
      front.push(...reads(param, given, kindOf));
      return given;
    });
    if (node.body.type !== 'BlockStatement') node.body = make.block([make.return(node.body)]);
    node.expression = false;
    node.body.body.unshift(...front);
  });
}

/**
 * Declarations read properties, and loops have their variables in front of them. It comes after calls were inlined,
 * since a function with few declarations is inlined in a better way.
 */
export function withoutPatterns(program) {
  const { variables, unique } = makeNamesUnique(program);
  walk(program, (node) => {
    const key = node.type === 'SwitchCase' ? 'consequent' : 'body';
    if (Array.isArray(node[key])) node[key] = node[key].flatMap((statement) => declarationsFor(statement, unique));
  });
  const isOne = ({ id }) => id.type === 'Identifier' && !variables.get(id.name)?.isCaptured;
  walk(program, (node) => {
    // What has a label stays below it, or `continue` would not find it.
    if (node.type === 'LabeledStatement') return;
    for (const [key, value] of Object.entries(node)) {
      const isList = Array.isArray(value);
      for (const [index, child] of (isList ? value : [value]).entries()) {
        const loop = loopOf(child);
        if (loop?.init?.type !== 'VariableDeclaration' || !loop.init.declarations.every(isOne)) continue;
        put(node, key, isList ? index : undefined, make.block([loop.init, child]));
        loop.init = null;
      }
    }
  });
}

/** A loop, which may have labels; undefined for all else. */
function loopOf(node) {
  if (node?.type === 'LabeledStatement') return loopOf(node.body);
  return node?.type === 'ForStatement' ? node : undefined;
}

/** Whether a pattern is names only, without defaults, patterns in it, or a rest. */
function isPlainPattern({ type, properties }) {
  if (type !== 'ObjectPattern' || properties.length === 0) return false;
  return properties.every((each) => each.type === 'Property' && !each.computed && each.value.type === 'Identifier');
}

/** A statement; declarations in place of a declaration with a pattern. */
function declarationsFor(statement, unique) {
  const { type, kind, declarations = [] } = statement;
  if (type !== 'VariableDeclaration' || !declarations.some(({ id }) => isPlainPattern(id))) return [statement];
  return declarations.flatMap((declaration) => {
    const { id, init } = declaration;
    if (!isPlainPattern(id)) return [{ ...statement, declarations: [declaration] }];
    const isCheap = /^(Identifier|ThisExpression)$/.test(init.type) || id.properties.length === 1;
    if (isCheap) return reads(id, init, () => kind);
    const object = make.identifier(unique('object'));
    return [make.declaration('const', object.name, init), ...reads(id, object, () => kind)];
  });
}

/** The declarations of what is in a pattern. */
function reads({ properties }, object, kindOf) {
  return properties.map(({ key, value }) => {
    const read = { type: 'MemberExpression', object: { ...object }, property: key, computed: key.type === 'Literal' };
    return make.declaration(kindOf(value), value.name, read);
  });
}
