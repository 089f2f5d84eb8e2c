/** The network interface below the transports: Wi-Fi on a board. */
export interface Network {
  /** True while the interface has an address. */
  readonly up: boolean;

  /**
   * Names the one listener for changes of `up`, called from the event loop; `undefined` ends listening.
   */
  watch(listener: ((up: boolean) => void) | undefined): void;
}
