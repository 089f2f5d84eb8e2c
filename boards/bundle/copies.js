import { putCopy } from './nodes.js';
import { isOwnName, OWN } from './own-names.js';
import { walk } from './syntax.js';

/*
 * A call on a hot way that is to be inlined although there are others of the same function: in front of it stands
 * `/*@__INLINE__*\/`, as terser and others know it. It gets a copy of the function, which has no other call then.
 * That takes ROM, so only calls have the mark that come with every advertisement or every report.
 */
const MARK = '/*@__INLINE__*/';

/** What is in the names of copies. Such a name is one of its own, too: nothing else has it. */
const COPY = `${OWN}copy`;

/**
 * Gives each marked call of a program, whose text is `code`, its own copy of what it calls, and so each one in a copy.
 * In a module that stands alone, a call of what is in another module stays what it is. Throws where the mark stands
 * before something else, or where it is not known which method is called.
 */
export function copyForMarkedCalls(program, code) {
  const marked = markedPositions(code);
  if (marked.size === 0) return;
  const bodies = program.body.map((node) => classOf(node)?.body ?? node);
  const calls = bodies.flatMap((body) => markedCalls(body, marked).map((node) => ({ node, owner: body })));
  const found = new Set(calls.map(({ node }) => node.start));
  for (const at of marked) if (!found.has(at)) throw new Error(`${MARK} is for calls, not ${code.slice(at, at + 60)}`);
  const isClosed = code.includes(OWN);
  // Those in copies are added while it goes on.
  for (const [count, { node, owner }] of calls.entries()) {
    const { callee } = node;
    const isMethod = callee.type === 'MemberExpression' && !callee.computed;
    const name = isMethod ? callee.property : callee;
    const original = isMethod ? methodOf(callee, owner, bodies) : functionOf(callee, program);
    if (original === undefined) {
      // What has a name of its own, and is not there, is in a part that this board leaves out.
      if (isClosed && !isOwnName(name.name))
        throw new Error(`${name.name} has ${MARK} where it is called, but may be of several classes`);
      continue;
    }
    name.name += `${COPY}${count}`;
    const copy = putCopy(original.list, original.node, ({ key, id }) => void ((key ?? id).name = name.name));
    calls.push(...markedCalls(copy, marked).map((inner) => ({ node: inner, owner: original.owner })));
  }
}

/** Throws when a copy is still there: it takes ROM for nothing. */
export function refuseCopies(program) {
  walk(program, ({ type, name }) => {
    if (type !== 'Identifier' || !name.includes(COPY)) return;
    throw new Error(`${name.split(OWN)[0]} cannot be inlined where ${MARK} asks for it`);
  });
}

/** The calls in a node that have a mark; of those that begin at one place the outermost. */
function markedCalls(root, marked) {
  const calls = new Map();
  walk(root, (node) => {
    if (node.type === 'CallExpression' && marked.has(node.start) && !calls.has(node.start)) calls.set(node.start, node);
  });
  return [...calls.values()];
}

/** Where the calls begin that have a mark. */
function markedPositions(code) {
  const positions = new Set();
  for (let at = code.indexOf(MARK); at >= 0; at = code.indexOf(MARK, at + 1)) {
    const behind = at + MARK.length;
    positions.add(behind + code.slice(behind).search(/\S/));
  }
  return positions;
}

function classOf(node) {
  const declared = /^Export/.test(node.type) && node.declaration ? node.declaration : node;
  return declared.type === 'ClassDeclaration' ? declared : undefined;
}

/** A method that is called by a name of its own, or on `this`, with the list and the class in which it is. */
function methodOf({ object, property }, owner, bodies) {
  const isOwn = isOwnName(property.name);
  for (const body of isOwn ? bodies : object.type === 'ThisExpression' ? [owner] : []) {
    if (body.type !== 'ClassBody') continue;
    const node = body.body.find(({ key, kind }) => kind === 'method' && key.name === property.name);
    if (node !== undefined) return { node, list: body.body, owner: body };
  }
  return undefined;
}

function functionOf({ name }, { body }) {
  const node = body.find(({ type, id }) => type === 'FunctionDeclaration' && id.name === name);
  return node && { node, list: body, owner: node };
}
