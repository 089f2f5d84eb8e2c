import { Option } from 'commander';
import type { Command } from 'commander';
import { parseKeys } from '../../src/tags/index.js';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import type { TlsFlags } from './connection-flags.js';
import type { ConsoleFlags } from './console-flags.js';
import type { PageFlags } from './page-flags.js';
import { integer, seconds } from './parse-values.js';
import type { RecordingFlags } from './recording-flags.js';
import type { ConfigurationFlags } from './sim-configuration.js';
import type { VirtualFlags } from './virtual-flags.js';

/** The flags of `tagwire sim` and `tagwire gateway`. */
export interface SimFlags extends TlsFlags, ConsoleFlags, ConfigurationFlags, RecordingFlags, VirtualFlags, PageFlags {
  /** Of `tagwire gateway`: the broker on which other gateways are heard, and their topics. */
  from?: string;
  fromTopic?: string[];
  broker?: string[];
  username?: string;
  pw?: string;
  world?: string;
  capture?: string;
  seed: number;
  gateway: string;
  prefix: string;
  interval: number;
  heartbeat: number;
  keys?: string;
  outbox: number;
  persist?: string;
  outboxFull?: string;
  maxAge?: string;
  rate?: string;
  engine: 'node' | 'xs';
  duration?: number;
  verbose?: boolean;
  json?: boolean;
}

const FULL_RULES = ['oldest', 'newest', 'thin'];
const LONGEST_KEYS = 65536;

/** Adds the flags of a gateway, whatever it hears its tags with; `name` is its name when none is given. */
export function addGatewayFlags(command: Command, name: string): void {
  command
    .option(
      '--broker <url>',
      'mqtt(s)://[user[:password]@]host[:port]; may be repeated: if one fails, the next is used',
      (url: string, before: string[] | undefined) => [...(before ?? []), url],
    )
    .option('-u, --username <name>', 'user name, if the URL has none')
    .option('-P, --pw <password>', 'password, if the URL has none')
    .option('--gateway <name>', 'name of the gateway in topics and in the client identifier', name)
    .option('--prefix <topic>', 'first levels of all topics', 'tagwire')
    .option('--interval <seconds>', 'minimum time between two reports of a tag', seconds, 2)
    .option('--heartbeat <seconds>', 'report an unchanged tag after this time', seconds, 60)
    .option('--keys <file>', 'keys of encrypted tags, one AA:BB:CC:DD:EE:FF=KEY on each line')
    .option('--outbox <bytes>', 'memory for readings that wait for the broker', integer(512, 16777216), 65536)
    .option(
      '--persist <seconds>',
      'with --store: how long a reading may be in memory alone, 0: not at all (default: 5)',
    )
    .addOption(
      new Option('--outbox-full <rule>', 'what is dropped when there is no room (default: oldest)').choices(FULL_RULES),
    )
    .option('--max-age <seconds>', 'drop readings that waited for so long (default: never)')
    .option('--rate <messages>', 'publish at most so many messages in a second (default: as many as the broker takes)')
    .option('--duration <seconds>', 'stop after this time', seconds)
    .option('-v, --verbose', 'print each reading')
    .option('--json', 'print each event as a JSON object, and a summary at the end');
}

/** The keys in a file, as text, because the XS engine reads them itself. Lines with # are passed over. */
export function readKeys(path: string): string {
  const lines = Buffer.from(readInputFile(path, 'keys file', LONGEST_KEYS))
    .toString('utf8')
    .split('\n');
  const text = lines.filter((line) => !line.trimStart().startsWith('#')).join('\n');
  try {
    if (parseKeys(text).size === 0) throw new RangeError('no key; each line must be AA:BB:CC:DD:EE:FF=KEY');
  } catch (error) {
    throw new BadInput(`keys file ${showValue(path)}: ${(error as Error).message}`);
  }
  return text;
}
