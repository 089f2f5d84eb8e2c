import { ConsoleError } from './console-error.js';
import { ExpressionKind } from './menu.js';
import type { Call, Command } from './menu.js';
import { ParameterKind } from './parameter.js';
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

const value = parameter('value', ParameterKind.value, 'any value', false);
const requiredValue = parameter('value', ParameterKind.value, 'any value', true);
const variable = parameter('name', ParameterKind.text, 'name of a variable', true);
const condition = parameter('condition', ParameterKind.condition, '(a condition)', true);
const body = parameter('do', ParameterKind.block, '{commands}', true);

function parameter(name: string, kind: ParameterKind, help: string, required: boolean): Parameter {
  return { name, kind, help, required };
}

function command(
  name: string,
  help: string,
  parameters: readonly Parameter[],
  run: (call: Call) => Value | Promise<Value>,
): Command {
  return { name, help, parameters, unnamed: parameters.map((each) => each.name), run };
}

/** The commands of the script language: `:put`, `:local`, `:if` and so on. */
export function scriptCommands(): Command[] {
  return [
    command('put', 'shows a value', [requiredValue], (call) => void call.line(call.required('value'))),
    command('local', 'declares a variable of this block', [variable, value], (call) => {
      call.run.declare(nameOf(call), call.value('value'));
    }),
    command('global', 'declares a variable of this console', [variable, value], (call) => {
      call.run.declareGlobal(nameOf(call), call.value('value'), call.has('value'));
    }),
    command('set', 'assigns to a variable', [variable, value], (call) => {
      call.run.assign(nameOf(call), call.value('value'));
    }),
    command('len', 'length of a text in bytes, or of a list', [requiredValue], (call) => {
      const given = call.value('value');
      return isList(given) ? given.length : byteLength(toText(given));
    }),
    command('tostr', 'converts a value to text', [requiredValue], (call) => toText(call.value('value'))),
    command('tonum', 'converts a value to a number; nil when it is none', [requiredValue], (call) =>
      toNumber(call.value('value')),
    ),
    command('typeof', 'type of a value', [requiredValue], (call) => {
      const isVariable = call.expression('value')?.kind === ExpressionKind.variable;
      // As in RouterOS, whose scripts ask so whether a variable has a value.
      return isVariable && call.value('value') === undefined ? 'nothing' : typeName(call.value('value'));
    }),
    command('error', 'ends the script with an error', [requiredValue], (call) => {
      throw new ConsoleError(toText(call.value('value')).replace(/[\r\n]+/g, ' '));
    }),
    command(
      'delay',
      'waits',
      [{ name: 'time', kind: ParameterKind.time, help: 'how long to wait', min: 0, max: 86400, required: true }],
      async (call) => {
        await call.bindings.delay(Number(call.required('time')) * 1000);
        return undefined;
      },
    ),
    ifCommand(),
    doCommand(),
    command('while', 'repeats while a condition holds', [condition, body], async (call) => {
      while (await isTrue(call, 'condition')) await run(call, 'do');
      return undefined;
    }),
    forCommand(),
    foreachCommand(),
  ];
}

function ifCommand(): Command {
  const otherwise = parameter('else', ParameterKind.block, '{commands}', false);
  return {
    ...command('if', 'runs commands on a condition', [condition, body, otherwise], async (call) => {
      return (await isTrue(call, 'condition')) ? run(call, 'do') : run(call, 'else');
    }),
    unnamed: ['condition'],
  };
}

function doCommand(): Command {
  const again = parameter('while', ParameterKind.condition, '(a condition)', false);
  const onError = parameter('on-error', ParameterKind.block, '{commands} to run after an error', false);
  return { ...command('do', 'runs commands', [body, again, onError], repeat), unnamed: ['do'] };
}

async function repeat(call: Call): Promise<Value> {
  try {
    do await run(call, 'do');
    while (call.has('while') && (await isTrue(call, 'while')));
  } catch (failure) {
    // An error that ends the whole run cannot be caught.
    if (!call.has('on-error') || call.run.spent) throw failure;
    await run(call, 'on-error');
  }
  return undefined;
}

function forCommand(): Command {
  const number = (name: string, required: boolean): Parameter => ({
    name,
    kind: ParameterKind.integer,
    help: 'an integer',
    min: -2147483648,
    max: 2147483647,
    required,
  });
  const parameters = [variable, number('from', true), number('to', true), number('step', false), body];
  return {
    ...command('for', 'repeats for a range of numbers', parameters, async (call) => {
      const from = Number(call.required('from'));
      const to = Number(call.required('to'));
      const step = Number(call.text('step') ?? (from <= to ? 1 : -1));
      if (step === 0) throw new ConsoleError('value of step is 0: it would never end');
      for (let i = from; step > 0 ? i <= to : i >= to; i += step) await runWith(call, i);
      return undefined;
    }),
    unnamed: ['name'],
  };
}

function foreachCommand(): Command {
  const list = parameter('in', ParameterKind.value, 'a list, for example from [find]', true);
  return {
    ...command('foreach', 'repeats for each element of a list', [variable, list, body], async (call) => {
      const given = call.value('in');
      for (const element of isList(given) ? given : [given]) await runWith(call, element);
      return undefined;
    }),
    unnamed: ['name'],
  };
}

async function isTrue(call: Call, name: string): Promise<boolean> {
  await call.run.step();
  return toTruth(await call.run.evaluate(call.expression(name)!));
}

async function run(call: Call, name: string): Promise<Value> {
  const block = call.block(name);
  return block ? call.run.block(block, call.substituted) : undefined;
}

async function runWith(call: Call, element: Value): Promise<void> {
  await call.run.step();
  await call.run.block(call.block('do')!, call.substituted, nameOf(call), element);
}

function nameOf(call: Call): string {
  // RouterOS takes :set $x as :set x.
  const expression = call.expression('name');
  if (expression?.kind === ExpressionKind.variable) return expression.name;
  const name = call.required('name');
  if (/^[A-Za-z0-9_]{1,64}$/.test(name)) return name;
  throw new ConsoleError('invalid value for argument name: expected letters, digits and _');
}
