import { NorFlash, PowerCut } from '../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { FlashLog, FullRule, RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import { AppendResult, Outbox } from '../../src/telemetry/outbox/outbox.js';

/** What a power cut may cost an outbox without a connection: a page, and the record that would not fit into it. */
const PAGE = 256;
const LENGTH = 40;
const OVERHEAD = 11;
const MAX_IN_FLIGHT = 4;
/** The log has room for more, so that nothing stays in memory for want of it. */
const MOST_KEPT = 50;

/** What `outboxCuts` did. */
export interface OutboxFigures {
  appended: number;
  acknowledged: number;
  cuts: number;
  /** Records that were in memory only when the power was cut. */
  lost: number;
  /** Acknowledged records that were in the log after a cut. */
  duplicates: number;
  spilled: number;
}

/**
 * A random workload on an `Outbox` with a log behind it, whose power is cut `cuts` times. Nothing is dropped by a rule.
 * Throws an Error when a record is lost that is older than `persistSeconds`, when more than a page of them is lost
 * without a connection, any with `persistSeconds` 0, or when one comes back that was acknowledged.
 */
export function outboxCuts(seed: number, persistSeconds: number, cuts: number): OutboxFigures {
  const random = new SeededRandom(seed);
  const chipRandom = new SeededRandom(seed, 1);
  const chip = new NorFlash({ blocks: 32, blockLength: 1024, random: () => chipRandom.unit() });
  const figures = { appended: 0, acknowledged: 0, cuts: 0, lost: 0, duplicates: 0, spilled: 0 };
  const rule = FullRule.newest;
  const acknowledged = new Set<number>();
  /** By id: when it was appended. */
  let kept = new Map<number, number>();
  let lastId = 0;
  let now = 0;
  let packetId = 0;

  const start = (flash: NorFlash): Outbox => {
    const options = { capacity: 1024, maxRecordLength: 64, persistSeconds, rule, maxInFlight: MAX_IN_FLIGHT };
    return new Outbox(options, new FlashLog(flash, { rule, maxHeld: MAX_IN_FLIGHT + 1 }), 0);
  };
  const idOfTaken = (outbox: Outbox): number => outbox.view.getUint32(outbox.takenAt, true);

  while (figures.cuts < cuts) {
    const outbox = start(chip);
    let away = true;
    let inFlight: { packetId: number; id: number }[] = [];
    /** What the cut may find half done. */
    let doing = 0;
    if (random.unit() < 0.5) chip.cutAfter(Math.floor(random.unit() * 3000));
    else chip.cutWithin(1 + Math.floor(random.unit() * 40));

    const append = (): void => {
      if (kept.size >= MOST_KEPT) return;
      const at = outbox.reserve(RecordRank.reading, lastId, LENGTH);
      if (at < 0) return;
      doing = ++lastId;
      outbox.view.setUint32(at, doing, true);
      outbox.bytes.fill(doing, at + 4, at + LENGTH);
      if (outbox.commit(now) === AppendResult.stored) kept.set(doing, now);
      figures.appended++;
      doing = 0;
    };
    const send = (): void => {
      if (away || inFlight.length === MAX_IN_FLIGHT || !outbox.take()) return;
      const id = idOfTaken(outbox);
      if (outbox.sent((packetId % 60000) + 1)) inFlight.push({ packetId: (packetId++ % 60000) + 1, id });
    };
    const acknowledge = (): void => {
      const one = inFlight.shift();
      if (away || !one) return;
      doing = one.id;
      outbox.acknowledged(one.packetId);
      acknowledged.add(one.id);
      kept.delete(one.id);
      figures.acknowledged++;
      doing = 0;
    };
    const connect = (): void => {
      if (away) {
        away = false;
        outbox.connected();
        return;
      }
      inFlight = [];
      outbox.returnToWaiting();
      outbox.disconnected(now);
      // Before that, memory may have all that was not acknowledged for less than `persistSeconds`.
      away = true;
    };

    try {
      for (;;) {
        const next = now + Math.floor(random.unit() * 400);
        // The owner calls tick in time.
        while (outbox.deadline <= next) {
          now = Math.max(now, outbox.deadline);
          outbox.tick(now);
          if (outbox.deadline <= now) throw new Error(`seed ${seed}: tick is due again at once, without end`);
        }
        now = next;
        const choice = random.unit();
        if (choice < 0.4) append();
        else if (choice < 0.7) send();
        else if (choice < 0.98) acknowledge();
        else connect();
      }
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    figures.cuts++;
    figures.spilled += outbox.spilledCount;
    chip.restorePower();

    // All that is in the log, on a copy.
    const found = new Set<number>();
    const after = start(chip.copy());
    let last = 0;
    while (after.take()) {
      const id = idOfTaken(after);
      if (id <= last) throw new Error(`seed ${seed}: record ${id} behind ${last}`);
      last = id;
      found.add(id);
      if (acknowledged.has(id)) figures.duplicates++;
      after.sentUnacknowledged();
    }
    const lost = [...kept].filter(([id]) => !found.has(id) && id !== doing);
    figures.lost += lost.length;
    for (const [id, time] of lost) {
      if (persistSeconds === 0 || now - time > persistSeconds * 1000) {
        throw new Error(`seed ${seed}: record ${id} is lost, of ${now - time} ms`);
      }
    }
    const bytes = lost.length * (LENGTH + OVERHEAD);
    if (away && bytes > PAGE + LENGTH + OVERHEAD) throw new Error(`seed ${seed}: ${bytes} bytes are lost`);
    if (figures.duplicates > 0) throw new Error(`seed ${seed}: ${figures.duplicates} acknowledged records came back`);
    kept = new Map([...found].map((id) => [id, kept.get(id) ?? now]));
  }
  return figures;
}
