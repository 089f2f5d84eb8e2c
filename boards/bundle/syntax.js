/* What the steps share that read and write syntax trees in the form of ESTree, as rollup parses them. */

/** Calls `visit` for each node, with its key in its parent; where it returns true, not for those in it. */
export function walk(node, visit, key = '', parent = node) {
  if (visit(node, key, parent) === true) return;
  // Without the arrays of Object.entries, which take half of the time of a bundle.
  for (const name in node) {
    const value = node[name];
    if (typeof value !== 'object' || value === null) continue;
    if (typeof value.type === 'string') walk(value, visit, name, node);
    else if (Array.isArray(value))
      for (const child of value) if (typeof child?.type === 'string') walk(child, visit, name, node);
  }
}

/** Puts texts in place of ranges that do not overlap; of two at one place, the first comes first. */
export function edited(code, edits) {
  let result = '';
  let at = 0;
  for (const { from, to, text } of edits.sort((a, b) => a.from - b.from)) {
    result += code.slice(at, from) + text;
    at = to;
  }
  return result + code.slice(at);
}

/** Whether the node at `key` of a parent names a property, and is no reference to a variable. */
export function isPropertyName(key, { type, computed }) {
  if (computed) return false;
  return (
    (type === 'MemberExpression' && key === 'property') || (/^(Property|\w+Definition)$/.test(type) && key === 'key')
  );
}

export function isFunction({ type }) {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type);
}

/** Whether a function or an expression uses the `this` of its caller, or what else an arrow takes from around it. */
export function usesThis(node) {
  let uses = false;
  walk(node, ({ type, name }) => {
    if (/^(ThisExpression|Super|MetaProperty)$/.test(type) || name === 'arguments') uses = true;
    return type === 'FunctionExpression' || type === 'FunctionDeclaration' || type === 'ClassBody';
  });
  return uses;
}
