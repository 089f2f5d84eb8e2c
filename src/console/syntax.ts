import type { Command, Menu } from './menu.js';

/** A parsed text. Positions (`at`) are indices into `source`. */
export interface Script {
  readonly source: string;
  readonly statements: readonly Statement[];
  /** The menu in which the text ends. */
  readonly menu: Menu;
}

export const enum StatementKind {
  command = 1,
  /** A path without a command. */
  enter = 2,
  block = 3,
}

export type Statement =
  | CommandStatement
  | { readonly kind: StatementKind.enter; readonly menu: Menu }
  | { readonly kind: StatementKind.block; readonly block: Script };

export interface CommandStatement {
  readonly kind: StatementKind.command;
  readonly menu: Menu;
  readonly command: Command;
  /** By the parameter's whole name. */
  readonly arguments: readonly Argument[];
  readonly flags: readonly string[];
  readonly where: Condition | undefined;
}

export interface Argument {
  readonly name: string;
  readonly expression: Expression;
}

export const enum ExpressionKind {
  /** A word without quotes. */
  word = 1,
  /** A string in quotes: texts and expressions in turn. */
  text = 2,
  variable = 3,
  /** `[…]` */
  substitution = 4,
  /** `{…}` */
  block = 5,
  unary = 6,
  binary = 7,
}

export type Expression =
  | { readonly kind: ExpressionKind.word; readonly text: string }
  | { readonly kind: ExpressionKind.text; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: ExpressionKind.variable; readonly name: string }
  | { readonly kind: ExpressionKind.substitution; readonly script: Script }
  | { readonly kind: ExpressionKind.block; readonly text: string; readonly script: Script }
  | { readonly kind: ExpressionKind.unary; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: ExpressionKind.binary;
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

export const enum ConditionKind {
  compare = 1,
  and = 2,
  or = 3,
  not = 4,
  /** A property alone. */
  truth = 5,
}

/** What stands behind `where`. */
export type Condition =
  | {
      readonly kind: ConditionKind.compare;
      readonly property: string;
      readonly operator: string;
      readonly right: Expression;
    }
  | { readonly kind: ConditionKind.and | ConditionKind.or; readonly left: Condition; readonly right: Condition }
  | { readonly kind: ConditionKind.not; readonly operand: Condition }
  | { readonly kind: ConditionKind.truth; readonly property: string };
