import ts from 'typescript';

/* What steps share that ask the compiler about members. */

export function each(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

export function isPrivate(node) {
  const flags = ts.canHaveModifiers(node) ? ts.getCombinedModifierFlags(node) : 0;
  return (flags & ts.ModifierFlags.Private) !== 0 && node.name !== undefined && ts.isIdentifier(node.name);
}

/** The identifier or the text by which a node declares a member, or looks one up. */
export function propertyName(node) {
  if (ts.isPropertyAccessExpression(node)) return node.name;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression;
  if (ts.isShorthandPropertyAssignment(node) || ts.isBindingElement(node)) {
    const name = node.propertyName ?? node.name;
    return ts.isIdentifier(name) ? name : undefined;
  }
  const isMember =
    ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node) || ts.isEnumMember(node);
  if (isMember && node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) return node.name;
  return undefined;
}
