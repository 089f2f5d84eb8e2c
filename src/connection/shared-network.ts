import type { Clock, Entropy, Network, NetworkPlatform, Resolver, Timers } from '../hal/board.js';
import type { Transport } from '../hal/transport.js';

/**
 * One network for several who watch it, because a `Network` has only one listener: each gets a network of its own from
 * `branch`. The network below is watched while any branch is.
 */
export class SharedNetwork {
  private readonly branches: NetworkBranch[] = [];
  private watching = false;

  /** From now on `network` has this listener and no other. */
  constructor(private readonly network: Network) {}

  /** A network that is up when the one below is, and has a listener of its own. It stays for good. */
  branch(): Network {
    const branch = new NetworkBranch(this.network, () => this.update());
    this.branches.push(branch);
    return branch;
  }

  private update(): void {
    const wanted = this.branches.some((branch) => branch.listener !== undefined);
    if (wanted === this.watching) return;
    this.watching = wanted;
    this.network.watch(wanted ? (up) => this.tell(up) : undefined);
  }

  private tell(up: boolean): void {
    // One that begins to watch while the others are told has seen the new state already.
    const count = this.branches.length;
    for (let i = 0; i < count; i++) this.branches[i]!.listener?.(up);
  }
}

class NetworkBranch implements Network {
  listener: ((up: boolean) => void) | undefined;

  constructor(
    private readonly network: Network,
    private readonly changed: () => void,
  ) {}

  get up(): boolean {
    return this.network.up;
  }

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
    this.changed();
  }
}

/** What the platforms of a board are made of: each has a resolver and a transport of its own. */
export interface PlatformParts {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  makeResolver(): Resolver;
  makeTransport(): Transport;
}

/** Returns what makes network parts for one connection after the other; all of them watch `network`. */
export function platformsOn(network: Network, parts: PlatformParts): () => NetworkPlatform {
  const { clock, timers, entropy } = parts;
  const shared = new SharedNetwork(network);
  return () => ({
    clock,
    timers,
    entropy,
    network: shared.branch(),
    resolver: parts.makeResolver(),
    transport: parts.makeTransport(),
  });
}
