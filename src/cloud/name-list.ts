import { encodeUtf8 } from '../mqtt/utf8.js';

/** Names by number, as the UTF-8 of one array: an array for each would take several times the memory. */
export class NameList {
  private readonly text: Uint8Array;
  /** Name i is `text[starts[i]..starts[i + 1])`. */
  private readonly starts: Uint16Array;

  /** Allocates; for start-up. At most 65535 bytes. A number that is left out has an empty name. */
  constructor(names: readonly (string | undefined)[]) {
    let text = '';
    let at = 0;
    this.starts = new Uint16Array(names.length + 1);
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? '';
      text += name;
      this.starts[i + 1] = at += encodeUtf8(name).length;
    }
    this.text = encodeUtf8(text);
    // So that it is all in ROM where it is made when modules are loaded.
    Object.freeze(this);
  }

  /** True when there is a name of this number. */
  has(number: number): boolean {
    return number >= 0 && number < this.starts.length - 1 && number % 1 === 0;
  }

  /** Bytes of a name that there is. */
  length(number: number): number {
    return this.starts[number + 1]! - this.starts[number]!;
  }

  /** Writes the name, or the first one for a number that has none, as the functions of `json-writer.ts`. */
  put(number: number, into: Uint8Array, at: number, to: number): number {
    if (!this.has(number)) number = 0;
    const { starts, text } = this;
    const end = starts[number + 1]!;
    const from = starts[number]!;
    if (at < 0 || end - from > to - at) return -1;
    for (let i = from; i < end; i++) into[at++] = text[i]!;
    return at;
  }
}
