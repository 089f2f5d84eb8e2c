import { CYCLES, drawOfGateway, drawOfNode, ESTIMATES, loadOf } from './capacity.js';
import type { Draw, Instructions, Load, Site, Sleep } from './capacity.js';
import { CHIPS } from './chips.js';
import type { Chip, ChipName } from './chips.js';

/** What is asked. */
export interface Question {
  board: ChipName;
  /** Undefined: it hears no tags. */
  site: Site | undefined;
  /** Seconds between readings of a node. */
  interval: number;
  /** mAh. */
  battery: number;
  /** Of an instruction. */
  cycles: number;
}

/** The answer, as `tagwire capacity --json` prints it. */
export interface Capacity {
  board: ChipName;
  megahertz: number;
  /** Whose instructions are taken, and why, if it is not its own. */
  core: Chip['core'];
  coreNote: string;
  cycles: number;
  site: Site | undefined;
  load: Load | undefined;
  interval: number;
  battery: number;
  /** A gateway has no charge of a reading: its radio listens all the time. */
  draws: { gateway: Omit<Draw, 'reading'> | undefined } & Record<Sleep, Draw>;
  currents: Chip['currents'];
}

/** Answers by the counts of each core. */
export function capacityOf(question: Question, counts: Record<Chip['core'], Instructions>): Capacity {
  const { board, site, interval, battery, cycles } = question;
  const chip: Chip = CHIPS[board];
  const instructions = counts[chip.core];
  const load = site && loadOf(chip, instructions, site, cycles);
  const node = (sleep: Sleep): Draw => drawOfNode(chip, instructions, { interval, sleep, battery, cycles });
  return {
    board,
    megahertz: chip.clockMegahertz.value,
    core: chip.core,
    coreNote: chip.coreNote,
    cycles,
    site,
    load,
    interval,
    battery,
    draws: {
      gateway: load && drawOfGateway(chip, load, battery),
      modemSleep: node('modemSleep'),
      lightSleep: node('lightSleep'),
      deepSleep: node('deepSleep'),
    },
    currents: chip.currents,
  };
}

/** The answer for people. */
export function renderCapacity(capacity: Capacity): string {
  const { board, megahertz, core, coreNote, cycles, site, load } = capacity;
  const cyclesText =
    cycles === CYCLES ? `${cycles} cycles an instruction (estimated)` : `${cycles} cycles an instruction`;
  const lines = [
    `${CHIPS[board].title} at ${megahertz} MHz, ${cyclesText}`,
    `instructions: counted for ${core}${coreNote === '' ? '' : ` (${coreNote})`}`,
  ];
  if (site && load) lines.push('', ...renderSite(site, load));
  lines.push('', ...renderDraws(capacity));
  return `${lines.join('\n')}\n`;
}

function renderSite({ tags, rate, interval, others }: Site, load: Load): string[] {
  const { advertisements, reports, share, full } = load;
  const refused = others > 0 ? `, ${number(others)} a second refused` : '';
  const heard = `${plural(tags, 'tag')}, ${plural(rate, 'advertisement')} a second each`;
  return [
    `gateway: ${heard}, a report every ${interval} s${refused}`,
    row('advertisements a second', number(advertisements)),
    row('reports a second', number(reports)),
    row('processor', `${number(100 * share)} %`, share > 1 ? 'too much: it does not keep up' : ''),
    row('full at, a second', number(full.site), 'such advertisements'),
    row('', number(full.refused), 'that are all refused by a filter'),
    row('', number(full.unknown), 'that are all of no known format'),
    row('', number(full.repeated), 'that all repeat what is known'),
    row('', number(full.reported), 'that are all reported'),
  ];
}

function renderDraws({ battery, interval, draws }: Capacity): string[] {
  const { gateway, modemSleep, lightSleep, deepSleep } = draws;
  const cells = (name: string, average: string, reading: string, days: string): string =>
    name.padEnd(44) + average.padStart(10) + reading.padStart(14) + days.padStart(10);
  const draw = (name: string, { average, reading, days }: Omit<Draw, 'reading'> & { reading?: number }): string =>
    cells(name, number(average), reading === undefined ? '' : number(reading), number(days));
  const head = cells(`battery of ${number(battery)} mAh`, 'mA', 'mC a reading', 'days');
  const node = `node, a reading every ${interval} s`;
  return [
    head,
    ...(gateway ? [draw('  gateway, listens all the time', gateway)] : []),
    draw(`  ${node}, modem sleep`, modemSleep),
    draw(`  ${node}, light sleep`, lightSleep),
    draw(`  ${node}, deep sleep`, deepSleep),
  ];
}

const { boot, association, roundTrip, transmission } = ESTIMATES;

/** What was counted and what was not, in whole sentences. */
export const LIMITS = `Counted: the instructions of Tagwire and of the engine for each operation, in an emulator.
Estimated: the cycles of an instruction, misses of the flash cache included (--cycles), and the radio's times: a start
${boot} s, association and DHCP ${association} s, a round trip ${1000 * roundTrip} ms,
a packet ${1000 * transmission} ms in the air.
Left out: the SDK's own work (Bluetooth stack, Wi-Fi, TCP/IP, TLS), garbage collection, losses on the air, the
self-discharge of a battery, regulators, and sensors. Nothing was measured on hardware.`;

function row(name: string, value: string, remark = ''): string {
  return `  ${name.padEnd(26)}${value.padStart(10)}  ${remark}`.trimEnd();
}

/** Three digits, or all that a whole number has. */
function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}
