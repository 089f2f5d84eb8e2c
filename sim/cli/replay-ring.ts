import { RecorderEntry } from '../../src/device/recorder.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { BadInput } from '../bad-input.js';
import { readRing, replayRing, timeText } from '../virtual/index.js';
import type { Trace } from '../virtual/index.js';
import { parseBrokerUrl } from './broker-url.js';
import { readConfigurationFile } from './configuration-file.js';
import { ExitCode } from './failures.js';
import type { SimFlags } from './gateway-flags.js';
import { openRecordings } from './recording-flags.js';

/** Flags that a ring may be replayed with. */
export const RING_FLAGS: readonly string[] = ['board', 'config', 'set', 'pcap', 'btsnoop', 'record'];

const DEFAULT_BROKER = 'mqtt://broker.example';

/** Gives what a device recorded to a new firmware, and prints what that does. Returns the exit code. */
export async function runRing(file: Uint8Array, flags: SimFlags): Promise<number> {
  if (flags.engine === 'xs') {
    throw new BadInput(
      '--engine xs is for what --record wrote: give this file to --replay with --record, and replay that',
    );
  }
  const { description, entries } = readRing(file);
  const raw = flags.config === undefined ? {} : readConfigurationFile(flags.config).raw;
  const given: RawConfiguration = { ...raw, ...flags.set };
  const first = typeof given['broker'] === 'string' && given['broker'] !== '' ? given['broker'] : DEFAULT_BROKER;
  const { host, port, tls } = parseBrokerUrl(first.split(',')[0]!.trim());
  // Whatever network it had, here it has this one.
  const settings: RawConfiguration = { broker: DEFAULT_BROKER, ...given, ssid: 'tagwire', password: '' };
  const say = (event: string, text: string, fields: object): void => {
    process.stdout.write(flags.json ? `${JSON.stringify({ event, ...fields })}\n` : `${text}\n`);
  };
  const line: Trace['line'] = (time, text) => say('happened', `${timeText(time)} ${text}`, { time, text });
  const recordings = openRecordings(flags);
  try {
    const device = { board: flags.board ?? ('esp32' as const), settings, broker: { host, port, tls } };
    const world = await replayRing(description, entries, device, { trace: { line }, taps: recordings.taps });
    const { ledger } = world.finish();
    const hidden = entries.filter((entry) => entry.hidden).length;
    const heard = entries.filter(({ kind }) => kind === RecorderEntry.advertisement).length;
    const panics = ledger.broken.filter(({ rule }) => rule === 'panic');
    for (const { time, detail } of panics) say('panic', `${timeText(time)} ${detail}`, { time, detail });
    const counts = {
      entries: entries.length,
      advertisements: heard,
      leftOut: hidden,
      published: ledger.received.length,
    };
    const text =
      `${entries.length} inputs of ${description.gateway} given to a new firmware: ${heard} advertisements; ` +
      `${hidden} messages left out; ${ledger.received.length} messages published`;
    say('summary', text, counts);
    return panics.length > 0 ? ExitCode.failure : ExitCode.success;
  } finally {
    recordings.close();
  }
}
