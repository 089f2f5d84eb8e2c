/**
 * Host names to IP addresses.
 *
 * Rules for an implementer: one question at a time; the answer comes from the event loop, never inside
 * `resolve`; an IP address given as host is answered with itself; after `cancel` nothing is answered.
 */
export interface Resolver {
  /** Asks for an address of `host`. A second call cancels the first. */
  resolve(host: string, handler: ResolverHandler): void;

  /** Forgets the question. */
  cancel(): void;
}

/** Hears the answer of a `Resolver`. */
export interface ResolverHandler {
  onResolved(address: string): void;

  /** No address was found. `detail` is one line for people. */
  onUnresolved(detail: string): void;
}
