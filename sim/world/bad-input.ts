/**
 * Something that a person gave (an argument, a file) cannot be used. The message is one line that names
 * what is wrong, where, and what is allowed; the command line prints it and ends with exit code 2.
 */
export class BadInput extends Error {
  override name = 'BadInput';
}

const LONGEST_SHOWN = 60;

/** Shows a value of the user inside an error: on one line, without control characters, at most 60 characters. */
export function showValue(value: unknown): string {
  // JSON leaves DEL, C1 controls and the Unicode line separators as they are, and a terminal obeys them.
  const text = (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => '\\u' + character.charCodeAt(0).toString(16).padStart(4, '0'),
  );
  return text.length <= LONGEST_SHOWN ? text : text.slice(0, LONGEST_SHOWN - 3) + '...';
}
