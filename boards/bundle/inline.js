import { Order } from './evaluation-order.js';
import { clone, constant, make, pathTo, sizeOf, truthOf } from './nodes.js';
import { isFunction, isPropertyName, usesThis, walk } from './syntax.js';
import { makeNamesUnique } from './unique-names.js';

/*
 * Puts functions in the place of their calls. docs/decisions/0046-calls-inlined-for-boards.md says why, and what is
 * left alone. In short: a function at the top of a module or a private method, called at one place only, becomes
 * statements there; one that is a single expression becomes that, also at several places where it is no larger.
 *
 * Nothing is inlined that would make a closure or whose arguments would be evaluated in another order. Whoever is not
 * sure here answers no: a call that stays costs 20 instructions, a wrong one costs a reading.
 */

/** What a function takes beside its code, in nodes of about three bytes each: its slots and those of its references. */
const FUNCTION_SIZE = 20;

/** What may be there twice: `return false;`, `continue;`, `dropped++;`. */
const SMALL = 6;

/** Locals of a function that may join those around a declaration, which are made on every way through their block. */
const FEW_LOCALS = 3;

/**
 * Changes the tree of a module or a bundle. `privates` has the names of members that TypeScript declares private:
 * nothing outside of their class calls those, and no class overrides them. Returns how many functions are gone.
 */
export function inlineCalls(program, privates) {
  return new Inliner(program, privates).run();
}

class Inliner {
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
    this.collect(privates);
    this.count();
  }

  run() {
    let gone = 0;
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
    this.addCandidate(name, { unit, fn, remove, matches, own: fn === node ? fn.id : first.id });
  }

  collectMembers({ body, superClass }, privates) {
    // A call in it stays one.
    if (superClass) this.units.push({ root: superClass, isFixed: true });
    for (const member of body.body) {
      const unit = { root: member, inClass: body };
      this.units.push(unit);
      const isMethod = member.type === 'MethodDefinition' && member.kind === 'method' && !member.static;
      if (!isMethod || member.computed || member.key.type !== 'Identifier' || !privates.has(member.key.name)) continue;
      const { name } = member.key;
      if (body.body.filter(({ key }) => key?.name === name).length > 1) continue;
      const remove = () => void body.body.splice(body.body.indexOf(member), 1);
      // Any other way to reach it counts as a use that is no call.
      const matches = (other, key, parent) =>
        (other.type === 'Identifier' && other.name === name && isPropertyName(key, parent)) ||
        (other.type === 'Literal' && other.value === name);
      this.addCandidate(name, { unit, fn: member.value, remove, matches, own: member.key, inClass: body });
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
    return pathTo(root, (node, key, parent) => node !== candidate.own && candidate.matches(node, key, parent)).map(
      (path) => {
        const isMethod = candidate.inClass !== undefined;
        const call = path.at(isMethod ? -2 : -1);
        const member = path.at(-1).parent;
        if (isMethod && (member.type !== 'MemberExpression' || member.object.type !== 'ThisExpression'))
          return undefined;
        if (isMethod && (member.optional || call === undefined || call.key !== 'callee')) return undefined;
        const { parent: node, key } = call;
        if (node.type !== 'CallExpression' || key !== 'callee' || node.optional) return undefined;
        if (node.arguments.some(({ type }) => type === 'SpreadElement')) return undefined;
        return { node, path: path.slice(0, isMethod ? -2 : -1) };
      },
    );
  }

  /** Puts the one expression of a function in the place of all its calls, if that is no larger than the function. */
  inlineExpression({ fn }, calls) {
    const expression = expressionOf(fn);
    if (expression === undefined) return false;
    const nodes = new Set(calls.map(({ node }) => node));
    const made = [];
    let growth = 0;
    for (const { node, path } of calls) {
      // What follows in a chain would be left out together with what is put here; and one call may be in another.
      const { parent, key } = path.at(-1);
      if (parent.type === 'ChainExpression' && key === 'expression') return false;
      if (path.some((step) => nodes.has(step.parent))) return false;
      const replaced = this.withArguments(fn.params, node.arguments, clone(expression));
      if (replaced === undefined) return false;
      growth += sizeOf(replaced) - sizeOf(node);
      made.push({ ...path.at(-1), replaced });
    }
    if (calls.length > 1 && growth > sizeOf(expression) + FUNCTION_SIZE) return false;
    for (const { parent, key, index, replaced } of made) put(parent, key, index, replaced);
    return true;
  }

  /** An expression with arguments for its parameters, evaluated once and in order; undefined when that cannot be. */
  withArguments(params, values, expression) {
    const given = this.argumentsFor(params, values);
    if (given === undefined) return undefined;
    const names = new Map(given.map((each) => [each.name, each]));
    if (given.some(({ name }) => this.variables.get(name).writes > 0)) return undefined;
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
  argumentsFor(params, values) {
    const writes = values.some((value) => this.order.writes(value));
    const isStable = (value) => this.order.isStable(value, writes);
    if (!values.slice(params.length).every(isStable)) return undefined;
    const given = [];
    for (const [index, param] of params.entries()) {
      const name = (param.left ?? param).name;
      const value = values[index] ?? (param.right ? param.right : make.undefined());
      // Whether the default is for it would have to be asked.
      if (param.right && values[index] && !(constant(value) && value.type === 'Literal')) return undefined;
      given.push({ name, value, isStable: isStable(value) });
    }
    return given;
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
      const given = this.argumentsFor(fn.params, call.node.arguments);
      if (given === undefined) return false;
      const writes = call.node.arguments.some((value) => this.order.writes(value));
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
        if (parent.type !== 'ArrowFunctionExpression' || key !== 'body') return undefined;
        parent.body = make.block([make.return(parent.body)]);
        parent.expression = false;
        return 'changed';
      }
      if (!/Statement$|^VariableDeclaration$/.test(parent.type)) continue;
      const list = path[at - 1];
      const functionAt = path.findLastIndex((step, index) => index < at && isFunction(step.parent));
      // At the top of a module, locals would be variables of the module.
      if (list === undefined || functionAt < 0) return undefined;
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
      const { writes } = this.variables.get(name);
      if (isStable && writes === 0 && !(hasTry && value.type === 'Identifier')) names.set(name, { value });
      else front.push(make.declaration(writes > 0 ? 'let' : 'const', name, value));
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
    return !hasTry && left.type === 'MemberExpression' && !left.computed && left.object.type === 'ThisExpression';
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

/** The expression that is all of a function; undefined when there is more. */
function expressionOf({ body }) {
  if (body.type !== 'BlockStatement') return body;
  const [first, second] = body.body;
  return first?.type === 'ReturnStatement' && second === undefined ? (first.argument ?? undefined) : undefined;
}

function substituted(node, names) {
  if (names.size === 0) return node;
  const holder = { type: 'Holder', node };
  walk(holder, (parent) => {
    for (const [key, value] of Object.entries(parent)) {
      if (isPropertyName(key, parent) || key === 'label') continue;
      const children = Array.isArray(value) ? value : [value];
      for (const [index, child] of children.entries()) {
        const known = child?.type === 'Identifier' ? names.get(child.name) : undefined;
        if (known !== undefined) put(parent, key, Array.isArray(value) ? index : undefined, clone(known.value));
      }
    }
  });
  return holder.node;
}

/** Takes the returns out of statements. `isLast`: nothing of the function follows after them. */
function withoutReturns(statements, consume, isLast, isNested = false) {
  const list = [];
  const within = (node, nested) => asOne(withoutReturns([node], consume, false, nested));
  for (const [index, node] of statements.entries()) {
    const ends = isLast && index === statements.length - 1;
    switch (node.type) {
      case 'ReturnStatement':
        list.push(...consume(node.argument ?? undefined, ends, isNested));
        return list;
      case 'BlockStatement':
        node.body = withoutReturns(node.body, consume, ends, isNested);
        break;
      case 'IfStatement':
        node.consequent = asOne(withoutReturns([node.consequent], consume, ends, isNested));
        if (node.alternate) node.alternate = asOne(withoutReturns([node.alternate], consume, ends, isNested));
        break;
      case 'LabeledStatement':
        node.body = within(node.body, isNested);
        break;
      case 'SwitchStatement':
        for (const each of node.cases) each.consequent = withoutReturns(each.consequent, consume, false, true);
        break;
      case 'TryStatement':
        for (const block of [node.block, node.handler?.body, node.finalizer])
          if (block) block.body = withoutReturns(block.body, consume, false, isNested);
        break;
      default:
        if (/^(For|While|DoWhile)/.test(node.type)) node.body = within(node.body, true);
    }
    list.push(node);
  }
  return list;
}

function asOne(statements) {
  const [first] = statements;
  const isAlone = statements.length === 1 && first.type !== 'VariableDeclaration';
  // Else an `else` further on would be that of another `if`: terser prints what the tree says.
  return isAlone ? first : make.block(statements);
}

/** Each return with what it returns, and whether it is in a loop or a switch. */
function returnsOf(statements) {
  const returns = [];
  const visit = (node, isNested) => {
    if (node.type === 'ReturnStatement') returns.push({ value: node.argument ?? undefined, isNested });
    const inside = isNested || /^(For|While|DoWhile|Switch)/.test(node.type);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type === 'string') visit(child, inside);
      }
    }
  };
  for (const node of statements) visit(node, false);
  return returns;
}

/** Whether what follows statements is never reached through their end. */
function endsAlways(statements) {
  const last = statements.at(-1);
  if (last === undefined) return false;
  if (/^(Return|Throw|Break|Continue)Statement$/.test(last.type)) return true;
  if (last.type === 'BlockStatement') return endsAlways(last.body);
  if (last.type !== 'IfStatement' || !last.alternate) return false;
  return endsAlways([last.consequent]) && endsAlways([last.alternate]);
}

/**
 * What is in place of a return when the call is all of a condition: the branch itself, or a test of what is returned.
 * undefined: a branch would be there twice, or a `break` in it would leave a loop of the function.
 */
function threaded(statement, path, inner, returns) {
  let { consequent, alternate } = statement;
  for (const { parent } of path.slice(1)) {
    if (parent.type !== 'UnaryExpression' || parent.operator !== '!') return undefined;
    [consequent, alternate] = [alternate, consequent];
  }
  const values = endsAlways(inner) ? returns : [...returns, { value: undefined, isNested: false }];
  const isFine = (branch, count) => !branch || count <= 1 || isSmall(branch);
  const truths = values.map(({ value }) => truthOf(value));
  if (!isFine(consequent, truths.filter((truth) => truth !== false).length)) return undefined;
  if (!isFine(alternate, truths.filter((truth) => truth !== true).length)) return undefined;
  const jumps = [consequent, alternate].some((branch) => branch && hasOpenJump(branch));
  if (jumps && values.some(({ isNested }) => isNested)) return undefined;
  return (value) => {
    const truth = truthOf(value);
    const branch = truth ? consequent : alternate;
    if (truth !== undefined) return branch ? [branch] : [];
    if (!consequent) return [make.if(make.not(value), alternate, null)];
    return [make.if(value, consequent, alternate ?? null)];
  };
}

function isSmall(node) {
  let allowed = sizeOf(node) <= SMALL;
  walk(node, (each) => {
    if (/^(Call|New|Class|Variable|Labeled|Tagged)/.test(each.type) || isFunction(each)) allowed = false;
  });
  return allowed;
}

/** Whether a branch has a `break` or `continue` for something around it. */
function hasOpenJump(node) {
  let has = false;
  walk(node, (each) => {
    if (/^(Break|Continue)Statement$/.test(each.type) && !each.label) has = true;
    // A switch takes a `break`, and not a `continue`; who wants to know more than that is not asked.
    return /^(For|While|DoWhile)/.test(each.type) || isFunction(each);
  });
  return has;
}

function contains(node, type) {
  let has = false;
  walk(node, (each) => void (has ||= each.type === type));
  return has;
}

/** Splits a condition, so that a call in its second half is in a statement of its own. Returns false if it cannot. */
function split({ statement, list, path }) {
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
  if (statement.type === 'IfStatement' && inner.type === 'LogicalExpression' && path[1].key === 'right') {
    const { consequent, alternate } = statement;
    if (inner.operator === '&&' && (!alternate || isSmall(alternate))) {
      statement.test = inner.left;
      statement.consequent = make.block([make.if(inner.right, consequent, alternate ? clone(alternate) : null)]);
      return true;
    }
    if (inner.operator === '||' && isSmall(consequent)) {
      statement.test = inner.left;
      statement.consequent = clone(consequent);
      statement.alternate = make.if(inner.right, consequent, alternate);
      return true;
    }
    return false;
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

function isBoolean({ type, operator, left, right, argument, value }) {
  if (type === 'Literal') return typeof value === 'boolean';
  if (type === 'UnaryExpression') return operator === '!' && argument !== undefined;
  if (type === 'LogicalExpression') return operator !== '??' && isBoolean(left) && isBoolean(right);
  return type === 'BinaryExpression' && /^([<>]=?|[!=]==?|in|instanceof)$/.test(operator);
}

function put(parent, key, index, node) {
  if (index === undefined) parent[key] = node;
  else parent[key][index] = node;
}

/** Puts statements in the place of one. */
function putStatements({ parent, key }, statement, statements) {
  const value = parent[key];
  if (Array.isArray(value)) value.splice(value.indexOf(statement), 1, ...statements);
  else parent[key] = asOne(statements);
}
