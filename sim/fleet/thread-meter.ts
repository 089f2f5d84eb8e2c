import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { EventLoopUtilization } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LoopFigures } from './figures.js';
import { Histogram } from './histogram.js';

/** Milliseconds between two samples; a delay below it is that of a loop that has nothing to do. */
const RESOLUTION = 10;

/** Watches the event loop of its thread. */
export class LoopMeter {
  private readonly monitor = monitorEventLoopDelay({ resolution: RESOLUTION });
  private readonly delay = new Histogram();
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.monitor.enable();
  }

  /** All delays since the start; how busy it was since the last call. */
  measure(): LoopFigures {
    const { monitor } = this;
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.utilization);
    this.utilization = now;
    let before = 0;
    for (const [percent, nanoseconds] of monitor.percentiles) {
      const count = Math.round((percent / 100) * monitor.count);
      if (count > before) this.delay.record(nanoseconds / 1e6 - RESOLUTION, count - before);
      before = Math.max(before, count);
    }
    monitor.reset();
    return { delay: this.delay.toRecord(), busy: utilization };
  }

  close(): void {
    this.monitor.disable();
  }
}

let collect: (() => void) | undefined;

/** Collects the garbage of this thread, so that memory that is in use can be measured. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  collect ??= runInNewContext('gc') as () => void;
  collect();
}
