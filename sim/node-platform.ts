import type { NetworkPlatform } from '../src/hal/index.js';
import { NodeClock, NodeEntropy, NodeResolver, NodeTimers, NodeTransport, SimulatedNetwork } from './hal/index.js';

/** What one connection needs, made of Node's parts. */
export function nodePlatform(): NetworkPlatform {
  return {
    clock: new NodeClock(),
    timers: new NodeTimers(),
    entropy: new NodeEntropy(),
    network: new SimulatedNetwork(),
    resolver: new NodeResolver(),
    transport: new NodeTransport(),
  };
}
