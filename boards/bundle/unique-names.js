import { analyze } from 'eslint-scope';
import { walk } from './syntax.js';

/**
 * Gives every variable below the top of a module a name of its own, in the tree itself, and labels as well. What is
 * moved to another place then still means what it meant, and hides nothing there. terser makes the names short later.
 *
 * Returns what is known of the variables: by name, how often each is read or written, and whether a function inside of
 * the one that declares it does so.
 */
export function makeNamesUnique(program) {
  walk(program, (node) => void (node.range = [node.start, node.end]));
  const { scopes } = analyze(program, { ecmaVersion: 2024, sourceType: 'module' });
  const taken = new Set();
  walk(program, (node) => {
    if (node.type === 'Identifier') taken.add(node.name);
    // Its name and its value may be one and the same node.
    if (node.type === 'Property' && node.shorthand) {
      node.shorthand = false;
      node.key = { ...node.key };
    }
  });
  let last = 0;
  const unique = (name) => {
    let made;
    do made = `${name.replace(/\$\d+$/, '')}$${++last}`;
    while (taken.has(made));
    return made;
  };
  const variables = new Map();
  for (const scope of scopes) {
    for (const variable of scope.variables) {
      if (scope.type === 'global' || variable.identifiers.length === 0) continue;
      // A declared class has its name inside of it once more.
      const outer = scope.type === 'class' ? scope.upper.set.get(variable.name) : undefined;
      const isSame = outer !== undefined && outer.identifiers[0] === variable.identifiers[0];
      const isTop = scope.type === 'module' || (isSame && outer.scope.type === 'module');
      const name = isTop ? variable.name : isSame ? outer.uniqueName : unique(variable.name);
      variable.uniqueName = name;
      const known = variables.get(name) ?? { isTop, writes: 0, isCaptured: false, declaration: variable.defs[0] };
      variables.set(name, known);
      for (const reference of variable.references) {
        if (reference.isWrite() && !reference.init) known.writes++;
        if (reference.from.variableScope !== scope.variableScope) known.isCaptured = true;
      }
      if (isTop) continue;
      for (const { identifier } of variable.references) identifier.name = name;
      for (const identifier of variable.identifiers) identifier.name = name;
    }
  }
  renameLabels(program, new Map(), unique);
  return { variables, unique };
}

function renameLabels(node, labels, unique) {
  let inside = labels;
  if (node.type === 'LabeledStatement') {
    inside = new Map(labels).set(node.label.name, unique(node.label.name));
    node.label.name = inside.get(node.label.name);
  } else if (node.label && /^(Break|Continue)Statement$/.test(node.type)) {
    node.label.name = labels.get(node.label.name);
  }
  for (const key in node) {
    const value = node[key];
    if (key === 'label' || typeof value !== 'object' || value === null) continue;
    if (typeof value.type === 'string') renameLabels(value, inside, unique);
    else if (Array.isArray(value))
      for (const child of value) if (typeof child?.type === 'string') renameLabels(child, inside, unique);
  }
}
