import type { Chip } from './chips.js';

/** Instructions for each operation of the table of `npm run bench:chip` that is used here. */
export type Instructions = Readonly<
  Record<
    | 'filteredAdvertisement'
    | 'unknownAdvertisement'
    | 'repeatedAdvertisement'
    | 'reportedAdvertisement'
    | 'jsonPayload'
    | 'publishQos1Ack'
    | 'reconnect8',
    number
  >
>;

/**
 * Cycles that an instruction takes, estimated: the pipeline waits for jumps and loads, and code that is not in the
 * cache comes from flash. 1 would be the floor.
 */
export const CYCLES = 1.5;

/** What a gateway hears. */
export interface Site {
  /** Tags that it knows. */
  tags: number;
  /** Advertisements of each of them in a second. */
  rate: number;
  /** Seconds between reports of a tag. */
  interval: number;
  /** Advertisements in a second that its filter refuses. */
  others: number;
}

/** What that takes of the processor. */
export interface Load {
  /** Advertisements in a second, and how many of these are reported. */
  advertisements: number;
  reports: number;
  /** Part of the processor's time; above 1: it does not cope. */
  share: number;
  /** Advertisements in a second at which it is full: of this site, and if all were of one kind. */
  full: { site: number; refused: number; unknown: number; repeated: number; reported: number };
}

/** What a gateway takes of a chip's processor. `cycles`: those of an instruction. */
export function loadOf(chip: Chip, instructions: Instructions, site: Site, cycles: number): Load {
  const seconds = (count: number): number => (count * cycles) / (chip.clockMegahertz.value * 1e6);
  const repeated = seconds(instructions.repeatedAdvertisement);
  const reported = seconds(instructions.reportedAdvertisement);
  const refused = seconds(instructions.filteredAdvertisement);
  const unknown = seconds(instructions.unknownAdvertisement);
  const known = site.tags * site.rate;
  // A tag that is heard less often than once in an interval is reported each time.
  const reports = Math.min(known, site.tags / site.interval);
  const advertisements = known + site.others;
  const share = (known - reports) * repeated + reports * reported + site.others * refused;
  const full = {
    site: advertisements / share,
    refused: 1 / refused,
    unknown: 1 / unknown,
    repeated: 1 / repeated,
    reported: 1 / reported,
  };
  return { advertisements, reports, share, full };
}

/** Seconds, estimated; none of them is measured. */
export const ESTIMATES = {
  /** From deep sleep until the firmware runs: loader, start of the SDK, calibration of the radio. */
  boot: 0.35,
  /** Association and DHCP (0.3 to 1 s, says the datasheet of the ESP8266). */
  association: 1,
  /** From a packet to its answer, with the radio on. */
  roundTrip: 0.06,
  /** A packet and the acknowledgement of TCP, in the air. */
  transmission: 0.002,
} as const;

/** Round trips before the PUBLISH: those of TCP and of CONNECT. */
const ROUND_TRIPS_TO_CONNECT = 2;
const IN_FLIGHT = 8;

/** How a node that has readings of its own spends the time between them. */
export type Sleep = 'modemSleep' | 'lightSleep' | 'deepSleep';

/** What a reading takes of a battery. */
export interface Draw {
  /** mA on average. */
  average: number;
  /** mC for each reading, beside what sleeping takes. */
  reading: number;
  /** Days until the battery is empty: without its self-discharge, and without what a regulator takes. */
  days: number;
}

/** What a node takes that publishes a reading of its own each `interval` seconds, and hears no tags. */
export function drawOfNode(
  chip: Chip,
  instructions: Instructions,
  { interval, sleep, battery, cycles }: { interval: number; sleep: Sleep; battery: number; cycles: number },
): Draw {
  const { running, listening, transmitting, [sleep]: sleeping } = chip.currents;
  const isDeep = sleep === 'deepSleep';
  const connecting = instructions.reconnect8 - IN_FLIGHT * instructions.publishQos1Ack;
  const publishing = instructions.jsonPayload + instructions.publishQos1Ack;
  const count = publishing + (isDeep ? Math.max(0, connecting) : 0);
  const computing = (count * cycles) / (chip.clockMegahertz.value * 1e6);
  const roundTrips = isDeep ? 1 + ROUND_TRIPS_TO_CONNECT : 1;
  const times = {
    running: computing + (isDeep ? ESTIMATES.boot : 0),
    listening: roundTrips * ESTIMATES.roundTrip + (isDeep ? ESTIMATES.association : 0),
    transmitting: roundTrips * ESTIMATES.transmission,
  };
  const awake = times.running + times.listening + times.transmitting;
  const reading =
    times.running * (running.value - sleeping.value) +
    times.listening * (listening.value - sleeping.value) +
    times.transmitting * (transmitting.value - sleeping.value);
  // Readings that come before the last one is away keep it awake.
  const average = sleeping.value + reading / Math.max(interval, awake);
  return { average, reading, days: daysOf(battery, average) };
}

/** What a gateway takes: its radio listens all the time. */
export function drawOfGateway(chip: Chip, load: Load, battery: number): Omit<Draw, 'reading'> {
  const { running, listening, transmitting, modemSleep } = chip.currents;
  const computing = Math.min(1, load.share) * Math.max(0, running.value - modemSleep.value);
  const sending = load.reports * ESTIMATES.transmission * (transmitting.value - listening.value);
  const average = listening.value + computing + sending;
  return { average, days: daysOf(battery, average) };
}

function daysOf(battery: number, average: number): number {
  return battery / average / 24;
}
