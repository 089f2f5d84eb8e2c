import { randomInt } from 'node:crypto';
import type { Entropy } from '../../src/hal/index.js';

/** Random numbers from the operating system's source. */
export class NodeEntropy implements Entropy {
  uint32(): number {
    return randomInt(0x1_0000_0000);
  }
}
