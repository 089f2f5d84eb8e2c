import { isUtf8 } from 'node:buffer';
import { Connection, FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../../src/connection/index.js';
import { MAX_REMAINING_LENGTH, refusalText, topicMatches } from '../../src/mqtt/index.js';
import type { IncomingMessage, Refusal } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { nodePlatform, startTimer } from '../hal/platform.js';
import { topicBytes, WholePayload } from '../whole-payload.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { describeFailure, ExitCode, exitCodeOf } from './failures.js';
import { checkFilter, qos, seconds, topicFilters, integer } from './parse-values.js';
import { parseMessageFormat } from './message-format.js';
import type { ReceivedMessage } from './message-format.js';
import { debugLine, onInterrupt, warn } from './terminal.js';
import { parseUnseal } from './unseal.js';
import type { Unseal } from './unseal.js';
import type { Command } from 'commander';

interface SubFlags extends ConnectionFlags {
  topic?: string[];
  unsubscribe?: string[];
  filterOut?: string[];
  qos: 0 | 1;
  verbose?: boolean;
  format?: (message: ReceivedMessage) => Buffer;
  count?: number;
  timeout?: number;
  maxMessage: number;
  skipRetained?: boolean;
  retainedOnly?: boolean;
  removeRetained?: boolean;
  exitAfterSubscribing?: boolean;
  noEol?: boolean;
  debug?: boolean;
  quiet?: boolean;
  json?: boolean;
  unseal?: Unseal;
}

const EXAMPLES = `
Examples:
  $ tagwire sub -t 'shed/#' -v
  $ tagwire sub -h broker.example -t shed/door -t shed/light -q 1
  $ tagwire sub -t shed/temperature -C 1 -W 10     one message, at most 10 seconds
  $ tagwire sub -t 'tagwire/#' --json
  $ tagwire sub -t 'shed/#' -T 'shed/log/#' -F '@H:@M:@S %t %p'
  $ tagwire sub -t 'tagwire/+/tags/#' --unseal 000102030405060708090a0b0c0d0e0f
  $ tagwire sub -t 'old/#' --retained-only --remove-retained -W 5     clear what the broker retains

-F: %t topic, %p payload, %x %X payload in hexadecimal, %l its length, %q QoS, %r retain, %d dup, %m packet identifier,
%I %U time received (ISO 8601, seconds since 1970), %j %J JSON; @Y @m @d @H @M @S and so on as in strftime; \\n \\t.

Exit codes: 0 success, 1 no connection, 1 to 5 refused by the broker (its return code), 2 bad input, 8 TLS failed,
27 time-out of -W, 130 interrupted.
`;

const REFUSED = 0x80;
/** Bytes of the longest message that is printed when --max-message says nothing else. */
const MAX_MESSAGE = 16 << 20;
/** Room for the packets that remove retained messages, each as long as the longest topic. */
const REMOVALS_SIZE = 65536 * 2;

/** Adds `tagwire sub`. */
export function addSubCommand(program: Command): void {
  addConnectionFlags(program.command('sub'))
    .description('subscribe to topics and print what arrives, like mosquitto_sub')
    .option('-t, --topic <filter>', 'topic to subscribe to; may be repeated', topicFilters)
    .option('-q, --qos <qos>', 'quality of service, 0 or 1', qos, 0)
    .option('-T, --filter-out <filter>', 'do not print messages with these topics; may be repeated', topicFilters)
    .option(
      '-U, --unsubscribe <filter>',
      'unsubscribe at the start, in a session kept with -c; may be repeated',
      topicFilters,
    )
    .option('-v, --verbose', 'print the topic before each message')
    .option('-F, --format <format>', 'how to print a message, for example "%I %t %p"; see below', parseMessageFormat)
    .option('-C, --count <messages>', 'stop after this many messages', integer(1, 1e15 - 1))
    .option('-W, --timeout <seconds>', 'stop after this many seconds', seconds)
    .option('-E', 'stop as soon as the broker has answered all subscriptions')
    .option('-R, --skip-retained', 'do not print retained messages')
    .option('--retained-only', 'print retained messages only')
    .option('--remove-retained', 'remove each retained message that is printed from the broker')
    .option(
      '--max-message <bytes>',
      'maximum length of a message: each is printed when it is complete, and held in memory until then',
      integer(1, MAX_REMAINING_LENGTH),
      MAX_MESSAGE,
    )
    .option('--unseal <key>', 'open sealed payloads with this key, 32 or 64 hexadecimal digits', parseUnseal)
    .option('-N, --no-eol', 'do not print an end of line after each message')
    .option('-d, --debug', 'print what happens on the connection')
    .option('--quiet', 'print no errors')
    .option('--json', 'print each message as a JSON object, and a summary at the end')
    .addHelpText('after', EXAMPLES)
    .action(async ({ E: exitAfterSubscribing, eol, ...flags }: SubFlags & { eol: boolean; E?: boolean }) => {
      const given = { ...flags, noEol: !eol, ...(exitAfterSubscribing && { exitAfterSubscribing }) };
      process.exitCode = await new Subscriber(given).run();
    });
}

/** One run of `tagwire sub`. */
class Subscriber implements ConnectionHandler {
  private readonly flags: SubFlags;
  private readonly connection: Connection;
  private readonly filters: Uint8Array[];
  private readonly unsubscribed: Uint8Array[];
  private exitCode: number = ExitCode.success;
  private everConnected = false;
  private received = 0;
  private refused = 0;
  private answered = 0;
  private skipped = 0;
  private readonly filteredOut: Uint8Array[];
  private readonly payload: WholePayload;
  private finished = false;
  private done: (() => void) | undefined;

  constructor(flags: SubFlags) {
    this.flags = flags;
    const options = connectionOptions(flags, 'sub');
    const topics = flags.topic ?? (options.topic === undefined ? [] : [options.topic]);
    if (topics.length === 0 && !flags.unsubscribe) {
      throw new BadInput('no topic: give one with -t, or in the URL of -L');
    }
    if (flags.skipRetained && flags.retainedOnly) {
      throw new BadInput('-R and --retained-only exclude each other: nothing would be printed');
    }
    if (flags.json && (flags.format || flags.verbose)) {
      throw new BadInput('--json excludes -F and -v: they say how to print text');
    }
    this.filters = [...new Set(topics)].map(checkFilter);
    this.unsubscribed = [...new Set(flags.unsubscribe)].map(checkFilter);
    this.filteredOut = [...new Set(flags.filterOut)].map(checkFilter);
    options.maxSubscriptions = this.filters.length + this.unsubscribed.length;
    options.receiveBufferSize = 65536 + 4;
    options.transmitArenaSize = REMOVALS_SIZE;
    options.maxPendingAcknowledgements = 256;
    this.payload = new WholePayload(flags.maxMessage);
    this.connection = new Connection(options, nodePlatform(), this);
  }

  async run(): Promise<number> {
    const removeListener = onInterrupt(() => this.finish(ExitCode.interrupted));
    // `sub | head` closes the pipe: nobody reads any more.
    process.stdout.on('error', () => this.finish(ExitCode.success));
    process.stdout.on('drain', () => this.connection.resume());
    const { timeout } = this.flags;
    const timer = timeout === undefined ? undefined : startTimer(timeout * 1000, () => this.finish(ExitCode.timeout));
    await new Promise<void>((resolve) => {
      this.done = resolve;
      for (const filter of this.unsubscribed) this.connection.unsubscribe(filter);
      for (const filter of this.filters) this.connection.subscribe(filter, this.flags.qos);
      this.debug('sending CONNECT');
      this.connection.start();
    });
    timer?.stop();
    removeListener();
    this.summarize();
    return this.exitCode;
  }

  onConnected(sessionPresent: boolean): void {
    this.everConnected = true;
    this.debug(`received CONNACK (session present: ${sessionPresent ? 'yes' : 'no'})`);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    const text = Buffer.from(filter).toString();
    this.answered++;
    if (returnCode === REFUSED) {
      this.error(`the broker refused the subscription to ${text}`);
      this.refused++;
    } else {
      this.debug(`subscribed to ${text} (q${returnCode})`);
    }
    if (this.refused === this.filters.length) this.finish(ExitCode.failure);
    else if (this.answered === this.filters.length) this.finishAfterSubscribing();
  }

  onMessage(message: IncomingMessage): void {
    if (this.finished || !this.isWanted(message)) return;
    const payload = this.payload.take(message);
    if (!payload) return;
    const { total } = message;
    if (total > this.flags.maxMessage) {
      this.skipped++;
      const topic = showValue(topicBytes(message).toString());
      this.error(
        `message of ${total} bytes on ${topic} not printed: longer than --max-message ${this.flags.maxMessage}`,
      );
      return;
    }
    const opened = this.unseal(message, payload);
    if (!opened) return;
    if (!this.print(message, opened)) this.connection.pause();
    if (this.flags.removeRetained && message.retain) this.remove(message);
    this.received++;
    if (this.received === this.flags.count) this.finish(ExitCode.success);
  }

  onAcknowledged(): void {}

  onUnsubscribed(filter: Uint8Array): void {
    this.debug(`unsubscribed from ${Buffer.from(filter).toString()}`);
    if (this.filters.length === 0) this.finishAfterSubscribing();
  }

  onRoom(): void {}

  onFailed(failure: ConnectionFailure): void {
    this.refused = 0;
    this.answered = 0;
    // As mosquitto_sub: the first connection must succeed; a later one is tried again.
    if (this.everConnected && failure.kind !== FailureKind.refused && failure.kind !== FailureKind.tls) {
      this.error(`${describeFailure(failure)}; connecting again`);
      return;
    }
    this.error(describeFailure(failure));
    this.exitCode = exitCodeOf(failure);
    this.connection.close();
  }

  onStopped(): void {
    this.done?.();
  }

  private finish(exitCode: number): void {
    if (this.finished) return;
    this.finished = true;
    this.exitCode = exitCode;
    // Nothing more is read: what is not printed must not be acknowledged.
    this.connection.pause();
    this.connection.stop();
  }

  private finishAfterSubscribing(): void {
    if (this.flags.exitAfterSubscribing) this.finish(ExitCode.success);
  }

  private isWanted(message: IncomingMessage): boolean {
    const { skipRetained, retainedOnly } = this.flags;
    if (message.retain ? skipRetained : retainedOnly) return false;
    const { topic, topicFrom, topicTo } = message;
    return !this.filteredOut.some((filter) => topicMatches(filter, 0, filter.length, topic, topicFrom, topicTo));
  }

  /** An empty retained message removes what the broker retains [MQTT-3.3.1-10]. */
  private remove(message: IncomingMessage): void {
    const result = this.connection.publish(topicBytes(message), new Uint8Array(0), 0, true);
    if (result < 0) this.error(`retained message not removed: ${refusalText(result as Refusal)}`);
  }

  /** The payload, opened when --unseal asks for it. Undefined when it cannot be opened, which is said. */
  private unseal(message: IncomingMessage, payload: Buffer): Buffer | undefined {
    const { unseal } = this.flags;
    if (!unseal) return payload;
    const opened = unseal(payload);
    if (typeof opened !== 'string') return opened;
    this.skipped++;
    this.error(`message on ${showValue(topicBytes(message).toString())} not opened: ${opened}`);
    return undefined;
  }

  /** Returns false when standard output is slower than the broker. */
  private print(message: IncomingMessage, payload: Buffer): boolean {
    const { flags } = this;
    const { qos, retain, dup, packetId } = message;
    const topic = topicBytes(message);
    if (flags.json) {
      const content = isUtf8(payload) ? { payload: payload.toString() } : { payloadBase64: payload.toString('base64') };
      const line = { event: 'message', time: Date.now(), topic: topic.toString(), ...content, qos, retain, dup };
      return process.stdout.write(JSON.stringify(line) + '\n');
    }
    const end = Buffer.from(flags.noEol ? '' : '\n');
    if (flags.format) {
      const text = flags.format({ topic, payload, qos, retain, dup, packetId, received: new Date() });
      return process.stdout.write(Buffer.concat([text, end]));
    }
    const head = flags.verbose ? Buffer.concat([topic, Buffer.from(' ')]) : Buffer.alloc(0);
    return process.stdout.write(Buffer.concat([head, payload, end]));
  }

  private summarize(): void {
    if (this.flags.json) {
      process.stdout.write(JSON.stringify({ event: 'summary', received: this.received, skipped: this.skipped }) + '\n');
    } else if (this.exitCode === ExitCode.interrupted) {
      this.error(`interrupted: ${this.received} messages received`);
    }
  }

  private debug(text: string): void {
    if (this.flags.debug) debugLine(text);
  }

  private error(text: string): void {
    if (!this.flags.quiet) warn(text);
  }
}
