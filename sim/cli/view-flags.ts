import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { checkTopicName, encodeUtf8, TopicFault } from '../../src/mqtt/index.js';
import type { ConnectionOptions } from '../../src/connection/index.js';
import { BadInput, showValue } from '../bad-input.js';
import type { DashboardSource } from '../dashboard/source.js';
import { serveDashboard } from '../dashboard/server.js';
import { DEFAULT_TEMPLATE } from '../dashboard/topics-place.js';
import type { ToPage } from '../page/protocol.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { ExitCode } from './failures.js';
import { integer } from './parse-values.js';
import { onInterrupt } from './terminal.js';
import { parseUnseal } from './unseal.js';
import type { Unseal } from './unseal.js';

/** The flags of commands that show what is at a broker on a page. */
export interface ViewFlags extends ConnectionFlags {
  broker?: string;
  prefix: string;
  topic: string;
  ask: number;
  unseal?: Unseal;
  pagePort?: number;
  json?: boolean;
}

/** The longest interval between two questions: a day. */
const LONGEST_ASK = 86_400;
/** Bytes that wait for whoever reads `--json`, above which texts are left out until all of them are read. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Flags that work, and that nobody who only looks needs; --broker stands for -L. */
const HIDDEN = ['--url', '--disable-clean-session', '--will-topic', '--will-payload', '--will-qos', '--will-retain'];

/** Adds the flags of `ViewFlags`. */
export function addViewFlags(command: Command): Command {
  addConnectionFlags(command)
    .option('--broker <url>', 'the broker: mqtt(s)://[user[:password]@]host[:port]')
    .option('--prefix <topic>', 'first levels of the topics, the key prefix of the devices', 'tagwire')
    .option('--topic <template>', 'topic of the reports, the key topic of the devices', DEFAULT_TEMPLATE)
    .option(
      '--ask <seconds>',
      'ask each device by RPC so often what no topic tells; 0: publish nothing',
      integer(0, LONGEST_ASK),
      0,
    )
    .option('--unseal <key>', 'open sealed payloads with this key, 32 or 64 hexadecimal digits', parseUnseal)
    .option('--page-port <port>', 'port of the page on 127.0.0.1 (default: a free one)', integer(1, 65535))
    .option('--json', 'serve no page; print what it would be told, a JSON object a line, and a summary at the end');
  for (const option of command.options) if (HIDDEN.includes(option.long ?? '')) option.hideHelp();
  command.options.find(({ long }) => long === '--id')!.description = 'client identifier (default: a random one)';
  return command;
}

/** How to reach the broker. Throws `BadInput`. */
export function viewConnection(flags: ViewFlags): ConnectionOptions {
  const { broker, url, ...rest } = flags;
  if (flags.json && flags.pagePort !== undefined) {
    throw new BadInput('--json and --page-port exclude each other: no page is served with --json');
  }
  if (broker !== undefined && url !== undefined) {
    throw new BadInput('--broker and -L exclude each other: both are a URL');
  }
  if (broker !== undefined && (rest.host !== undefined || rest.port !== undefined)) {
    throw new BadInput('--broker and -h or -p exclude each other: the URL names host and port');
  }
  const given = broker ?? url;
  // A process id is not of one process alone, and 1 in most containers: two views would throw each other out.
  const id = flags.id ?? `tagwire-view-${randomBytes(4).toString('hex')}`;
  const { topic, ...options } = connectionOptions({ ...rest, id, ...(given !== undefined && { url: given }) }, 'view');
  if (topic !== undefined) {
    throw new BadInput(
      `the URL of the broker has the topic ${showValue(topic)}; topics are named by --prefix and --topic`,
    );
  }
  return options;
}

/** Throws `BadInput` unless `value` can be so many levels of a topic. */
export function checkLevels(flag: string, value: string, most: number): void {
  const bytes = encodeUtf8(value);
  const isName = checkTopicName(bytes, 0, bytes.length) === TopicFault.none;
  const levels = value.split('/');
  if (isName && !value.startsWith('$') && levels.length <= most && !levels.includes('')) return;
  const what = most === 1 ? 'one level of a topic, such as shed,' : 'levels of a topic, such as site/north,';
  throw new BadInput(`${flag} must be ${what} without + and #, got ${showValue(value)}`);
}

/** Makes a source; what is wrong with its options is bad input. */
export function makeSource<Source>(make: () => Source): Source {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new BadInput(error.message) : error;
  }
}

/**
 * Shows a source until Ctrl-C, on a page or as lines of JSON. `summary`: what to say at the end, in words and as an
 * object. Resolves with the exit code.
 */
export async function runView(
  source: DashboardSource,
  flags: ViewFlags,
  summary: () => { text: string; counts: object },
): Promise<number> {
  const server = flags.json
    ? undefined
    : await serveDashboard(source, flags.pagePort === undefined ? {} : { port: flags.pagePort });
  if (server) process.stdout.write(`page ${server.url}\nCtrl-C ends it.\n`);
  else new JsonLines(source).begin();
  await new Promise<void>((resolve) => {
    const removeListener = onInterrupt(() => {
      removeListener();
      resolve();
    });
    // `--json | head` closes the pipe: nobody reads any more.
    process.stdout.once('error', () => resolve());
  });
  const { text, counts } = summary();
  if (server) await server.close();
  else source.close();
  process.stdout.write(server ? `${text}\n` : `${JSON.stringify({ type: 'summary', ...counts })}\n`);
  return ExitCode.success;
}

/** `1 tag`, `2 tags` */
export function countText(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** Prints what a page would be told. A reader that is slow is told all anew instead of what it missed, as a page is. */
class JsonLines {
  private isBehind = false;

  constructor(private readonly source: DashboardSource) {}

  begin(): void {
    this.source.watch((text) => this.tell(text));
    process.stdout.on('drain', () => {
      if (!this.isBehind) return;
      this.isBehind = false;
      this.tellAll();
    });
    this.tellAll();
  }

  private tellAll(): void {
    for (const text of this.source.snapshot()) this.print(text);
  }

  private tell(text: ToPage): void {
    if (process.stdout.writableLength > MOST_WAITING) this.isBehind = true;
    if (!this.isBehind) this.print(text);
  }

  private print(text: ToPage): void {
    process.stdout.write(`${JSON.stringify(text)}\n`);
  }
}
