import { SharedNetwork } from '../src/connection/shared-network.js';
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

/** The same, and what makes the parts for further brokers on the same network. */
export function nodePlatforms(): NetworkPlatform & { makePlatform(): NetworkPlatform } {
  const platform = nodePlatform();
  const network = new SharedNetwork(platform.network);
  const makePlatform = (): NetworkPlatform => ({
    ...platform,
    network: network.branch(),
    resolver: new NodeResolver(),
    transport: new NodeTransport(),
  });
  return { ...makePlatform(), makePlatform };
}
