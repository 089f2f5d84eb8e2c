/** The lines that were typed last. */
export class History {
  private readonly lines: string[] = [];
  private readonly capacity: number;
  /** The line that is shown; `lines.length`: none of them. */
  private at = 0;
  /** What was typed before looking back. */
  private draft = '';

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Keeps a line, unless it is the last one again. */
  add(line: string): void {
    if (line !== '' && line !== this.lines[this.lines.length - 1]) this.lines.push(line);
    if (this.lines.length > this.capacity) this.lines.shift();
    this.reset();
  }

  /** Forgets how far one looked back. */
  reset(): void {
    this.at = this.lines.length;
    this.draft = '';
  }

  /** The line `step` further (-1: older); undefined when there is none. `current` is what is typed now. */
  move(step: number, current: string): string | undefined {
    const to = this.at + step;
    if (to < 0 || to > this.lines.length) return undefined;
    if (this.at === this.lines.length) this.draft = current;
    this.at = to;
    return to === this.lines.length ? this.draft : this.lines[to];
  }
}
