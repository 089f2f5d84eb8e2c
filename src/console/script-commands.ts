import { ExpressionKind } from './menu.js';
import type { Call, Command } from './menu.js';
import type { Parameter } from './parameter.js';
import { isList, toNumber, toText, toTruth, typeName } from './value.js';
import type { Value } from './value.js';

/** Bytes of `text` in UTF-8; half of a surrogate pair counts as the three of U+FFFD. */
export function byteLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

const VARIABLE: Parameter = 'name text required unnamed: name of a variable';
/** The parameters of commands for a value. */
const VALUE: readonly Parameter[] = ['value value required unnamed: any value'];
/** Those of commands that give a variable a value. */
const ASSIGNED: readonly Parameter[] = [VARIABLE, 'value value unnamed: any value'];
const CONDITION: Parameter = 'condition condition required unnamed: (a condition)';
const DO: Parameter = 'do block required: {commands}';
const UNNAMED_DO: Parameter = 'do block required unnamed: {commands}';

/** The commands of the script language: `:put`, `:local`, `:if` and so on. */
export const SCRIPT_COMMANDS: readonly Command[] = [
  {
    name: 'put',
    help: 'shows a value',
    parameters: VALUE,
    run: (call) => void call.line(call.required('value')),
  },
  {
    name: 'local',
    help: 'declares a variable of this block',
    parameters: ASSIGNED,
    run: (call) => void call.run.declare(variableOf(call), call.value('value')),
  },
  {
    name: 'global',
    help: 'declares a variable of this console',
    parameters: ASSIGNED,
    run: (call) => void call.run.declareGlobal(variableOf(call), call.value('value'), call.has('value')),
  },
  {
    name: 'set',
    help: 'assigns to a variable',
    parameters: ASSIGNED,
    run: (call) => void call.run.assign(variableOf(call), call.value('value')),
  },
  {
    name: 'len',
    help: 'length of a text in bytes, or of a list',
    parameters: VALUE,
    run(call) {
      const given = call.value('value');
      return isList(given) ? given.length : byteLength(toText(given));
    },
  },
  {
    name: 'tostr',
    help: 'converts a value to text',
    parameters: VALUE,
    run: (call) => toText(call.value('value')),
  },
  {
    name: 'tonum',
    help: 'converts a value to a number; nil when it is none',
    parameters: VALUE,
    run: (call) => toNumber(call.value('value')),
  },
  {
    name: 'typeof',
    help: 'type of a value',
    parameters: VALUE,
    run(call) {
      const isVariable = call.argument('value')?.expression.kind === ExpressionKind.variable;
      // As in RouterOS, whose scripts ask so whether a variable has a value.
      return isVariable && call.value('value') === undefined ? 'nothing' : typeName(call.value('value'));
    },
  },
  {
    name: 'error',
    help: 'ends the script with an error',
    parameters: VALUE,
    run(call) {
      throw new RangeError(toText(call.value('value')).replace(/[\r\n]+/g, ' '));
    },
  },
  {
    name: 'delay',
    help: 'waits',
    parameters: ['time time (0..86400) required unnamed: how long to wait'],
    async run(call) {
      await call.bindings.delay(Number(call.required('time')) * 1000);
    },
  },
  {
    name: 'if',
    help: 'runs commands on a condition',
    parameters: [CONDITION, DO, 'else block: {commands}'],
    run: async (call) => run(call, (await isTrue(call, 'condition')) ? 'do' : 'else'),
  },
  {
    name: 'do',
    help: 'runs commands',
    parameters: [UNNAMED_DO, 'while condition: (a condition)', 'on-error block: {commands} to run after an error'],
    async run(call) {
      try {
        do await run(call, 'do');
        while (call.has('while') && (await isTrue(call, 'while')));
      } catch (failure) {
        // An error that ends the whole run cannot be caught.
        if (!call.has('on-error') || call.run.spent) throw failure;
        await run(call, 'on-error');
      }
    },
  },
  {
    name: 'while',
    help: 'repeats while a condition holds',
    parameters: [CONDITION, UNNAMED_DO],
    async run(call) {
      while (await isTrue(call, 'condition')) await run(call, 'do');
    },
  },
  {
    name: 'for',
    help: 'repeats for a range of numbers',
    parameters: [
      VARIABLE,
      'from integer (-2147483648..2147483647) required: an integer',
      'to integer (-2147483648..2147483647) required: an integer',
      'step integer (-2147483648..2147483647): an integer',
      DO,
    ],
    async run(call) {
      const from = Number(call.required('from'));
      const to = Number(call.required('to'));
      const step = Number(call.text('step') ?? (from <= to ? 1 : -1));
      if (step === 0) throw new RangeError('value of step is 0: it would never end');
      for (let i = from; step > 0 ? i <= to : i >= to; i += step) await runWith(call, i);
    },
  },
  {
    name: 'foreach',
    help: 'repeats for each element of a list',
    parameters: [VARIABLE, 'in value required: a list, for example from [find]', DO],
    async run(call) {
      const given = call.value('in');
      for (const element of isList(given) ? given : [given]) await runWith(call, element);
    },
  },
];

async function isTrue(call: Call, name: string): Promise<boolean> {
  await call.run.step();
  return toTruth(await call.run.evaluate(call.argument(name)!.expression));
}

async function run(call: Call, name: string): Promise<Value> {
  const block = call.block(name);
  return block ? call.run.block(block, call.substituted) : undefined;
}

async function runWith(call: Call, element: Value): Promise<void> {
  await call.run.step();
  await call.run.block(call.block('do')!, call.substituted, variableOf(call), element);
}

function variableOf(call: Call): string {
  // RouterOS takes :set $x as :set x.
  const expression = call.argument('name')?.expression;
  if (expression?.kind === ExpressionKind.variable) return expression.name;
  const name = call.required('name');
  if (/^[A-Za-z0-9_]{1,64}$/.test(name)) return name;
  throw new RangeError('invalid value for argument name: expected letters, digits and _');
}
