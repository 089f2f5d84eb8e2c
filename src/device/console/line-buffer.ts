/** One line that is being typed, and the cursor in it. Characters beyond the BMP stay whole. */
export class LineBuffer {
  text = '';
  /** Index in `text`. */
  cursor = 0;

  get atEnd(): boolean {
    return this.cursor === this.text.length;
  }

  replace(text: string): void {
    this.text = text;
    this.cursor = text.length;
  }

  insert(text: string): void {
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  /** Moves the cursor by one character. */
  move(step: number): void {
    this.cursor = step < 0 ? this.before() : this.after();
  }

  backspace(): void {
    this.removeFrom(this.before());
  }

  delete(): void {
    this.text = this.text.slice(0, this.cursor) + this.text.slice(this.after());
  }

  killBefore(): void {
    this.removeFrom(0);
  }

  killAfter(): void {
    this.text = this.text.slice(0, this.cursor);
  }

  killWord(): void {
    this.removeFrom(this.text.slice(0, this.cursor).replace(/\S+\s*$|\s+$/, '').length);
  }

  /** Removes what stands between `from` and the cursor. */
  removeFrom(from: number): void {
    this.text = this.text.slice(0, from) + this.text.slice(this.cursor);
    this.cursor = from;
  }

  private before(): number {
    const last = this.text.codePointAt(this.cursor - 2) ?? 0;
    return Math.max(0, this.cursor - (this.cursor > 1 && last > 0xffff ? 2 : 1));
  }

  private after(): number {
    const next = this.text.codePointAt(this.cursor) ?? 0;
    return Math.min(this.text.length, this.cursor + (next > 0xffff ? 2 : 1));
  }
}
