import type { Interpreter } from './interpreter.js';
import { RegularExpression } from './regular-expression.js';
import { ConditionKind } from './syntax.js';
import type { Condition } from './syntax.js';
import { compute, toText, toTruth } from './value.js';
import type { Value } from './value.js';

/** True for a row that fulfils a condition; `property` gives its values. */
export type RowTest = (property: (name: string) => Value) => boolean;

/**
 * Makes a test of a condition. The values on its right are evaluated here, once for all rows, so that also a mistake
 * in a regular expression is told when there are no rows.
 */
export async function prepareWhere(interpreter: Interpreter, condition: Condition): Promise<RowTest> {
  switch (condition.kind) {
    case ConditionKind.and: {
      const left = await prepareWhere(interpreter, condition.left);
      const right = await prepareWhere(interpreter, condition.right);
      return (property) => left(property) && right(property);
    }
    case ConditionKind.or: {
      const left = await prepareWhere(interpreter, condition.left);
      const right = await prepareWhere(interpreter, condition.right);
      return (property) => left(property) || right(property);
    }
    case ConditionKind.not: {
      const operand = await prepareWhere(interpreter, condition.operand);
      return (property) => !operand(property);
    }
    case ConditionKind.truth: {
      const { property: name } = condition;
      return (property) => {
        const value = property(name);
        return typeof value === 'boolean' ? toTruth(value) : toText(value) !== '';
      };
    }
    case ConditionKind.compare: {
      const { property: name, operator } = condition;
      const right = await interpreter.evaluate(condition.right);
      if (operator === '~') {
        const pattern = new RegularExpression(toText(right));
        return (property) => pattern.test(toText(property(name)));
      }
      return (property) => toTruth(compute(operator, property(name), right));
    }
  }
}
