/** What a board knows of itself. Reading costs no memory. */
export interface Health {
  /** Free bytes of the engine's chunk heap, or -1 when the platform does not tell. */
  freeChunkBytes(): number;

  /** Free bytes of the engine's slot heap, or -1 when the platform does not tell. */
  freeSlotBytes(): number;

  /** Signal strength of the network in dBm (negative), or 0 when there is none or it is not known. */
  rssi(): number;

  /** Why the chip started, for people: `power on`, `watchdog`, `software`. */
  readonly restartReason: string;
}
