import { freemem } from 'node:os';
import type { Health } from '../../src/hal/index.js';

/** What Node tells of its process: V8 has no heaps of chunks and slots, and there is no radio. */
export class NodeHealth implements Health {
  readonly model = `Node ${process.versions.node}`;
  private lastUsage = process.cpuUsage();
  private lastTime = performance.now();

  /** `restartReason`: see `Health`. */
  constructor(readonly restartReason = 'hand') {}

  freeChunkBytes(): number {
    return -1;
  }

  freeSlotBytes(): number {
    return -1;
  }

  rssi(): number {
    return 0;
  }

  /** Of the computer. */
  freeMemory(): number {
    return freemem();
  }

  /** Of the process: what of it is in memory. */
  usedMemory(): number {
    return process.memoryUsage.rss();
  }

  /** Of one processor by this process, which may use several; at most 100. */
  load(): number {
    const usage = process.cpuUsage();
    const time = performance.now();
    const busy = (usage.user + usage.system - this.lastUsage.user - this.lastUsage.system) / 1000;
    const passed = time - this.lastTime;
    this.lastUsage = usage;
    this.lastTime = time;
    return passed > 0 ? Math.min(100, (100 * busy) / passed) : 0;
  }
}
