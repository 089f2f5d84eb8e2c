import { Connection, FailureKind, setAsideText } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, SetAsideMessage } from '../../src/connection/index.js';
import { CloseReason, encodeUtf8, publishStream, Refusal, refusalText } from '../../src/mqtt/index.js';
import type { Timer } from '../../src/hal/index.js';
import { BadInput } from '../bad-input.js';
import { nodePlatform, startTimer } from '../hal/platform.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { describeFailure, ExitCode, exitCodeOf } from './failures.js';
import { bytesPayload, filePayload } from './file-source.js';
import type { Payload } from './file-source.js';
import { LineReader } from './line-reader.js';
import { checkTopic, integer, qos, seconds, topicName, utf8Text } from './parse-values.js';
import { debugLine, onInterrupt, warn } from './terminal.js';
import type { Command } from 'commander';
import type { Readable } from 'node:stream';

interface PubFlags extends ConnectionFlags {
  topic?: string;
  message?: string;
  file?: string;
  stdinFile?: boolean;
  nullMessage?: boolean;
  stdinLine?: boolean;
  repeat: number;
  repeatDelay?: number;
  qos: 0 | 1;
  retain?: boolean;
  debug?: boolean;
  quiet?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ tagwire pub -t shed/temperature -m 21.5
  $ tagwire pub -h broker.example -t shed/door -m open -q 1 -r
  $ tagwire pub -L mqtts://ann:secret@broker.example/shed/log -f today.log
  $ tail -f sensor.log | tagwire pub -t shed/log -l -q 1
  $ tagwire pub -t shed/pulse -m tick --repeat 60 --repeat-delay 1

Exit codes: 0 success, 1 no connection, 1 to 5 refused by the broker (its return code), 2 bad input, 8 TLS failed,
9 the broker closed the connection three times at a message, 130 interrupted.
`;

/** Messages of at most this many bytes go into the arena whole; longer ones are streamed. */
const ARENA_SIZE = 262144;
const LARGEST_WHOLE = 65536;
const WINDOW = 64;

/** Adds `tagwire pub`. */
export function addPubCommand(program: Command): void {
  addConnectionFlags(program.command('pub'))
    .description('publish a message, a file, or each line of standard input, like mosquitto_pub')
    .option('-t, --topic <topic>', 'topic to publish to', topicName)
    .option('-m, --message <text>', 'the message', utf8Text)
    .option('-f, --file <file>', 'send the contents of a file as the message')
    .option('-s, --stdin-file', 'send all of standard input as one message')
    .option('-n, --null-message', 'send an empty message')
    .option('-l, --stdin-line', 'send each line of standard input as one message')
    .option('-q, --qos <qos>', 'quality of service, 0 or 1', qos, 0)
    .option('-r, --retain', 'make the broker retain the message')
    .option('--repeat <count>', 'publish the message of -m, -f, -s or -n this many times', integer(1, 1e9), 1)
    .option('--repeat-delay <seconds>', 'wait this long between two of them', seconds)
    .option('-d, --debug', 'print what happens on the connection')
    .option('--quiet', 'print no errors')
    .option('--json', 'print a summary as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: PubFlags) => {
      process.exitCode = await new Publication(flags).run();
    });
}

/** One run of `tagwire pub`. */
class Publication implements ConnectionHandler {
  private readonly flags: PubFlags;
  private readonly connection: Connection;
  private readonly topic: Uint8Array;
  private readonly lines: boolean;
  private payload: Payload | undefined;
  private reader: LineReader | undefined;
  private exitCode: number = ExitCode.success;
  private everConnected = false;
  private published = 0;
  private acknowledged = 0;
  private inputEnded = false;
  private repeated = 0;
  /** Runs between two messages of --repeat. */
  private delay: Timer | undefined;
  private done: (() => void) | undefined;

  constructor(flags: PubFlags) {
    this.flags = flags;
    const options = connectionOptions(flags, 'pub');
    const topic = flags.topic ?? options.topic;
    if (topic === undefined) throw new BadInput('no topic: give one with -t, or in the URL of -L');
    this.topic = checkTopic(topic);
    this.lines = flags.stdinLine ?? false;
    const inputs = [flags.message, flags.file, flags.stdinFile, flags.nullMessage, flags.stdinLine];
    if (inputs.filter((input) => input !== undefined).length !== 1) {
      throw new BadInput('exactly one of -m, -f, -s, -n and -l says what to publish');
    }
    if (flags.repeatDelay !== undefined && flags.repeat === 1) throw new BadInput('--repeat-delay needs --repeat');
    if (this.lines && flags.repeat > 1) throw new BadInput('--repeat excludes -l: it repeats a single message');
    if (flags.message !== undefined) this.payload = bytesPayload(encodeUtf8(flags.message));
    if (flags.nullMessage) this.payload = bytesPayload(new Uint8Array(0));
    if (flags.file !== undefined) this.payload = filePayload(flags.file);
    options.transmitArenaSize = ARENA_SIZE;
    options.maxInFlight = WINDOW;
    options.maxQueued = 4096;
    // Patience here, because every wait below has a deadline of its own.
    options.drainTimeout = 3600000;
    // When a message is set aside, so long a connection without it shows that it was to blame.
    options.stableTime = 3000;
    this.connection = new Connection(options, nodePlatform(), this);
  }

  async run(): Promise<number> {
    if (this.flags.stdinFile) this.payload = bytesPayload(await readAll(process.stdin));
    const removeListener = onInterrupt(() => {
      this.exitCode = ExitCode.interrupted;
      this.reader?.stop();
      this.connection.close();
    });
    await new Promise<void>((resolve) => {
      this.done = resolve;
      this.debug('sending CONNECT');
      this.connection.start();
    });
    removeListener();
    this.delay?.stop();
    this.payload?.close();
    this.summarize();
    return this.exitCode;
  }

  onConnected(sessionPresent: boolean): void {
    this.debug(`received CONNACK (session present: ${sessionPresent ? 'yes' : 'no'})`);
    if (this.everConnected) return this.onRoom();
    this.everConnected = true;
    if (this.lines) {
      const take = (line: Buffer): boolean => this.publish(bytesPayload(line), line);
      this.reader = new LineReader(process.stdin, take, () => this.inputEnd());
    } else {
      this.onRoom();
    }
  }

  onRoom(): void {
    if (this.reader) return this.reader.resume();
    // Streamed from its beginning each time.
    while (this.payload && !this.inputEnded && !this.delay) {
      if (!this.publish(this.payload, undefined)) return;
      if (++this.repeated === this.flags.repeat) return this.inputEnd();
      const { repeatDelay } = this.flags;
      if (repeatDelay === undefined) continue;
      this.delay = startTimer(repeatDelay * 1000, () => {
        this.delay = undefined;
        this.onRoom();
      });
    }
  }

  onAcknowledged(packetId: number): void {
    this.acknowledged++;
    this.debug(`received PUBACK (${packetId})`);
    if (this.reader) this.reader.resume();
    this.stopWhenDone();
  }

  onSetAside(message: SetAsideMessage): void {
    this.error(setAsideText(message));
    this.exitCode = ExitCode.rejected;
    if (this.reader) this.reader.resume();
    this.stopWhenDone();
  }

  onMessage(): void {}

  onSubscribed(): void {}

  onUnsubscribed(): void {}

  onFailed(failure: ConnectionFailure): void {
    this.debug(`connection failed: ${failure.detail}`);
    if (failure.closeReason === CloseReason.payloadSourceFailed) {
      this.error('the file became shorter, or could no longer be read, while it was sent');
      this.exitCode = ExitCode.failure;
      return this.connection.close();
    }
    // As mosquitto_pub: the first connection must succeed; a later one is tried again.
    if (this.everConnected && failure.kind !== FailureKind.refused && failure.kind !== FailureKind.tls) {
      this.error(`${describeFailure(failure)}; connecting again`);
      return;
    }
    this.error(describeFailure(failure));
    this.exitCode = exitCodeOf(failure);
    this.reader?.stop();
    this.connection.close();
  }

  onStopped(): void {
    if (this.exitCode === ExitCode.success && !this.connection.session.drained) {
      this.error('the connection was lost before everything was sent');
      this.exitCode = ExitCode.failure;
    }
    this.done?.();
  }

  /** Returns false when there is no room now. */
  private publish(payload: Payload, whole: Uint8Array | undefined): boolean {
    const { qos, retain } = this.flags;
    const result =
      whole && whole.length <= LARGEST_WHOLE
        ? this.connection.publish(this.topic, whole, qos, retain ?? false)
        : publishStream(this.connection.session, this.topic, payload.source, payload.length, qos, retain ?? false);
    this.connection.flush();
    if (result === Refusal.full || result === Refusal.streaming || result === Refusal.notConnected) return false;
    if (result < 0) {
      this.error(`message of ${payload.length} bytes refused: ${refusalText(result as Refusal)}`);
      this.exitCode = ExitCode.badInput;
      return true;
    }
    this.published++;
    this.debug(`sending PUBLISH (q${qos}, r${retain ? 1 : 0}, m${result}, ${payload.length} bytes)`);
    return true;
  }

  private inputEnd(): void {
    this.inputEnded = true;
    this.stopWhenDone();
  }

  private stopWhenDone(): void {
    if (!this.inputEnded) return;
    if (this.flags.qos === 1 && this.connection.session.inFlight > 0) return;
    this.connection.stop();
  }

  private summarize(): void {
    const lost = this.flags.qos === 1 ? this.published - this.acknowledged : 0;
    if (this.flags.json) {
      const { published, acknowledged } = this;
      process.stdout.write(JSON.stringify({ event: 'summary', published, acknowledged, lost }) + '\n');
    } else if (this.exitCode === ExitCode.interrupted) {
      const acknowledged = this.flags.qos === 1 ? `, ${this.acknowledged} acknowledged, ${lost} not` : '';
      this.error(`interrupted: ${this.published} published${acknowledged}`);
    }
  }

  private debug(text: string): void {
    if (this.flags.debug) debugLine(text);
  }

  private error(text: string): void {
    if (!this.flags.quiet) warn(text);
  }
}

async function readAll(input: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
