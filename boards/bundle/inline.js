import { Order } from './evaluation-order.js';
import { clone, constant, contains, make, nameOf, pathTo, put, putCopy, putStatements, sizeOf, THIS } from './nodes.js';
import { isOwnName } from './own-names.js';
import { endsAlways, returnsOf, threaded, withoutReturns } from './returns.js';
import { split } from './split.js';
import { isFunction, isPropertyName, usesThis, walk } from './syntax.js';
import { makeNamesUnique } from './unique-names.js';

/*
 * Puts functions in the place of their calls. docs/decisions/0046-calls-inlined-for-boards.md says why, and what is
 * left alone. In short: a function at the top of a module or a method of which all calls are known, called at one place
 * only, becomes statements there; one that is a single expression becomes that, also at several places where it is no
 * larger. returns.js and split.js make these statements; evaluation-order.js says what they may change.
 *
 * Nothing is inlined that would make a closure or whose arguments would be evaluated in another order. Whoever is not
 * sure here answers no: a call that stays costs 20 instructions, a wrong one costs a reading.
 */

/** What a function takes beside its code, in nodes of about three bytes: 134 for its slots and references. */
export const FUNCTION_SIZE = 45;

/** Locals of a function that may join those around a declaration, which are made on every way through their block. */
const FEW_LOCALS = 3;

/**
 * Changes the tree of a module or a bundle. `privates` has the names of members that TypeScript declares private:
 * nothing outside of their class calls those, and no class overrides them. Returns how many functions are gone.
 */
export function inlineCalls(program, privates) {
  return new Inliner(program, privates).run();
}

/** See `inlineCalls`. */
export class Inliner {
  constructor(program, privates) {
    this.program = program;
    const { variables, unique } = makeNamesUnique(program);
    this.unique = unique;
    this.order = new Order(program, variables);
    this.variables = variables;
    /** What has code: functions at the top, members of classes, and other statements. */
    this.units = [];
    this.candidates = [];
    this.byName = new Map();
    this.members = new Map();
    this.refuseAssignedExports();
    this.collect(privates);
    this.count();
  }

  /** What is imported is taken to be constant, since a module does not see who assigns it. */
  refuseAssignedExports() {
    for (const { type, declaration, specifiers = [] } of this.program.body) {
      if (!/^Export/.test(type)) continue;
      const names = (declaration?.declarations ?? []).map(({ id }) => id.name);
      for (const name of [...names, ...specifiers.map(({ local }) => local?.name)]) {
        if (!(this.variables.get(name)?.writes > 0)) continue;
        throw new Error(`${name} is exported and assigned; boards want a constant, or a function that returns it`);
      }
    }
  }

  run() {
    let gone = this.removeUnused();
    const seen = new Set();
    const visit = (candidate) => {
      if (seen.has(candidate)) return;
      seen.add(candidate);
      // What it calls comes first, so that it is moved with what it consists of.
      for (const callee of candidate.callees) visit(callee);
      if (!this.canBeInlined(candidate) || !this.inline(candidate)) return;
      candidate.remove();
      gone++;
    };
    for (const candidate of this.candidates) visit(candidate);
    return gone;
  }

  collect(privates) {
    const exported = new Set();
    for (const node of this.program.body) {
      for (const { local } of node.specifiers ?? []) exported.add(local?.name);
      if (node.type === 'ExportDefaultDeclaration') exported.add(node.declaration.id?.name ?? node.declaration.name);
    }
    for (const node of this.program.body) {
      const declared = /^Export/.test(node.type) && node.declaration ? node.declaration : node;
      if (declared.type === 'ClassDeclaration') this.collectMembers(declared, privates);
      else this.collectFunction(node, exported);
    }
  }

  collectFunction(node, exported) {
    const unit = { root: node };
    this.units.push(unit);
    const [first, second] = node.type === 'VariableDeclaration' ? node.declarations : [];
    const isArrow = first?.init?.type === 'ArrowFunctionExpression' && second === undefined;
    const fn = isArrow && first.id.type === 'Identifier' ? first.init : node;
    if (!isFunction(fn) || usesThis(fn.body)) return;
    const { name } = fn === node ? fn.id : first.id;
    if (exported.has(name) || this.variables.get(name).writes > 0) return;
    const remove = () => void this.program.body.splice(this.program.body.indexOf(node), 1);
    const matches = (other, key, parent) =>
      other.type === 'Identifier' && other.name === name && !isPropertyName(key, parent);
    const nameIn = (copy) => (fn === node ? copy.id : copy.declarations[0].id);
    const copy = (copyName) => putCopy(this.program.body, node, (made) => void (nameIn(made).name = copyName));
    this.addCandidate(name, { unit, fn, remove, matches, copy, own: nameIn(node) });
  }

  collectMembers({ body, superClass }, privates) {
    // A call in it stays one.
    if (superClass) this.units.push({ root: superClass, isFixed: true });
    for (const member of body.body) {
      const unit = { root: member, inClass: body };
      this.units.push(unit);
      const isMethod = member.type === 'MethodDefinition' && /^(method|get)$/.test(member.kind) && !member.static;
      if (!isMethod || member.computed || member.key.type !== 'Identifier') continue;
      const { name } = member.key;
      const isGetter = member.kind === 'get';
      const isOwn = isOwnName(name);
      if (!isOwn && (isGetter || !privates.has(name))) continue;
      if (body.body.filter(({ key }) => key?.name === name).length > 1) continue;
      const remove = () => void body.body.splice(body.body.indexOf(member), 1);
      // Any other way to reach it counts as a use that is no call.
      const matches = (other, key, parent) =>
        (other.type === 'Identifier' && other.name === name && isPropertyName(key, parent)) ||
        (other.type === 'Literal' && other.value === name);
      // What has a name of its own means the same everywhere.
      const inClass = isOwn ? undefined : body;
      const copy = (copyName) => putCopy(body.body, member, (made) => void (made.key.name = copyName));
      this.addCandidate(name, {
        copy,
        unit,
        fn: member.value,
        remove,
        matches,
        own: member.key,
        inClass,
        isMethod,
        isGetter,
      });
    }
  }

  addCandidate(name, fields) {
    const candidate = { ...fields, sites: [], callees: new Set() };
    candidate.unit.candidate = candidate;
    this.candidates.push(candidate);
    this.byName.set(name, [...(this.byName.get(name) ?? []), candidate]);
  }

  /** Finds out where each candidate is used. */
  count() {
    for (const unit of this.units) {
      walk(unit.root, (node, key, parent) => {
        const name = node.type === 'Identifier' ? node.name : node.type === 'Literal' ? node.value : undefined;
        const candidates = this.byName.get(name) ?? [];
        for (const candidate of candidates) {
          if (node === candidate.own || !candidate.matches(node, key, parent)) continue;
          // A private name is another one in another class.
          if (candidate.inClass !== undefined && candidate.inClass !== unit.inClass) {
            // Outside of all classes that have the name it would be private nowhere.
            if (!this.membersOf(unit.inClass).has(name)) candidate.isPublic = true;
            continue;
          }
          candidate.sites.push(unit);
          if (unit.candidate) unit.candidate.callees.add(candidate);
        }
      });
    }
  }

  /** Takes out what nothing uses, and then what only that used. Returns how many there were. */
  removeUnused() {
    let gone = 0;
    const unused = this.candidates.filter(({ sites }) => sites.length === 0);
    for (const candidate of unused) {
      if (candidate.inClass !== undefined) continue;
      candidate.remove();
      candidate.isGone = true;
      gone++;
      for (const callee of candidate.callees) {
        callee.sites = callee.sites.filter((unit) => unit !== candidate.unit);
        if (callee.sites.length === 0) unused.push(callee);
      }
    }
    this.candidates = this.candidates.filter(({ isGone }) => !isGone);
    return gone;
  }

  membersOf(classBody) {
    if (classBody === undefined) return new Set();
    if (!this.members.has(classBody)) this.members.set(classBody, new Set(classBody.body.map(({ key }) => key?.name)));
    return this.members.get(classBody);
  }

  canBeInlined({ fn, sites, matches, own, isPublic }) {
    if (sites.length === 0 || isPublic || fn.async || fn.generator) return false;
    const isSimple = (node) => node.type === 'Identifier';
    if (!fn.params.every((node) => isSimple(node) || (node.type === 'AssignmentPattern' && constant(node.right))))
      return false;
    let allowed = true;
    walk(fn.body, (node, key, parent) => {
      const { type, kind, name, directive } = node;
      const makesClosure = isFunction(node) || /^Class/.test(type);
      const isSpecial = type === 'MetaProperty' || type === 'Super' || (type === 'Identifier' && name === 'arguments');
      const isHoisted = type === 'VariableDeclaration' && kind !== 'const' && kind !== 'let';
      const callsItself = node !== own && matches(node, key, parent);
      if (makesClosure || isSpecial || isHoisted || directive !== undefined || callsItself) allowed = false;
      return !allowed;
    });
    return allowed;
  }

  /** Where a unit is by now, which may have been moved into another. */
  place(unit) {
    let place = unit;
    while (place.movedTo !== undefined) place = place.movedTo;
    return place;
  }

  inline(candidate) {
    const units = [...new Set(candidate.sites.map((unit) => this.place(unit)))];
    if (units.includes(candidate.unit) || units.some(({ isFixed }) => isFixed)) return false;
    const calls = units.flatMap((unit) => this.callsIn(unit.root, candidate));
    // Something uses it otherwise, or a copy of a call has been made since.
    if (calls.includes(undefined)) return false;
    if (calls.length === 0) return true;
    const isOne = calls.length === 1;
    if (!this.inlineExpression(candidate, calls) && !(isOne && this.inlineStatements(candidate, units[0].root)))
      return false;
    if (isOne) candidate.unit.movedTo = units[0];
    else candidate.unit.isFixed = true;
    return true;
  }

  /** The paths to the calls of a candidate; undefined in place of each use that is no call that could be inlined. */
  callsIn(root, candidate) {
    const paths = pathTo(root, (node, key, parent) => node !== candidate.own && candidate.matches(node, key, parent));
    return paths.map((path) => (candidate.isMethod ? callOfMethod(path, candidate) : callOf(path)));
  }

  /** Puts the one expression of a function in the place of all its calls, if that is no larger than the function. */
  inlineExpression({ fn }, calls) {
    const expression = expressionOf(fn);
    if (expression === undefined) return false;
    const nodes = new Set(calls.map(({ node }) => node));
    const made = [];
    let growth = 0;
    for (const call of calls) {
      const { node, path } = call;
      // What follows in a chain would be left out together with what is put here; and one call may be in another.
      const { parent, key } = path.at(-1);
      if (parent.type === 'ChainExpression' && key === 'expression') return false;
      if (path.some((step) => nodes.has(step.parent))) return false;
      const replaced = this.withArguments(fn.params, call, clone(expression));
      if (replaced === undefined) return false;
      growth += sizeOf(replaced) - sizeOf(node);
      made.push({ ...path.at(-1), replaced });
    }
    if (calls.length > 1 && growth > sizeOf(expression) + FUNCTION_SIZE) return false;
    for (const { parent, key, index, replaced } of made) put(parent, key, index, replaced);
    return true;
  }

  /** An expression with arguments for its parameters, evaluated once and in order; undefined when that cannot be. */
  withArguments(params, call, expression) {
    const given = this.argumentsFor(params, call);
    if (given === undefined) return undefined;
    const names = new Map(given.map((each) => [each.name, each]));
    if (given.some(({ name }) => this.writesOf(name) > 0)) return undefined;
    const waiting = given.filter(({ isStable }) => !isStable).map(({ name }) => name);
    if (waiting.length > 0) {
      const events = this.order.events(expression, new Set(waiting));
      const first = events.slice(0, waiting.length);
      const inOrder = waiting.every((name, at) => first[at]?.name === name && !first[at].isConditional);
      const again = events.slice(waiting.length).some(({ name }) => waiting.includes(name));
      if (!inOrder || again) return undefined;
    }
    return substituted(expression, names);
  }

  /** What each parameter gets. `isStable`: it is the same whenever it is read, so it can stand where the name stood. */
  argumentsFor(params, call) {
    const { receiver, values } = call;
    const writes = this.writesIn(call);
    const isStable = (value) => this.order.isStable(value, writes);
    if (!values.slice(params.length).every(isStable)) return undefined;
    // The object of a method comes first, as the value of `this`.
    const given = receiver === undefined ? [] : [{ name: THIS, value: receiver, isStable: isStable(receiver) }];
    for (const [index, param] of params.entries()) {
      const name = (param.left ?? param).name;
      const value = values[index] ?? (param.right ? param.right : make.undefined());
      // Whether the default is for it would have to be asked.
      if (param.right && values[index] && !(constant(value) && value.type === 'Literal')) return undefined;
      given.push({ name, value, isStable: isStable(value) });
    }
    return given;
  }

  /** Whether what a function is called with assigns something. */
  writesIn({ receiver, values }) {
    return [receiver, ...values].some((value) => value !== undefined && this.order.writes(value));
  }

  /** How often a parameter is assigned; `this` never is. */
  writesOf(name) {
    return name === THIS ? 0 : this.variables.get(name).writes;
  }

  inlineStatements(candidate, root) {
    const { fn } = candidate;
    // A copy of an expression is never made here, so `unable` leaves everything as it is, but for conditions split.
    for (let tries = 0; tries < 6; tries++) {
      const [call] = this.callsIn(root, candidate);
      if (call === undefined) return false;
      const site = this.siteOf(call);
      if (site === undefined) return false;
      if (site === 'changed') continue;
      const given = this.argumentsFor(fn.params, call);
      if (given === undefined) return false;
      const writes = this.writesIn(call);
      const isLoop = site.statement.type === 'WhileStatement';
      if (!isLoop && this.order.isFirst(site.path, writes)) return this.replace(fn, site, given);
      if (!split(site)) return false;
    }
    return false;
  }

  /** The statement of a call; 'changed' when an arrow had to get a body first; undefined when there is none. */
  siteOf({ path }) {
    for (let at = path.length - 1; at >= 0; at--) {
      const { parent, key } = path[at];
      if (isFunction(parent)) {
        if (parent.type !== 'ArrowFunctionExpression' || key !== 'body' || isInFunction(path, at)) return undefined;
        parent.body = make.block([make.return(parent.body)]);
        parent.expression = false;
        return 'changed';
      }
      if (!/Statement$|^VariableDeclaration$/.test(parent.type)) continue;
      const list = path[at - 1];
      const functionAt = path.findLastIndex((step, index) => index < at && isFunction(step.parent));
      // At the top of a module, locals would be variables of the module. A closure would capture more each time.
      if (list === undefined || functionAt < 0 || isInFunction(path, functionAt)) return undefined;
      const isConstructor = path[functionAt - 1]?.parent.kind === 'constructor';
      return { statement: parent, slot: key, list, path: path.slice(at), isConstructor };
    }
    return undefined;
  }

  replace(fn, site, given) {
    const { statement, slot, list } = site;
    if (!/^(expression|argument|test|discriminant|declarations)$/.test(slot)) return false;
    if (slot === 'test' && statement.type !== 'IfStatement') return false;
    if (statement.type === 'VariableDeclaration') {
      if (list.index === undefined || statement.declarations.length > 1 || list.parent.type === 'Program') return false;
    }
    const body = fn.body.type === 'BlockStatement' ? fn.body.body : [make.return(fn.body)];
    const hasTry = contains(fn.body, 'TryStatement');
    const names = new Map();
    const front = [];
    for (const { name, value, isStable } of given) {
      const writes = this.writesOf(name);
      // `finally` may read it when the result is assigned already, to a variable that is part of the value.
      const isSame = !hasTry || constant(value) || value.type === 'ThisExpression';
      if (isStable && writes === 0 && isSame) names.set(name, { value });
      else if (name === THIS) {
        const receiver = this.unique('receiver');
        this.variables.set(receiver, { isTop: false, writes: 0, isCaptured: false });
        front.push(make.declaration('const', receiver, value));
        names.set(name, { value: make.identifier(receiver) });
      } else front.push(make.declaration(writes > 0 ? 'let' : 'const', name, value));
    }
    const inner = substituted(make.block(body), names).body;
    const statements = this.statementsFor({ ...site, hasTry }, front, inner);
    putStatements(list, statement, statements);
    return true;
  }

  statementsFor(site, front, inner) {
    const { statement, list, path, hasTry, isConstructor } = site;
    const parent = path.at(-1);
    const isWhole = path.length === 1 || (statement.type === 'VariableDeclaration' && path.length === 2);
    const returns = returnsOf(inner);
    const isList = list.index !== undefined;

    if (statement.type === 'ExpressionStatement' && isWhole) {
      const use = (value) => (value && !this.order.isPure(value) ? [make.statement(value)] : []);
      return [this.labelled(front, inner, use, false)];
    }
    if (statement.type === 'ReturnStatement' && isWhole && !isConstructor) {
      const ends = endsAlways(inner) ? [] : [make.return(null)];
      const all = [...front, ...inner, ...ends];
      return isList && list.index === 0 ? all : [make.block(all)];
    }
    const last = inner.at(-1);
    const isStraight = returns.length === 1 && last?.type === 'ReturnStatement' && last.argument !== null;
    const locals = [...front, ...inner].filter(({ type }) => type === 'VariableDeclaration').length;
    if (isStraight && isList && locals <= FEW_LOCALS) {
      put(parent.parent, parent.key, parent.index, last.argument);
      return [...front, ...inner.slice(0, -1), statement];
    }
    if (statement.type === 'VariableDeclaration' && isWhole && statement.declarations[0].id.type === 'Identifier') {
      const { id } = statement.declarations[0];
      const use = (value) => (value ? [make.assignment(id, value)] : []);
      return [make.declaration('let', id.name, null), this.labelled(front, inner, use, false)];
    }
    if (statement.type === 'ExpressionStatement' && path.length === 2 && this.isTarget(statement.expression, hasTry)) {
      const { left } = statement.expression;
      const use = (value) => [make.assignment(left, value ?? make.undefined())];
      return [this.labelled(front, inner, use, true)];
    }
    const branches =
      statement.type === 'IfStatement' && !hasTry ? threaded(statement, path, inner, returns) : undefined;
    if (branches !== undefined) return [this.labelled(front, inner, branches, true)];
    const result = this.unique('result');
    this.variables.set(result, { isTop: false, writes: 1, isCaptured: false });
    put(parent.parent, parent.key, parent.index, make.identifier(result));
    const use = (value) => (value ? [make.assignment(make.identifier(result), value)] : []);
    return [make.declaration('let', result, null), this.labelled(front, inner, use, false), statement];
  }

  /** Whether an assignment can be made where the function returns. */
  isTarget({ type, operator, left }, hasTry) {
    if (type !== 'AssignmentExpression' || operator !== '=') return false;
    if (left.type === 'Identifier') return this.variables.get(left.name)?.isTop === false;
    return !hasTry && left.type === 'MemberExpression' && !left.computed && this.isConstant(left.object);
  }

  isConstant({ type, name }) {
    return type === 'ThisExpression' || (type === 'Identifier' && this.variables.get(name)?.writes === 0);
  }

  /**
   * The statements of a function with `use` in place of each return. `needsEnd`: also where it ends without one.
   * A return that is not at the end leaves a block that has a label.
   */
  labelled(front, inner, use, needsEnd) {
    const label = this.unique('inlined');
    let isUsed = false;
    const consume = (value, isLast, isNested) => {
      const statements = use(value, isNested).map((node) => clone(node));
      if (isLast || endsAlways(statements)) return statements;
      isUsed = true;
      return [...statements, make.break(label)];
    };
    const ends = needsEnd && !endsAlways(inner);
    const list = withoutReturns(inner, consume, !ends);
    if (ends) list.push(...consume(undefined, true, false));
    const block = make.block([...front, ...list]);
    return isUsed ? make.labeled(label, block) : block;
  }
}

function isInFunction(path, at) {
  return path.slice(0, at).some(({ parent }) => isFunction(parent));
}

/** The call at a path to the name of a function; undefined where it is used otherwise. */
function callOf(path) {
  const { parent: node, key } = path.at(-1);
  if (node.type !== 'CallExpression' || key !== 'callee' || node.optional) return undefined;
  if (node.arguments.some(({ type }) => type === 'SpreadElement')) return undefined;
  return { node, values: node.arguments, path: path.slice(0, -1) };
}

/** The same for the name of a method or a getter, with the object whose it is. */
function callOfMethod(path, { inClass, isGetter }) {
  const { parent: member } = path.at(-1);
  if (member.type !== 'MemberExpression' || member.optional || member.object.type === 'Super') return undefined;
  // A private name is another one in another class.
  if (inClass !== undefined && member.object.type !== 'ThisExpression') return undefined;
  const receiver = member.object;
  // Behind `?.`, a call may be left out that does not say so itself.
  if (receiver.type !== 'ThisExpression' && path.some(({ parent }) => parent.type === 'ChainExpression'))
    return undefined;
  const outer = path.slice(0, -1);
  if (isGetter) return { node: member, receiver, values: [], path: outer };
  const call = outer.length > 0 ? callOf(outer) : undefined;
  return call && { ...call, receiver };
}

/** The expression that is all of a function; undefined when there is more. */
function expressionOf({ body }) {
  if (body.type !== 'BlockStatement') return body;
  const [first, second] = body.body;
  return first?.type === 'ReturnStatement' && second === undefined ? (first.argument ?? undefined) : undefined;
}

/** A node with these expressions in place of names. What is put there may have the same names, with another meaning. */
function substituted(node, names) {
  if (names.size === 0) return node;
  const visit = (child, key, parent) => {
    if (typeof child?.type !== 'string') return child;
    const name = isPropertyName(key, parent) || key === 'label' ? undefined : nameOf(child);
    if (names.has(name)) return clone(names.get(name).value);
    for (const [each, value] of Object.entries(child)) {
      if (Array.isArray(value)) child[each] = value.map((item) => visit(item, each, child));
      else child[each] = visit(value, each, child);
    }
    return child;
  };
  return visit(node, '', {});
}
