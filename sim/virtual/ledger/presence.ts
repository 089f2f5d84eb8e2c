import type { TagReporter } from '../../../src/device/tag-reporter.js';
import type { PolicyTable } from '../../../src/telemetry/report/policy-table.js';
import { ReportKind } from '../../../src/telemetry/report/report.js';
import type { Device } from '../device.js';
import type { Simulation } from '../simulation.js';
import { receivedReport } from './received-reports.js';
import { addressNumber, ReportTap } from './report-tap.js';
import type { Rule } from './rule.js';
import { textOf } from './text.js';

/** Default of the key `presence`, in seconds. */
const PRESENCE = 60;
/** Milliseconds by which times that were noted at two places may differ. */
const TOLERANCE = 3000;
const MINUTE = 60_000;
/** The shortest time-out of a tag that is not known well, and how many of its longest gap one is that is. */
const UNKNOWN_TIMEOUT = 15 * MINUTE;
const GAPS = 6;
const LONGEST_TIMEOUT = 24 * 60 * MINUTE;
/**
 * Of a minute in which a device heard something, so much counts as listening at least: the radio may rest while the
 * device connects, and then silence counts for nobody.
 */
const LISTENS = 20_000;
/** Settings by which tags are left out. */
const FILTERS = ['allow', 'deny', 'companies', 'services', 'configuredTags', 'duplicates', 'presenceConfigured'];

/**
 * `presence`: nobody is told that a tag is away who was heard: the silence that is told is as long as `presence` at
 * least, and the device was handed nothing of the tag for so long. Who is heard for the first time has arrived, and who
 * is silent for longer than docs/policies.md allows is told away; each once.
 */
export function presenceRule(): Rule {
  /** By device and tag: when it was heard last, and the longest silence until then. */
  const heardAt = new Map<string, number[]>();
  const longest = new Map<string, number[]>();
  /** Four bytes of each tag's address; tags that changed theirs are silent under the former one, and not judged. */
  const tails = new Map<number, number>();
  const rotated = new Set<number>();
  return {
    name: 'presence',
    watch(simulation) {
      for (const { name } of simulation.devices) {
        heardAt.set(name, []);
        longest.set(name, []);
      }
      simulation.air.observers.push({
        onHeard: ({ name }, tag, { address }) => {
          if (tag < 0) return;
          const tail = address[0]! | (address[1]! << 8) | (address[4]! << 16) | (address[5]! << 24);
          if (tails.get(tag) !== tail) {
            if (tails.has(tag)) rotated.add(tag);
            tails.set(tag, tail);
          }
          const last = heardAt.get(name)!;
          const now = simulation.now();
          const silence = now - (last[tag] ?? Infinity);
          if (silence > (longest.get(name)![tag] ?? 0)) longest.get(name)![tag] = silence;
          last[tag] = now;
        },
      });
      for (const device of simulation.devices) if (tellsPresence(device)) watchPresence(simulation, device);
    },
    finish(simulation) {
      const { ledger, devices, world } = simulation;
      const time = simulation.now();
      const places = new Map(world.tags.map(({ address }, i) => [address.split(':').join(''), i]));
      const byName = new Map<string, Device>(devices.map((device) => [device.name, device]));
      for (const message of ledger.received) {
        const report = message.topic.includes('/presence/') ? receivedReport(message) : undefined;
        const device = report && byName.get(report.gateway);
        const tag = report && places.get(report.address);
        if (!device || tag === undefined || rotated.has(tag)) continue;
        const away = awayOf(textOf(message.payload));
        if (away < 0) continue;
        const { name, gateway } = device;
        const since = time - (heardAt.get(name)![tag] ?? Infinity);
        const most = Math.max(longest.get(name)![tag] ?? 0, since) * device.clockRate;
        const least = Number(gateway.settings['presence'] ?? PRESENCE) * 1000;
        if (away >= least - TOLERANCE && away <= most + TOLERANCE) continue;
        const text = world.tags[tag]!.name + ' is told away after ' + away + ' ms, its longest silence was ';
        ledger.break('presence', message.time, name + ': ' + text + Math.floor(most) + ' ms');
      }
    },
  };
}

/** Milliseconds of silence after which a tag is told to be away; -1: not told here, or not known. */
function awayOf(text: string): number {
  try {
    const { presence, time, lastSeen } = JSON.parse(text) as { presence?: string; time?: number; lastSeen?: number };
    if (presence !== 'away' || time === undefined || lastSeen === undefined) return -1;
    return time - lastSeen;
  } catch {
    return -1;
  }
}

function tellsPresence({ gateway: { board, settings } }: Device): boolean {
  if (board === 'esp8266' || String(settings['presence'] ?? PRESENCE) === '0') return false;
  return FILTERS.every((name) => settings[name] === undefined);
}

/** What one start of a device knows of an address. */
interface HeardTag {
  readonly name: string;
  /** Its arrival was stored, and no departure since. */
  present: boolean;
  /** Milliseconds of the device's clock. */
  heardAt: number;
  longestGap: number;
  /** What the device had listened when it was heard. */
  listened: number;
}

/** Compares what a device makes of arrivals and departures with what it heard. */
function watchPresence(simulation: Simulation, device: Device): void {
  const { settings } = device.gateway;
  const least = Math.max(UNKNOWN_TIMEOUT, Number(settings['presence'] ?? PRESENCE) * 1000);
  const tags = new Map<number, HeardTag>();
  let strangers = 0;
  let reporter: TagReporter | undefined;
  let policies: PolicyTable | undefined;
  /** Milliseconds for which the device has listened at least, and whether it heard something in this minute. */
  let listened = 0;
  let hears = false;
  let heard: HeardTag | undefined;
  let told = false;
  const complain = (text: string): void =>
    simulation.ledger.break('presence', simulation.now(), device.name + ': ' + text);
  /** No tag can have lost its place in the table. */
  const isSure = (): boolean => tags.size + strangers <= reporter!.tags.capacity && reporter!.policies === policies;
  const tap = new ReportTap(
    device,
    ({ kind, address }, _, stored) => {
      if (kind === ReportKind.reading) return;
      const tag = tags.get(addressNumber(address));
      if (!tag) return;
      const arrives = kind === ReportKind.arrived;
      if (arrives && tag === heard) told = true;
      if (tag.present === arrives && isSure())
        complain(tag.name + ' is told ' + (arrives ? 'here' : 'away') + ' twice');
      if (stored) tag.present = arrives;
      // One that the outbox refuses is told again.
      else tag.listened = listened;
    },
    (started) => {
      reporter = started;
      policies = started.policies;
      tags.clear();
      strangers = 0;
    },
  );
  const floor = Number(settings['rssiFloor'] ?? -128);
  simulation.air.observers.push({
    onHeard: (receiver, index, { address, rssi }) => {
      if (receiver !== device.receiver) return;
      heard = undefined;
      if (!tap.look()) return;
      hears = true;
      if (index < 0) strangers++;
      if (index < 0 || rssi < floor) return;
      const number = addressNumber(address);
      const now = device.start!.clock.now();
      let tag = tags.get(number);
      if (tag) tag.longestGap = Math.max(tag.longestGap, now - tag.heardAt);
      else {
        const { name } = simulation.world.tags[index]!;
        tags.set(number, (tag = { name, present: false, heardAt: now, longestGap: 0, listened }));
      }
      tag.heardAt = now;
      tag.listened = listened;
      told = tag.present;
      heard = tag;
    },
    onTaken: (receiver) => {
      if (receiver !== device.receiver || !heard || device.firmware?.gateway.reporter !== reporter) return;
      if (!told && isSure()) complain(heard.name + ' is heard, and its arrival is not told');
      if (!told) heard.present = isSure();
      heard = undefined;
    },
  });
  const look = (): void => {
    simulation.scheduler.after(MINUTE, look);
    if (!hears) return;
    hears = false;
    listened += LISTENS * device.clockRate;
    if (!device.running || device.firmware?.gateway.reporter !== reporter) return;
    for (const tag of tags.values()) {
      const timeout = Math.min(LONGEST_TIMEOUT, Math.max(least, GAPS * tag.longestGap));
      if (!tag.present || listened - tag.listened <= timeout + MINUTE) continue;
      const silence = Math.floor((device.start!.clock.now() - tag.heardAt) / 1000);
      if (isSure()) complain(tag.name + ' is silent for ' + silence + ' s, and is not told away');
      tag.listened = Infinity;
    }
  };
  simulation.scheduler.after(MINUTE, look);
}
