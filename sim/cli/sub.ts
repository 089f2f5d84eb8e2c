import { Connection, FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../../src/connection/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { BadInput } from '../bad-input.js';
import { nodePlatform } from '../hal/platform.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { describeFailure, ExitCode, exitCodeOf } from './failures.js';
import { checkFilter, qos, seconds, topicFilters, wholeNumber } from './parse-values.js';
import { debugLine, onInterrupt, warn } from './terminal.js';
import type { Command } from 'commander';

interface SubFlags extends ConnectionFlags {
  topic?: string[];
  qos: 0 | 1;
  verbose?: boolean;
  count?: number;
  timeout?: number;
  skipRetained?: boolean;
  noEol?: boolean;
  debug?: boolean;
  quiet?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ tagwire sub -t 'shed/#' -v
  $ tagwire sub -h broker.example -t shed/door -t shed/light -q 1
  $ tagwire sub -t shed/temperature -C 1 -W 10     one message, at most 10 seconds
  $ tagwire sub -t 'tagwire/#' --json

Exit codes: 0 done, 1 no connection, 1 to 5 the broker's refusal, 2 bad input, 8 TLS failed, 27 the time of -W is over,
130 Ctrl-C.
`;

const REFUSED = 0x80;

/** Adds `tagwire sub`. */
export function addSubCommand(program: Command): void {
  addConnectionFlags(program.command('sub'))
    .description('subscribe to topics and print what arrives, like mosquitto_sub')
    .option('-t, --topic <filter>', 'topic to subscribe to; may be repeated', topicFilters)
    .option('-q, --qos <qos>', 'quality of service, 0 or 1', qos, 0)
    .option('-v, --verbose', 'print the topic before each message')
    .option('-C, --count <messages>', 'end after so many messages', wholeNumber(1, 1e15 - 1))
    .option('-W, --timeout <seconds>', 'end after so many seconds', seconds)
    .option('-R, --skip-retained', 'do not print retained messages')
    .option('-N, --no-eol', 'print no end of line after a message')
    .option('-d, --debug', 'print what happens on the connection')
    .option('--quiet', 'print no errors')
    .option('--json', 'print one JSON object a message, and a last one as summary')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SubFlags & { eol: boolean }) => {
      process.exitCode = await new Subscriber({ ...flags, noEol: !flags.eol }).run();
    });
}

/** One run of `tagwire sub`. */
class Subscriber implements ConnectionHandler {
  private readonly flags: SubFlags;
  private readonly connection: Connection;
  private readonly filters: Uint8Array[];
  private exitCode: number = ExitCode.success;
  private everConnected = false;
  private received = 0;
  private refused = 0;
  /** Pieces of a message that --json prints whole. */
  private pieces: Buffer[] = [];
  private finished = false;
  private done: (() => void) | undefined;

  constructor(flags: SubFlags) {
    this.flags = flags;
    const options = connectionOptions(flags, 'sub');
    const topics = flags.topic ?? (options.topic === undefined ? [] : [options.topic]);
    if (topics.length === 0) throw new BadInput('no topic: give one with -t, or in the URL of -L');
    this.filters = [...new Set(topics)].map(checkFilter);
    options.maxSubscriptions = this.filters.length;
    options.receiveBufferSize = 65536 + 4;
    options.transmitArenaSize = 65536 * 2;
    options.maxPendingAcknowledgements = 256;
    this.connection = new Connection(options, nodePlatform(), this);
  }

  async run(): Promise<number> {
    const removeListener = onInterrupt(() => this.finish(ExitCode.interrupted));
    // `sub | head` closes the pipe: nobody reads any more.
    process.stdout.on('error', () => this.finish(ExitCode.success));
    process.stdout.on('drain', () => this.connection.resume());
    const { timeout } = this.flags;
    const timer = timeout === undefined ? undefined : setTimeout(() => this.finish(ExitCode.timeout), timeout * 1000);
    await new Promise<void>((resolve) => {
      this.done = resolve;
      for (const filter of this.filters) this.connection.subscribe(filter, this.flags.qos);
      this.debug('sending CONNECT');
      this.connection.start();
    });
    clearTimeout(timer);
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
    if (returnCode !== REFUSED) return this.debug(`subscribed to ${text} (q${returnCode})`);
    this.error(`the broker refused the subscription to ${text}`);
    this.refused++;
    if (this.refused === this.filters.length) this.finish(ExitCode.failure);
  }

  onMessage(message: IncomingMessage): void {
    if (this.finished) return;
    if (message.retain && this.flags.skipRetained) return;
    const last = message.offset + message.payloadTo - message.payloadFrom === message.total;
    const flowing = this.flags.json ? this.printJson(message, last) : this.printText(message, last);
    if (!flowing) this.connection.pause();
    if (!last) return;
    this.received++;
    if (this.received === this.flags.count) this.finish(ExitCode.success);
  }

  onAcknowledged(): void {}

  onUnsubscribed(): void {}

  onRoom(): void {}

  onFailed(failure: ConnectionFailure): void {
    this.pieces = [];
    this.refused = 0;
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
    this.connection.stop();
  }

  /** Returns false when standard output is slower than the broker. */
  private printText(message: IncomingMessage, last: boolean): boolean {
    const parts: Buffer[] = [];
    if (message.offset === 0 && this.flags.verbose) {
      parts.push(Buffer.from(message.topic.subarray(message.topicFrom, message.topicTo)), Buffer.from(' '));
    }
    parts.push(payloadOf(message));
    if (last && !this.flags.noEol) parts.push(Buffer.from('\n'));
    return process.stdout.write(Buffer.concat(parts));
  }

  private printJson(message: IncomingMessage, last: boolean): boolean {
    if (message.offset === 0) this.pieces = [];
    this.pieces.push(payloadOf(message));
    if (!last) return true;
    const payload = Buffer.concat(this.pieces);
    this.pieces = [];
    const text = payload.toString();
    const isText = Buffer.from(text).equals(payload);
    const line = {
      event: 'message',
      time: Date.now(),
      topic: Buffer.from(message.topic.subarray(message.topicFrom, message.topicTo)).toString(),
      ...(isText ? { payload: text } : { payloadBase64: payload.toString('base64') }),
      qos: message.qos,
      retain: message.retain,
      dup: message.dup,
    };
    return process.stdout.write(JSON.stringify(line) + '\n');
  }

  private summarize(): void {
    if (this.flags.json) {
      process.stdout.write(JSON.stringify({ event: 'summary', received: this.received }) + '\n');
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

function payloadOf(message: IncomingMessage): Buffer {
  return Buffer.from(message.payload.subarray(message.payloadFrom, message.payloadTo));
}
