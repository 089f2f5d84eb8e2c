import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseAst } from 'rollup/parseAst';
import ts from 'typescript';
import { cachedText } from './cache.js';
import { sourcePositions } from './source-map.js';
import { sourceOf, sourceText, typedSources } from './sources.js';
import { edited, isPropertyName, walk } from './syntax.js';
import { each, isPrivate, propertyName } from './typed-nodes.js';

/*
 * Methods with names of their own. The compiler knows which method a call means, the steps on JavaScript do not: there
 * `this.log.append()` may be any `append`. So before rollup puts the modules of a bundle together, a method and all
 * that names it become `append$$FlashLog`. After that, what has the same name is the same method. The last part goes
 * when that is not asked any more.
 *
 * This takes a closed world: all that may name a method is in the sources, and none of it is out of the compiler's
 * sight. A method keeps its name where that cannot be told; see `Methods`.
 */

/** What is in a name of its own, behind the old one. */
export const OWN = '$$';

export function isOwnName(name) {
  return name.includes(OWN);
}

/** Gives members their old names, in a tree. */
export function withoutOwnNames(program) {
  walk(program, (node, key, parent) => {
    if (node.type === 'Identifier' && isPropertyName(key, parent)) [node.name] = node.name.split(OWN);
  });
}

/** A plugin of rollup for a bundle whose modules are all made of `world`, a list of sources. */
export function ownNames(world, pathOf = sourceOf) {
  let names;
  return {
    name: 'own-names',
    transform(code, id) {
      // Asking the compiler takes seconds.
      const text = () => cachedText(`own\n${sourceText(world)}`, 'json', () => JSON.stringify(ownNamesIn(world)));
      names ??= new Map(JSON.parse(text()));
      const path = pathOf(id);
      return { code: renamed(code, id, path, names.get(path) ?? []), map: null };
    },
  };
}

/** A compiled module whose names at these positions of its source are others. */
function renamed(code, id, path, places) {
  if (places.length === 0) return code;
  const byPosition = new Map(places);
  const names = new Set(places.map(([, own]) => own.split(OWN)[0]));
  const positionOf = sourcePositions(code, readFileSync(`${id}.map`, 'utf8'), readFileSync(path, 'utf8'));
  const edits = [];
  walk(parseAst(code), (node, key, parent) => {
    if (node.type !== 'Identifier' || !names.has(node.name) || !isPropertyName(key, parent)) return;
    const own = byPosition.get(positionOf(node.start));
    if (own?.split(OWN)[0] === node.name) edits.push({ from: node.start, to: node.end, text: own });
  });
  if (edits.length !== places.length) throw new Error(`${path}: its module names other methods than it does`);
  return edited(code, edits);
}

/** Of each source the positions of methods' names and the names that they get: [path, [position, own name][]][]. */
export function ownNamesIn(world) {
  return new Methods(typedSources(world)).places();
}

/**
 * Which methods and getters get a name of their own: those of which the compiler sees all uses. One keeps its name when
 * it overrides another or is overridden; when its class has all names that an interface asks for, which has the name
 * too; when the SDK or the engine may look for it; when an expression names it by a text, in a pattern, in a type that
 * is made of others, or without the compiler knowing what it means.
 */
class Methods {
  constructor(program) {
    this.program = program;
    this.checker = program.getTypeChecker();
    const files = program.getSourceFiles();
    this.files = files.filter(({ isDeclarationFile }) => !isDeclarationFile);
    /** What is declared, by name. */
    this.declared = new Map();
    /** Names of members that stay as they are. */
    this.fixed = new Set([...Object.getOwnPropertyNames(Object.prototype), 'toJSON', 'then']);
    this.shapes = new Map();
    /** The classes that extend a class, by its declaration. */
    this.derived = new Map();
    for (const file of files) each(file, (node) => this.collectDeclaration(node, file));
    for (const file of this.files) each(file, (node) => this.collectUse(node));
  }

  collectDeclaration(node, file) {
    const isMember = ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node);
    const name = isMember ? propertyName(node)?.text : undefined;
    if (name !== undefined) this.declared.set(name, [...(this.declared.get(name) ?? []), node]);
    if (name !== undefined && file.isDeclarationFile && !this.program.isSourceFileDefaultLibrary(file))
      this.fixed.add(name);
    if (!ts.isClassLike(node) || file.isDeclarationFile) return;
    for (const base of this.basesOf(this.checker.getTypeAtLocation(node)))
      this.derived.set(base, [...(this.derived.get(base) ?? []), node]);
  }

  /** The declarations of all that a class extends. */
  basesOf(type) {
    const bases = type.isClassOrInterface() ? this.checker.getBaseTypes(type) : [];
    return bases.flatMap((base) => [...(base.symbol?.declarations ?? []), ...this.basesOf(base.target ?? base)]);
  }

  /** Fixes names that are looked up in another way than by `object.name`, or in something that is not known. */
  collectUse(node) {
    if (ts.isElementAccessExpression(node)) this.fixTexts(node.argumentExpression);
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword)
      this.fixTexts(node.left);
    else if (ts.isBindingElement(node) || ts.isShorthandPropertyAssignment(node))
      this.fixed.add((node.propertyName ?? node.name).text);
    else if (ts.isMappedTypeNode(node) || (ts.isTypeReferenceNode(node) && isMade(node)))
      this.fixProperties(this.checker.getTypeFromTypeNode(node));
    else if (ts.isExpressionWithTypeArguments(node) && isMade(node))
      this.fixProperties(this.checker.getTypeAtLocation(node));
    else if (ts.isAsExpression(node)) this.fixCast(node);
  }

  fixTexts(expression) {
    const type = this.checker.getTypeAtLocation(expression);
    for (const each of type.isUnion() ? type.types : [type]) if (each.isStringLiteral()) this.fixed.add(each.value);
  }

  fixProperties(type) {
    for (const { name } of this.checker.getPropertiesOfType(type)) this.fixed.add(name);
  }

  /** What is said to be of a type, without being so for the compiler: what both have is looked up in either. */
  fixCast(node) {
    let { expression } = node;
    while (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression)) ({ expression } = expression);
    const from = this.checker.getTypeAtLocation(expression);
    const to = this.checker.getTypeAtLocation(node);
    if (this.checker.isTypeAssignableTo(from, to)) return;
    for (const { name } of this.checker.getPropertiesOfType(from)) if (to.getProperty(name)) this.fixed.add(name);
  }

  places() {
    const owned = this.ownedMethods();
    const places = [];
    for (const file of this.files) {
      const found = [];
      each(file, (node) => {
        const name = ts.isPropertyAccessExpression(node) || owned.has(node) ? node.name : undefined;
        const own = name && owned.get(this.declarationOf(name));
        if (own !== undefined) found.push([name.getStart(file), own]);
      });
      if (found.length > 0) places.push([relative('.', file.fileName).replaceAll('\\', '/'), found]);
    }
    return places;
  }

  /** The methods that get a name, with that name. */
  ownedMethods() {
    const candidates = [...this.declared.values()].flat().filter((node) => this.canBeOwned(node));
    const methods = new Set(candidates);
    for (const file of this.files) {
      each(file, (node) => {
        if (!ts.isPropertyAccessExpression(node)) return;
        const declarations = this.checker.getSymbolAtLocation(node.name)?.declarations ?? [];
        // Of an unknown object, or of one of several classes.
        if (declarations.length === 0) this.fixed.add(node.name.text);
        if (declarations.length > 1) for (const each of declarations) methods.delete(each);
      });
    }
    const taken = new Set();
    const owned = new Map();
    for (const node of methods) {
      const { text } = node.name;
      if (this.fixed.has(text)) continue;
      let own = `${text}${OWN}${node.parent.name.text}`;
      while (taken.has(own)) own += '_';
      taken.add(own);
      owned.set(node, own);
    }
    return owned;
  }

  declarationOf(name) {
    const { declarations = [] } = this.checker.getSymbolAtLocation(name) ?? {};
    return declarations.length === 1 ? declarations[0] : undefined;
  }

  canBeOwned(node) {
    const isMethod = (ts.isMethodDeclaration(node) && node.body) || ts.isGetAccessorDeclaration(node);
    if (!isMethod || !ts.isIdentifier(node.name) || !ts.isClassDeclaration(node.parent) || !node.parent.name)
      return false;
    if (node.getSourceFile().isDeclarationFile) return false;
    if (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Static | ts.ModifierFlags.Abstract)) return false;
    if (this.declarationOf(node.name) !== node || this.extendsUnknown(node.parent)) return false;
    const others = this.declared.get(node.name.text).filter((other) => other !== node);
    return !others.some((other) => this.mayMeet(node.parent, other.parent));
  }

  extendsUnknown({ heritageClauses = [] }) {
    return heritageClauses
      .flatMap(({ types }) => types)
      .some(({ expression }) => this.checker.getTypeAtLocation(expression).flags & ts.TypeFlags.Any);
  }

  /** Whether an object may be known as one and as the other. */
  mayMeet(one, other) {
    const isUsedAs = (from, to) => [from, ...(this.derived.get(from) ?? [])].some((each) => this.fits(each, to));
    return isUsedAs(one, other) || isUsedAs(other, one);
  }

  /** Whether what is declared in one place has all names that another asks for; types are not asked. */
  fits(from, to) {
    if (from === to) return true;
    const { names } = this.shapeOf(from);
    const { required, isNominal } = this.shapeOf(to);
    if (isNominal) return (this.derived.get(to) ?? []).includes(from);
    return required.every((name) => names.has(name));
  }

  /** The names that a class, an interface or a literal has. A class with private members is not met by its shape. */
  shapeOf(node) {
    if (!this.shapes.has(node)) {
      const properties = this.checker.getPropertiesOfType(this.checker.getTypeAtLocation(node));
      const isOptional = ({ flags }) => (flags & ts.SymbolFlags.Optional) !== 0;
      this.shapes.set(node, {
        names: new Set(properties.map(({ name }) => name)),
        required: properties.filter((each) => !isOptional(each)).map(({ name }) => name),
        isNominal: ts.isClassLike(node) && properties.some(({ declarations = [] }) => declarations.some(isPrivate)),
      });
    }
    return this.shapes.get(node);
  }
}

/** A type with the names of another one, such as `Pick<Session, 'publish'>`. */
function isMade({ typeName, expression }) {
  return /^(Pick|Omit|Partial|Required|Readonly|Record)$/.test((typeName ?? expression).text);
}
