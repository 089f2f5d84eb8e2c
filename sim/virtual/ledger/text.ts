/** UTF-8 as text; what is no UTF-8 is shown as U+FFFD. No engine but Node has a TextDecoder here. */
export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1024) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 1024) as unknown as number[]);
  }
  if (!/[\u0080-\u00ff]/.test(text)) return text;
  try {
    return decodeURIComponent(escapeBytes(text));
  } catch {
    return text.replace(/[\u0080-\u00ff]/g, '\ufffd');
  }
}

function escapeBytes(text: string): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) escaped += '%' + (text.charCodeAt(i) + 0x100).toString(16).slice(1);
  return escaped;
}
