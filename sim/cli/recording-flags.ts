import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import type { Firmware } from '../../src/device/index.js';
import type { Board } from '../../src/hal/index.js';
import { BadInput, reasonOf, showValue } from '../bad-input.js';
import { BtsnoopFile } from '../virtual/recording/btsnoop-file.js';
import { PcapFile } from '../virtual/recording/pcap-file.js';
import { RecordTap } from '../virtual/recording/recorder.js';
import { CaptureTap } from '../virtual/recording/tap.js';
import type { Tap, TappedStart } from '../virtual/recording/tap.js';
import { warn } from './terminal.js';

/** Flags that write down what passes between a simulated gateway and its surroundings. */
export interface RecordingFlags {
  pcap?: string;
  btsnoop?: string;
  record?: string;
  replay?: string;
}

/** Adds them, for runs in real time and in virtual time. */
export function addRecordingFlags(command: Command): void {
  command
    .option('--pcap <file>', 'write the MQTT traffic as pcap, for Wireshark; TLS is taken off')
    .option('--btsnoop <file>', 'write the advertisements as btsnoop, for Wireshark and --capture')
    .option('--record <file>', 'write all inputs of the run, with the configuration and its secrets, for --replay')
    .option(
      '--replay <file>',
      'repeat what --record wrote on --engine node or xs, and compare all that the device did',
    );
}

/** The files that the flags name, while a run writes to them. */
export interface OpenRecordings {
  /** For `RunOptions.taps`. */
  taps: readonly Tap[];
  /** For `tapBoard`, in real time. */
  captures: readonly Tap[];
  recording: RecordTap | undefined;
  /** Writes what is still in memory. */
  close(): void;
}

/** Opens the files that `flags` name. Throws `BadInput` when one cannot be written. */
export function openRecordings(flags: RecordingFlags): OpenRecordings {
  const { pcap, btsnoop, record } = flags;
  let recording: RecordTap | undefined;
  const files: OutputFile[] = [];
  const open = (path: string, kind: string): OutputFile => {
    try {
      const file = new OutputFile(path, kind);
      files.push(file);
      return file;
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  };
  const captures: Tap[] = [];
  if (pcap !== undefined || btsnoop !== undefined) {
    const packets = pcap === undefined ? undefined : open(pcap, '--pcap');
    const advertisements = btsnoop === undefined ? undefined : open(btsnoop, '--btsnoop');
    captures.push(
      new CaptureTap(
        packets && new PcapFile((bytes) => packets.write(bytes)),
        advertisements && new BtsnoopFile((bytes) => advertisements.write(bytes)),
      ),
    );
  }
  if (record !== undefined) {
    const file = open(record, '--record');
    recording = new RecordTap((bytes) => file.write(bytes));
  }
  return {
    captures,
    recording,
    taps: recording ? [...captures, recording] : captures,
    close() {
      recording?.finish();
      for (const file of files) file.close();
    },
  };
}

/** The parts of `board`, which runs in real time, behind `taps`. */
export function tapBoard(board: Board, name: string, taps: readonly Tap[]): Board {
  if (taps.length === 0) return board;
  const start = realStart(name);
  const wrap = <P extends Parameters<Tap['wrap']>[0]>(parts: P): P =>
    taps.reduce((inner, tap) => tap.wrap(inner, start), parts);
  const { scanner, transport, makePlatform } = board;
  const parts = wrap({ makeTransport: () => transport, ...(scanner && { scanner }) });
  return {
    ...board,
    ...(parts.scanner && { scanner: parts.scanner }),
    transport: parts.makeTransport(),
    ...(makePlatform && {
      makePlatform: () => {
        const platform = makePlatform();
        return { ...platform, transport: wrap({ makeTransport: () => platform.transport }).makeTransport() };
      },
    }),
  };
}

/** The start of a gateway that runs in real time. */
export function realStart(name: string, firmware: () => Firmware | undefined = () => undefined): TappedStart {
  const begin = performance.now();
  return {
    ...{ device: 0, name, board: 'desktop', settings: {}, restartReason: '', mac: '' },
    get firmware() {
      return firmware();
    },
    worldTime: () => performance.now() - begin,
    unixTime: () => performance.timeOrigin + performance.now(),
  };
}

/** Bytes gathered before they are written. */
const GATHERED = 65_536;
/** So often in real time what was gathered is written, since a process may be killed. */
const WRITE_MILLISECONDS = 1000;

/** A file that is written from its beginning on. What it cannot take is told once, and the run goes on. */
class OutputFile {
  private readonly file: number;
  private readonly buffer = new Uint8Array(GATHERED);
  private length = 0;
  private failed = false;
  private readonly timer: NodeJS.Timeout;

  /** Throws `BadInput`. `flag` names it in messages. Only its owner may read it. */
  constructor(
    private readonly path: string,
    private readonly flag: string,
  ) {
    try {
      this.file = openSync(path, 'w', 0o600);
    } catch (error) {
      throw new BadInput(`${flag}: ${showValue(path)} cannot be written (${reasonOf(error)})`);
    }
    this.timer = setInterval(() => this.flush(), WRITE_MILLISECONDS);
    this.timer.unref();
  }

  write(bytes: Uint8Array): void {
    if (this.length + bytes.length > GATHERED) this.flush();
    if (bytes.length > GATHERED) {
      this.put(bytes);
      return;
    }
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const { length } = this;
    this.length = 0;
    if (length > 0) this.put(this.buffer.subarray(0, length));
  }

  private put(bytes: Uint8Array): void {
    if (this.failed) return;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    } catch (error) {
      this.failed = true;
      warn(`${this.flag}: ${showValue(this.path)} cannot be written (${reasonOf(error)}); it ends here`);
    }
  }
}
