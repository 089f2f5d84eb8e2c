import { decodeUtf8Lossy } from '../../bytes/utf8.js';
import { OutboxStatistics } from '../../device/outbox-statistics.js';
import type { NamedCount } from '../../device/outbox-statistics.js';
import type { ReportQueue } from '../../device/report-queue.js';
import type { Store } from '../../hal/index.js';
import type { Entry, OutboxBindings } from '../bindings.js';

/** Bytes of a payload that was set aside that are shown. */
const SHOWN_PAYLOAD = 200;

class Drops implements Entry {
  constructor(
    private readonly by: string,
    private readonly drops: NamedCount,
  ) {}

  property(name: string): string {
    if (name === 'by') return this.by;
    return name === 'count' ? String(this.drops.count) : this.drops.name;
  }
}

/** `/iot outbox`: the outbox of a gateway's reports. */
export class DeviceOutbox implements OutboxBindings, Entry {
  private readonly statistics: OutboxStatistics;

  constructor(queue: ReportQueue, store: Store) {
    this.statistics = new OutboxStatistics(queue, store);
  }

  get figures(): Entry {
    this.statistics.queue.flashLog?.measureWear();
    return this;
  }

  get drops(): readonly Entry[] {
    const { statistics } = this;
    return [
      ...statistics.reasons().map((drops) => new Drops('rule', drops)),
      ...statistics.ranks().map((drops) => new Drops('rank', drops)),
    ];
  }

  property(name: string): string {
    const { statistics } = this;
    const { outbox, flashLog } = statistics.queue;
    const log = flashLog?.statistics;
    switch (name) {
      case 'waiting':
        return String(outbox.waitingCount);
      case 'in-flight':
        return String(outbox.inFlightCount);
      case 'oldest': {
        const seconds = statistics.oldestSeconds;
        return seconds < 0 ? '' : String(seconds);
      }
      case 'in-memory':
        return String(outbox.memoryCount);
      case 'in-log':
        return flashLog ? String(outbox.waitingCount + outbox.inFlightCount - outbox.memoryCount) : '';
      case 'acknowledged':
        return String(outbox.acknowledgedCount);
      case 'not-carried':
        return outbox.notCarriedCount > 0 ? String(outbox.notCarriedCount) : '';
      case 'dropped':
        return String(outbox.droppedCount + outbox.refusedCount);
      case 'flash-blocks':
        return log ? String(log.blocks) : '';
      case 'flash-free':
        return log ? String(log.freeBlocks) : '';
      case 'flash-bad':
        return log ? String(log.badBlocks) : '';
      case 'flash-failing':
        return flashLog?.failing ? 'yes' : '';
      case 'flash-erasures':
        return log ? String(log.erasuresMax) : '';
      case 'flash-written':
        return log ? String(log.programmedBytes + log.markBytes) : '';
      default:
        return this.setAside(name);
    }
  }

  private setAside(name: string): string {
    const message = this.statistics.setAside();
    if (!message) return '';
    const { topic, payload } = message;
    if (name === 'set-aside-topic') return decodeUtf8Lossy(topic);
    if (name === 'set-aside-size') return String(payload.length);
    if (name !== 'set-aside-data') return '';
    return decodeUtf8Lossy(payload.slice(0, SHOWN_PAYLOAD)) + (payload.length > SHOWN_PAYLOAD ? '...' : '');
  }
}
