/** Random numbers for jitter and identifiers. */
export interface Entropy {
  /** An unsigned 32-bit number, from the hardware's source where there is one. */
  uint32(): number;
}
