/*
 * Most of it is code, and not regular expressions: those would be 7 KB of compiled tables in ROM.
 */

/** What stands for a secret. */
export const STARS = '*****';

/** What ends a word or a value without quotes, beside white space. */
const STOPS = ';"$\\()[]{}';

/** What stands before the name of a variable that gets a value. */
const ASSIGNMENT = /\b(?:local|global|set)\s+(?:name=)?"?/gi;

const PASSWORD = /\bpas[a-z]*=/i;

/**
 * `text`, which may hold commands, with stars for what is given to an argument or a variable that is named after a
 * secret. What reaches a secret in another way, such as a variable of any other name, is not found.
 */
export function withoutSecrets(text: string): string {
  const masked = withoutPasswordsInUrls(withoutVariables(withoutArguments(text, isSecretArgument)));
  return PASSWORD.test(text) ? masked : withoutArguments(masked, isUserName);
}

/** Stars for the values of the arguments `name=value` with such a name. */
function withoutArguments(text: string, isSecret: (name: string) => boolean): string {
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    let from = at;
    while (from > 0 && isNameCharacter(text.charCodeAt(from - 1))) from--;
    if (!isSecret(text.slice(from, at).toLowerCase())) continue;
    const end = valueEnd(text, at + 1);
    if (end > 0) text = withStars(text, at + 1, end);
  }
  return text;
}

/** `password`, its abbreviations, and other arguments that are named after a secret. */
function isSecretArgument(name: string): boolean {
  if (name.includes('passw') || namesSecret(name)) return true;
  const last = ('-' + name).lastIndexOf('-pas');
  return last >= 0 && !/[\d_]/.test(name.slice(last));
}

/** A user name, which without a password is an access token. */
function isUserName(name: string): boolean {
  const last = name.slice(name.lastIndexOf('-') + 1);
  return last !== '' && 'username'.startsWith(last);
}

/** Stars for the values of variables that are named after a secret: `:local token value`, `:set name=token value=x`. */
function withoutVariables(text: string): string {
  ASSIGNMENT.lastIndex = 0;
  while (ASSIGNMENT.test(text)) {
    const from = ASSIGNMENT.lastIndex;
    let to = from;
    while (isNameCharacter(text.charCodeAt(to))) to++;
    const name = text.slice(from, to).toLowerCase();
    const isSecret = name.includes('pass') || name.includes('pwd') || namesSecret(name);
    if (!isSecret || name.includes('-')) continue;
    if (text[to] === '"') to++;
    let at = to;
    while (text[at]?.trim() === '') at++;
    if (at === to) continue;
    if (text.slice(at, at + 6).toLowerCase() === 'value=' && valueEnd(text, at + 6) > 0) at += 6;
    const end = valueEnd(text, at);
    if (end === 0) continue;
    text = withStars(text, at, end);
    ASSIGNMENT.lastIndex = at + STARS.length;
  }
  return text;
}

/** Stars for the password of `mqtts://user:password@host`. */
function withoutPasswordsInUrls(text: string): string {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 1)) {
    const colon = wordEnd(text, at + 3, '"/@:');
    const end = wordEnd(text, colon + 1, '"/@');
    if (text[colon] === ':' && end > colon + 1 && text[end] === '@') text = withStars(text, colon + 1, end);
  }
  return text;
}

function namesSecret(name: string): boolean {
  return name.includes('secret') || name.includes('token') || name.includes('key');
}

/** Letters, digits, `_` and `-`. */
export function isNameCharacter(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

/**
 * The end of the value that begins at `at`: in quotes, in quotes within quotes, or a bare word that is no variable and
 * no command. 0 when there is none.
 */
function valueEnd(text: string, at: number): number {
  if (text.startsWith('"', at)) return quoteEnd(text, at + 1, false);
  if (text.startsWith('\\"', at)) return quoteEnd(text, at + 2, true);
  const end = wordEnd(text, at, STOPS);
  return end > at ? end : 0;
}

/** Behind the closing quote, which has a backslash where `inner` is true; 0 when there is none. */
function quoteEnd(text: string, at: number, inner: boolean): number {
  for (let i = at; i < text.length; i++) {
    if (text[i] === '"') return inner ? 0 : i + 1;
    if (text[i] !== '\\') continue;
    i++;
    if (inner && text[i] === '"') return i + 1;
  }
  return 0;
}

/** The next white space or character of `stops`; the end of the text when there is none. */
function wordEnd(text: string, at: number, stops: string): number {
  while (at < text.length && !stops.includes(text[at]!) && text[at]!.trim() !== '') at++;
  return at;
}

function withStars(text: string, from: number, to: number): string {
  return text.slice(0, from) + STARS + text.slice(to);
}
