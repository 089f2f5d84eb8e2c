/** The console of a board, for people. */
export interface Log {
  /** Prints one line. Never called on the hot path; `text` holds no secret. */
  line(text: string): void;
}
