import { decodeUtf8Lossy } from '../../bytes/utf8.js';
import { OutboxStatistics } from '../../device/outbox-statistics.js';
import type { NamedCount } from '../../device/outbox-statistics.js';
import type { ReportQueue } from '../../device/report-queue.js';
import type { Store } from '../../hal/index.js';
import { ValuesEntry } from '../bindings.js';
import type { Entry, OutboxBindings } from '../bindings.js';

/** Bytes of a payload that was set aside that are shown. */
const SHOWN_PAYLOAD = 200;

/** `/iot outbox`: the outbox of a gateway's reports. */
export class DeviceOutbox implements OutboxBindings {
  private readonly statistics: OutboxStatistics;
  /** The rows of `drops` until now. */
  private readonly rows: ValuesEntry[] = [];

  constructor(queue: ReportQueue, store: Store) {
    this.statistics = new OutboxStatistics(queue, store);
  }

  get figures(): Entry {
    const { statistics } = this;
    const { outbox, flashLog } = statistics.queue;
    flashLog?.measureWear();
    const log = flashLog?.statistics;
    const oldest = statistics.oldestSeconds;
    const message = statistics.setAside();
    return new ValuesEntry({
      waiting: outbox.waitingCount,
      'in-flight': outbox.inFlightCount,
      oldest: oldest < 0 ? undefined : oldest,
      'in-memory': outbox.memoryCount,
      'in-log': flashLog && outbox.waitingCount + outbox.inFlightCount - outbox.memoryCount,
      acknowledged: outbox.acknowledgedCount,
      'not-carried': outbox.notCarriedCount || undefined,
      dropped: outbox.droppedCount + outbox.refusedCount,
      'set-aside-topic': message && decodeUtf8Lossy(message.topic),
      'set-aside-size': message?.payload.length,
      'set-aside-data': message && beginningOf(message.payload),
      'flash-blocks': log?.blocks,
      'flash-free': log?.freeBlocks,
      'flash-bad': log?.badBlocks,
      'flash-failing': flashLog?.failing ? 'yes' : undefined,
      'flash-erasures': log?.erasuresMax,
      'flash-written': log && log.programmedBytes + log.markBytes,
    });
  }

  get drops(): readonly Entry[] {
    const { statistics } = this;
    return [
      ...statistics.reasons().map((drops) => this.row('rule', drops)),
      ...statistics.ranks().map((drops) => this.row('rank', drops)),
    ];
  }

  /** The same entry each time, since the numbers of `print` refer to it. */
  private row(by: string, { name, count }: NamedCount): Entry {
    let entry = this.rows.find(({ values }) => values['by'] === by && values['name'] === name);
    if (!entry) this.rows.push((entry = new ValuesEntry({})));
    entry.values = { by, name, count };
    return entry;
  }
}

function beginningOf(payload: Uint8Array): string {
  return decodeUtf8Lossy(payload.slice(0, SHOWN_PAYLOAD)) + (payload.length > SHOWN_PAYLOAD ? '...' : '');
}
