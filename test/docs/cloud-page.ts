import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, startTagwire } from '../support/cli.js';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';

/** What a test puts instead of a text of the page, such as a host: the first one that fits counts. */
export type Substitutions = readonly (readonly [written: string, used: string])[];

/** The pages of `docs/clouds`, followed as their reader does: in a folder of its own, with the files that they show. */
export class CloudPage {
  readonly folder = makeTemporaryFolder();
  /** The command lines of fenced code, behind `tagwire` or `npx tagwire`; continued ones as one. */
  readonly lines: readonly string[];
  private readonly text: string;
  private readonly unused: Set<string>;

  /** `page`: its name, without `.md`. */
  constructor(
    page: string,
    private readonly substitutions: Substitutions = [],
  ) {
    this.text = readFileSync(join(TOP, 'docs/clouds', `${page}.md`), 'utf8');
    const blocks = [...this.text.matchAll(/^ *```.*\n([^]*?)^ *```/gm)].map((match) => match[1]!);
    const lines = blocks.flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n'));
    this.lines = lines.flatMap((line) => /^\s*(?:npx )?tagwire (.*)$/.exec(line)?.[1] ?? []);
    this.unused = new Set(substitutions.map(([written]) => written));
  }

  /** Substitutions whose text is neither in a file that was written nor in a line that was run. */
  get leftOver(): string[] {
    return [...this.unused];
  }

  /** Writes the JSON that the page shows for `file` where it names it first; without substitutions when `asShown`. */
  write(file: string, asShown = false): void {
    const from = this.text.indexOf(`\`${file}\``);
    const block = from < 0 ? null : /^ *```json\n([^]*?)^ *```/m.exec(this.text.slice(from));
    if (!block) throw new Error(`the page shows no ${file}`);
    writeFileSync(this.folder.file(file), asShown ? block[1]! : this.substitute(block[1]!));
  }

  /** Starts a line of the page. `roots`: a file with the roots that this computer trusts beside its own. */
  start(line: string, roots?: string): Command {
    // As a shell takes them apart: no page quotes with anything but single quotes.
    const words = [...this.substitute(line).matchAll(/'([^']*)'|\S+/g)].map((word) => word[1] ?? word[0]);
    const env = { ...process.env, ...(roots !== undefined && { NODE_EXTRA_CA_CERTS: roots }) };
    const command = startTagwire(words, { cwd: this.folder.path, env });
    command.process.stdin.end();
    return command;
  }

  private substitute(text: string): string {
    return this.substitutions.reduce((result, [written, used]) => {
      if (result.includes(written)) this.unused.delete(written);
      return result.replaceAll(written, used);
    }, text);
  }
}
