import { asOne, isSmall, make, truthOf } from './nodes.js';
import { isFunction, walk } from './syntax.js';

/* What becomes of the returns of a function when its statements are those of its caller. */

/** Takes the returns out of statements. `isLast`: nothing of the function follows after them. */
export function withoutReturns(statements, consume, isLast, isNested = false) {
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

/** Each return with what it returns, and whether it is in a loop or a switch. */
export function returnsOf(statements) {
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
export function endsAlways(statements) {
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
export function threaded(statement, path, inner, returns) {
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
