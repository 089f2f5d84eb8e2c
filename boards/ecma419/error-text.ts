/** One line of at most 160 characters about what was thrown. The SDK throws errors with short texts, or with none. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  let line = '';
  for (let i = 0; i < text.length && i < 160; i++) {
    const code = text.charCodeAt(i);
    line += code >= 0x20 && code < 0x7f ? text.charAt(i) : ' ';
  }
  return line || 'no reason given';
}
