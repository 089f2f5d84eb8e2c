import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseBase64 } from '../../src/bytes/base64.js';
import { Connection } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { BadInput, reasonOf, showValue } from '../bad-input.js';
import { nodePlatform, startTimer } from '../hal/platform.js';
import { readRing, writeRing } from '../virtual/recording/ring.js';
import type { RingDescription } from '../virtual/recording/ring.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { describeFailure, ExitCode, exitCodeOf } from './failures.js';
import { seconds } from './parse-values.js';
import { onInterrupt, warn } from './terminal.js';

interface DumpFlags extends ConnectionFlags {
  gateway: string;
  prefix: string;
  timeout: number;
}

const EXAMPLES = `
The device needs the configuration key recorder, and rpcAccess operate or all; see docs/rpc.md.

Examples:
  $ tagwire dump -h broker.example --gateway shed shed.ring
  $ tagwire sim --replay shed.ring --config shed.json --pcap shed.pcap

Exit codes: 0 success, 1 no connection or no answer, 1 to 5 refused by the broker (its return code), 2 bad input,
8 TLS failed, 130 interrupted.
`;

/** Adds `tagwire dump`. */
export function addDumpCommand(program: Command): void {
  addConnectionFlags(program.command('dump'))
    .description('fetch the last inputs of a device, which it keeps with the key recorder, for tagwire sim --replay')
    .argument('<file>', 'where to write them')
    .requiredOption('--gateway <name>', 'name of the device in topics')
    .option('--prefix <topic>', 'first levels of its topics', 'tagwire')
    .option('--timeout <seconds>', 'how long to wait for an answer', seconds, 10)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, flags: DumpFlags) => {
      process.exitCode = await new Dump(file, flags).run();
    });
}

/** What a device answers. */
interface Answer {
  result?: { at: number; size: number; now: number; time: number; data: string };
  error?: { message: string };
}

/** One run of `tagwire dump`. */
class Dump implements ConnectionHandler {
  private readonly connection: Connection;
  private readonly base: string;
  private readonly answers: Uint8Array;
  private readonly pieces: Uint8Array[] = [];
  private readonly patience;
  private length = 0;
  private size = 0;
  private description: RingDescription | undefined;
  private exitCode: number = ExitCode.success;
  private done: (() => void) | undefined;

  constructor(
    private readonly file: string,
    private readonly flags: DumpFlags,
  ) {
    const { prefix, gateway } = flags;
    this.base = `${prefix}/${gateway}`;
    if (/[+#/]/.test(gateway) || /[+#]/.test(prefix)) {
      throw new BadInput(`--gateway and --prefix must be levels of a topic, got ${showValue(this.base)}`);
    }
    this.answers = encodeUtf8(`${this.base}/res/dump-${process.pid}`);
    this.patience = { timer: startTimer(flags.timeout * 1000, () => this.fail(`no answer from ${gateway}`)) };
    // An answer comes in one piece.
    const options = { ...connectionOptions(flags, 'dump'), receiveBufferSize: 4096 };
    this.connection = new Connection(options, nodePlatform(), this);
  }

  async run(): Promise<number> {
    const removeListener = onInterrupt(() => {
      warn(`interrupted after ${this.length} bytes; the file is not written`);
      this.exitCode = ExitCode.interrupted;
      this.connection.close();
    });
    await new Promise<void>((resolve) => {
      this.done = resolve;
      this.connection.start();
    });
    removeListener();
    this.patience.timer.stop();
    if (this.exitCode !== ExitCode.success) return this.exitCode;
    return this.save();
  }

  onConnected(): void {
    this.connection.subscribe(this.answers, 1);
  }

  onSubscribed(_filter: Uint8Array, returnCode: number): void {
    if (returnCode > 2) this.fail('the broker refuses to let this client hear the answers');
    else this.ask();
  }

  onMessage({ topic, topicFrom, topicTo, payload, payloadFrom, payloadTo }: IncomingMessage): void {
    if (Buffer.compare(this.answers, topic.subarray(topicFrom, topicTo)) !== 0) return;
    let answer: Answer;
    try {
      answer = JSON.parse(Buffer.from(payload.subarray(payloadFrom, payloadTo)).toString()) as Answer;
    } catch {
      return this.fail('the answer is not JSON');
    }
    const { result, error } = answer;
    if (error) return this.fail(error.message);
    const bytes = result && parseBase64(result.data);
    if (!bytes || result.at !== this.length || !(result.size >= bytes.length)) {
      return this.fail('the answer is not that of recorder.dump');
    }
    const { now, time, size } = result;
    this.description ??= { gateway: this.flags.gateway, now, time };
    this.size = size;
    this.length += bytes.length;
    this.pieces.push(bytes);
    if (this.length < size && bytes.length > 0) this.ask();
    else this.connection.stop();
  }

  onAcknowledged(): void {}
  onUnsubscribed(): void {}
  onRoom(): void {}
  onSetAside(): void {
    this.fail('the broker ends the connection at the call');
  }

  onFailed(failure: ConnectionFailure): void {
    this.exitCode = exitCodeOf(failure);
    warn(describeFailure(failure));
    this.connection.close();
  }

  onStopped(): void {
    this.done?.();
  }

  private ask(): void {
    this.patience.timer.start(this.flags.timeout * 1000);
    const call = encodeUtf8(JSON.stringify({ method: 'recorder.dump', params: { at: this.length } }));
    this.connection.publish(encodeUtf8(`${this.base}/cmd/dump-${process.pid}`), call, 1, false);
    this.connection.flush();
  }

  private fail(text: string): void {
    warn(text);
    this.exitCode = ExitCode.failure;
    this.connection.close();
  }

  private save(): number {
    if (!this.description || this.length !== this.size) {
      warn(`${this.length} of ${this.size} bytes came; the file is not written`);
      return ExitCode.failure;
    }
    const file = writeRing(this.description, Buffer.concat(this.pieces));
    const { entries } = readRing(file);
    try {
      writeFileSync(this.file, file, { mode: 0o600 });
    } catch (error) {
      throw new BadInput(`${showValue(this.file)} cannot be written (${reasonOf(error)})`);
    }
    const span = ((entries.at(-1)?.at ?? 0) / 1000).toFixed(1);
    process.stdout.write(`${entries.length} inputs of ${span} s, ${this.size} bytes, written to ${this.file}\n`);
    return ExitCode.success;
  }
}
