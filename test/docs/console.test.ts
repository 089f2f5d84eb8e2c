import type { Console } from '../../src/console/console.js';
import { ExpressionKind, menuPath, StatementKind } from '../../src/console/menu.js';
import type { CommandStatement, Expression, Menu, Script } from '../../src/console/menu.js';
import { rootMenu } from '../../src/console/menus/root.js';
import { documentedDevice } from './console-bench.js';
import { blocksOf, examplesOf } from './examples.js';
import { describe, expect, it } from 'vitest';

const examples = blocksOf('console.md', 'routeros').flatMap(examplesOf);

describe('docs/console.md', () => {
  it('shows what a console shows', async () => {
    const device = documentedDevice();
    for (const { given, shown } of examples) expect(await device.type(given), given).toBe(shown);
  });

  it('has an example of every command', async () => {
    const device = documentedDevice();
    const used = new Set<string>();
    for (const { given } of examples) {
      for (const { menu, command } of commandsOf(device.console, given)) {
        used.add(`${menuPath(rootMenu, menu)} ${command.name}`);
      }
      await device.console.execute(given);
    }
    expect(allCommands(rootMenu).filter((path) => !used.has(path))).toEqual([]);
  });

  it('has no example of a password that is shown', () => {
    const shown = examples.map((example) => example.shown).join('');
    expect(shown).not.toContain('secret');
  });
});

/** The commands of a line, those in blocks and brackets included; none when it is a mistake. */
function commandsOf(console: Console, line: string): CommandStatement[] {
  const found: CommandStatement[] = [];
  const visitExpression = (expression: Expression | undefined): void => {
    if (!expression) return;
    if (expression.kind === ExpressionKind.block || expression.kind === ExpressionKind.substitution) {
      visit(expression.script);
    } else if (expression.kind === ExpressionKind.text) {
      for (const part of expression.parts) if (typeof part !== 'string') visitExpression(part);
    } else if (expression.kind === ExpressionKind.unary) {
      visitExpression(expression.operand);
    } else if (expression.kind === ExpressionKind.binary) {
      visitExpression(expression.left);
      visitExpression(expression.right);
    }
  };
  const visit = (script: Script): void => {
    for (const statement of script.statements) {
      if (statement.kind === StatementKind.block) visit(statement.block);
      if (statement.kind !== StatementKind.command) continue;
      found.push(statement);
      for (const { expression } of statement.arguments) visitExpression(expression);
    }
  };
  try {
    visit(console.parse(line));
  } catch {
    // An example of a mistake, or one that is meant for a deeper menu.
  }
  return found;
}

function allCommands(menu: Menu): string[] {
  const own = (menu.commands ?? []).map((command) => `${menuPath(rootMenu, menu)} ${command.name}`);
  return [...own, ...(menu.menus ?? []).flatMap(allCommands)];
}
