/** Work in one turn of the event loop, in units of `Cost`. */
const SLICE = 128;

/** What parts of a console's work cost, compared with a step. */
export const enum Cost {
  /** A command, an expression, or a property of a row that is printed or tested. */
  step = 1,
  /** One character that is typed, or parsed. */
  character = 0.0625,
  /** One instruction of a regular expression, executed for one character. */
  instruction = 0.03125,
}

/**
 * Divides the work of a device's consoles into slices, one for each turn of the event loop, so that none of them can
 * hold up what else the device does. All consoles of a device share one of these.
 */
export class Slices {
  private left = SLICE;
  private pause: Promise<void> | undefined;

  /** `turn` resolves in a later turn of the event loop. */
  constructor(private readonly turn: () => Promise<void>) {}

  /**
   * Counts work that was done, in units of `Cost`. When the slice is used up, the result is a promise that must be
   * awaited before more work is done. It rejects when the device stops.
   */
  spend(units: number): Promise<void> | undefined {
    this.left -= units;
    if (this.left > 0) return undefined;
    if (!this.pause) {
      this.pause = this.turn().finally(() => {
        this.left = SLICE;
        this.pause = undefined;
      });
      // Work that was the last of its kind has nothing to wait for.
      this.pause.catch(() => {});
    }
    return this.pause;
  }
}
