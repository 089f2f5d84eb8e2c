/** Where in a text of policies an error is. */
export interface PolicyPlace {
  /** The characters of the word, from and to, counted from 0. */
  readonly from: number;
  readonly to: number;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

/**
 * Where the error of src/telemetry/report/policy-text.ts is in the text that was sent: `policies, character 12: "word"
 * problem`. The first character is 1. Undefined: the error names no place, or one that is not in the text.
 */
export function placeOfError(error: string, text: string): PolicyPlace | undefined {
  const match = /policies, character (\d+): ("(?:[^"\\]|\\.)*")?/.exec(error);
  if (!match) return undefined;
  const from = Number(match[1]) - 1;
  if (from < 0 || from >= text.length) return undefined;
  const word = match[2] === undefined ? '' : unquote(match[2]);
  // A long word is cut in the message; in the text it ends where words end.
  const rest = /^[^\s,;]*/.exec(text.slice(from))![0];
  const length = word !== '' && text.startsWith(word, from) ? word.length : Math.max(1, rest.length);
  const before = text.slice(0, from);
  const line = before.split('\n').length;
  return { from, to: Math.min(text.length, from + length), line, column: from - before.lastIndexOf('\n') };
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return '';
  }
}

/** One policy a line, as the editor shows what the firmware writes on one; `parsePolicies` reads both. */
export function onLines(text: string): string {
  return text.replace(/;[ \t]*(?!$)/g, '\n');
}
