import { asciiBytes } from '../tags/ascii.js';

/** ASCII names by number, as the bytes of one array: an array for each would take several times the memory. */
export class NameList {
  private readonly text: Uint8Array;
  /** Name i is `text[starts[i]..starts[i + 1])`. */
  private readonly starts: Uint16Array;

  /** Allocates; for start-up. At most 65535 characters. */
  constructor(names: readonly string[]) {
    this.text = asciiBytes(names.join(''));
    this.starts = new Uint16Array(names.length + 1);
    let at = 0;
    for (let i = 0; i < names.length; i++) this.starts[i + 1] = at += names[i]!.length;
  }

  /** True when there is a name of this number. */
  has(number: number): boolean {
    return number >= 0 && number < this.starts.length - 1 && number % 1 === 0;
  }

  /** Writes the name, or the first one for a number that has none, as the functions of `json-text.ts`. */
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
