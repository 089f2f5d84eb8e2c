import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { AdvertisementDecoder } from '../../src/tags/index.js';
import { Report, reportLength, writeReport } from '../../src/telemetry/index.js';
import { FlashLog, FullRule, LogResult, RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import { mikrotik } from '../device/hand-scanner.js';
import { ROOT } from '../xs/host/paths.js';

/** What a log on the flash of an ESP32 costs: the table test/flash-costs.json. */
export interface FlashCosts {
  /** Bytes of a reading of a MikroTik tag as a record of the outbox, and as which it was measured. */
  recordBytes: number;
  /** Readings that the partition holds. */
  readings: number;
  /** For each 1,000 readings that are stored and acknowledged later. */
  perThousand: {
    /** All that is programmed but marks. */
    programmedBytes: number;
    markBytes: number;
    erasures: number;
  };
  /** When a full log is mounted. */
  mountReadBytes: number;
  /** Days without a link, with a reading a minute of each of 64 tags. */
  outage: Record<'oldest' | 'thin', Outage>;
}

interface Outage {
  /** Bytes programmed, marks included, for each byte of the records. */
  programmedPerByte: number;
  /** For each block and day: on average, and that of the block with most. */
  erasuresPerDay: number;
  mostErasuresPerDay: number;
  /** Years of outage until the block with most reaches `ENDURANCE` erasures. */
  years: number;
  /** What one append takes at most. */
  mostReadBytes: number;
  mostProgrammedBytes: number;
  mostErasures: number;
}

export const TAGS = 64;
/** Of the block of a usual NOR chip, by its datasheet (Winbond W25Q32, GigaDevice GD25Q32): erasures. */
export const ENDURANCE = 100_000;
export const BLOCK_LENGTH = 4096;
const UNIT = 4;
const MINUTES_OF_A_DAY = 24 * 60;
const OUTAGE_DAYS = 7;

/** What the figures may be; see `overBudget`. */
export const BUDGETS = {
  /** Bytes programmed for each byte of a record, beside one mark each. */
  programmedPerByte: 1.15,
  readings: 10_000,
  /** Bytes read at mount, for each byte of the flash. */
  mountReadPerByte: 2,
} as const;

export const UPDATE = 'npm run bench:flash -- --update';

const PATH = join(ROOT, 'test', 'flash-costs.json');
const DOC = join(ROOT, 'docs', 'outbox.md');
const DOC_BEGIN = `<!-- begin: ${UPDATE} -->\n`;
const DOC_END = '<!-- end -->\n';

/** Measures all. `progress` is called with a line now and then. */
export function measureFlash(progress: (text: string) => void): FlashCosts {
  progress('capacity');
  const record = mikrotikRecord();
  const { readings, mountReadBytes } = measureCapacity(record);
  progress('readings that are acknowledged');
  const perThousand = measureThousand(record, readings);
  const outage = {
    oldest: measureOutage(record, FullRule.oldest, (day) => progress(`outage, oldest: day ${day}`)),
    thin: measureOutage(record, FullRule.thin, (day) => progress(`outage, thin: day ${day}`)),
  };
  return { recordBytes: record.length, readings, perThousand, mountReadBytes, outage };
}

/** The committed table. */
export function readCosts(): FlashCosts {
  return JSON.parse(readFileSync(PATH, 'utf8')) as FlashCosts;
}

/** Writes the table, and its text into docs/outbox.md. */
export function writeCosts(costs: FlashCosts): void {
  writeFileSync(PATH, `${JSON.stringify({ ...costs, budgets: BUDGETS }, null, 2)}\n`);
  const doc = readFileSync(DOC, 'utf8');
  const { from, to } = docRange(doc);
  writeFileSync(DOC, doc.slice(0, from) + renderCosts(costs) + doc.slice(to));
}

/** What docs/outbox.md says of the costs. */
export function docText(): string {
  const doc = readFileSync(DOC, 'utf8');
  const { from, to } = docRange(doc);
  return doc.slice(from, to);
}

/** Where in docs/outbox.md the costs are. */
function docRange(doc: string): { from: number; to: number } {
  const begin = doc.indexOf(DOC_BEGIN);
  const to = doc.indexOf(DOC_END);
  if (begin < 0 || to < begin) throw new Error(`${DOC} must have the lines ${DOC_BEGIN.trim()} and ${DOC_END.trim()}`);
  return { from: begin + DOC_BEGIN.length, to };
}

/** What is over budget, one line each. */
export function overBudget(costs: FlashCosts): string[] {
  const { recordBytes, readings, perThousand, mountReadBytes } = costs;
  const mostProgrammed = 1000 * (BUDGETS.programmedPerByte * recordBytes + UNIT);
  const mostRead = BUDGETS.mountReadPerByte * flashBytes();
  const programmed = perThousand.programmedBytes + perThousand.markBytes;
  const lines: string[] = [];
  if (programmed > mostProgrammed) lines.push(`${programmed} bytes programmed, the budget is ${mostProgrammed}`);
  if (readings < BUDGETS.readings) lines.push(`${readings} readings fit, the budget wants ${BUDGETS.readings}`);
  if (mountReadBytes > mostRead) lines.push(`${mountReadBytes} bytes read at mount, the budget is ${mostRead}`);
  return lines;
}

function flashBytes(): number {
  return ESP32_LIMITS.tags.outboxBlocks * BLOCK_LENGTH;
}

/** A reading of a MikroTik tag, heard several times since the last report. */
function mikrotikRecord(): Uint8Array {
  const report = new Report();
  const bytes = Buffer.from(mikrotik(1_000_000, 5985), 'hex');
  const decoder = new AdvertisementDecoder();
  decoder.decode(bytes, 0, bytes.length, report.reading);
  report.rssi = -61;
  report.setWindow(12, -63.5, -58);
  report.unixTime = 1_780_000_000_000;
  report.boot = 12;
  const record = new Uint8Array(reportLength(report));
  writeReport(report, record, new DataView(record.buffer), 0);
  return record;
}

function newChip(): NorFlash {
  const random = new SeededRandom(1);
  const blocks = ESP32_LIMITS.tags.outboxBlocks;
  return new NorFlash({ blocks, blockLength: BLOCK_LENGTH, unit: UNIT, random: () => random.unit() });
}

function append(log: FlashLog, record: Uint8Array, count: number): boolean {
  const ordinal = Math.floor(count / TAGS);
  return log.append(0, RecordRank.reading, ordinal, record, 0, record.length) === LogResult.stored;
}

function measureCapacity(record: Uint8Array): Pick<FlashCosts, 'readings' | 'mountReadBytes'> {
  const chip = newChip();
  const log = new FlashLog(chip, { rule: FullRule.newest });
  let readings = 0;
  while (append(log, record, readings)) readings++;
  const before = chip.readBytes;
  const mounted = new FlashLog(chip, { rule: FullRule.newest });
  if (mounted.waiting(0) !== readings) throw new Error(`${mounted.waiting(0)} of ${readings} readings were found`);
  return { readings, mountReadBytes: chip.readBytes - before };
}

function measureThousand(record: Uint8Array, capacity: number): FlashCosts['perThousand'] {
  const chip = newChip();
  const log = new FlashLog(chip);
  const into = new Uint8Array(record.length);
  let count = 0;
  const round = (): void => {
    for (let i = 0; i < capacity / 2; i++) append(log, record, count++);
    while (log.next(0)) {
      log.read(into, 0);
      log.mark(log.hold());
    }
  };
  // Until all blocks were in use: a block that was not yet is not marked before it is erased.
  for (let i = 0; i < 4; i++) round();
  const { statistics } = log;
  const before = { ...statistics };
  const begin = count;
  for (let i = 0; i < 4; i++) round();
  const rounded = (more: number): number => Math.round((1000 * more) / (count - begin));
  return {
    programmedBytes: rounded(statistics.programmedBytes - before.programmedBytes),
    markBytes: rounded(statistics.markBytes - before.markBytes),
    erasures: Math.round((10_000 * (statistics.erased - before.erased)) / (count - begin)) / 10,
  };
}

function measureOutage(record: Uint8Array, rule: FullRule, progress: (day: number) => void): Outage {
  const chip = newChip();
  const log = new FlashLog(chip, { rule });
  const { blocks } = chip;
  let most = { read: 0, programmed: 0, erased: 0 };
  let count = 0;
  for (let day = 1; day <= OUTAGE_DAYS; day++) {
    progress(day);
    for (let i = 0; i < TAGS * MINUTES_OF_A_DAY; i++) {
      const { readBytes, programmedBytes, eraseCalls } = chip;
      append(log, record, count++);
      most = {
        read: Math.max(most.read, chip.readBytes - readBytes),
        programmed: Math.max(most.programmed, chip.programmedBytes - programmedBytes),
        erased: Math.max(most.erased, chip.eraseCalls - eraseCalls),
      };
    }
  }
  const mostErasuresPerDay = Math.max(...chip.erasures) / OUTAGE_DAYS;
  return {
    programmedPerByte: twoDigits(chip.programmedBytes / (count * record.length)),
    erasuresPerDay: twoDigits(chip.eraseCalls / blocks / OUTAGE_DAYS),
    mostErasuresPerDay: twoDigits(mostErasuresPerDay),
    years: Math.floor(ENDURANCE / mostErasuresPerDay / 365),
    mostReadBytes: most.read,
    mostProgrammedBytes: most.programmed,
    mostErasures: most.erased,
  };
}

function twoDigits(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The figures for people, in Markdown. */
export function renderCosts(costs: FlashCosts): string {
  const { recordBytes, readings, perThousand, mountReadBytes, outage } = costs;
  const number = (value: number): string => value.toLocaleString('en');
  const perByte = (perThousand.programmedBytes / 1000 / recordBytes).toFixed(2);
  const hours = Math.floor(readings / TAGS / 60);
  const days = Math.floor(readings / MINUTES_OF_A_DAY);
  const rows = (['oldest', 'thin'] as const).map((rule) => {
    const { programmedPerByte, erasuresPerDay, mostErasuresPerDay, years } = outage[rule];
    const cells = [OUTAGE_DAYS * erasuresPerDay, OUTAGE_DAYS * mostErasuresPerDay].map(Math.round);
    return `| \`${rule}\` | ${programmedPerByte.toFixed(2)} | ${cells.join(' | ')} | ${number(years)} |`;
  });
  const week = number(TAGS * MINUTES_OF_A_DAY * OUTAGE_DAYS);
  const { outboxBlocks } = ESP32_LIMITS.tags;
  return [
    `A reading of a MikroTik tag is a record of ${recordBytes} bytes. The partition of an ESP32, ${outboxBlocks}`,
    `blocks of ${number(BLOCK_LENGTH)} bytes, holds ${number(readings)} of them: ${hours} hours of ${TAGS} tags that`,
    `report once a minute, or ${days} days of one.`,
    '',
    'For each 1,000 readings that reach the flash and are acknowledged later, the log programs',
    `${number(perThousand.programmedBytes)} bytes (${perByte} for each byte of a record) and`,
    `${number(perThousand.markBytes)} bytes of marks, and erases ${perThousand.erasures} blocks. A start with a full`,
    `log reads ${number(mountReadBytes)} bytes.`,
    '',
    `A week without a link is ${week} readings of ${TAGS} tags that report once a minute. It wears the flash so:`,
    '',
    '| `outboxFull` | bytes programmed for each byte of a record | erasures of a block | of that with most | years |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `The last column is how long such an outage can last: a block of the usual chips takes ${number(ENDURANCE)}`,
    'erasures. Readings that are acknowledged at once cost no flash.',
    '',
  ].join('\n');
}
