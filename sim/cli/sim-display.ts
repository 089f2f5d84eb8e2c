import type { ConnectionFailure } from '../../src/connection/index.js';
import type { Endpoint } from '../../src/hal/index.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine } from '../gateway-engine.js';
import { describeFailure } from './failures.js';
import { warn } from './terminal.js';

/** The numbers of a running gateway. */
export interface SimFigures extends Omit<GatewayCounts, 'connects'> {
  engine: GatewayEngine['name'];
  seconds: number;
  tags: number;
  reconnections: number;
  /** Of `dropped`: by which rule. */
  droppedBy: DropCounts;
  /** Absent when the engine has no meter. */
  memory?: EngineMeter;
}

/** How `tagwire sim` shows what happens. */
export interface SimDisplay {
  started(gateway: string, broker: string, embedded: boolean, source: string): void;
  connected(broker: string): void;
  /** Said once per change: the same failure again is not told again until there was a connection. */
  failed(failure: ConnectionFailure): void;
  tag(address: string, format: string, rssi: number): void;
  /** `payload` is valid until the call returns. */
  reading(packetId: number, payload: Uint8Array): void;
  /** Once a second. */
  progress(figures: SimFigures): void;
  /** A line that the firmware wrote on its console. */
  log(line: string): void;
  stopping(): void;
  /** The engine died. */
  died(problem: string): void;
  summary(figures: SimFigures, lost: number): void;
}

/** For people: `mqtt://host:port`. */
export function brokerName(endpoint: Endpoint): string {
  const { host, port, tls } = endpoint;
  return `${tls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** For people: lines on standard output, and on a terminal a last line that is renewed. */
export class TextDisplay implements SimDisplay {
  private readonly terminal = process.stdout.isTTY === true;
  private readonly verbose: boolean;
  private lastFailure = '';
  private lastFigures: SimFigures | undefined;
  private lastPrinted = 0;

  constructor(verbose: boolean) {
    this.verbose = verbose;
  }

  started(gateway: string, broker: string, embedded: boolean, source: string): void {
    this.line(`gateway ${gateway}, tags from ${source}`);
    if (!embedded) return this.line(`broker ${broker}`);
    const port = new URL(broker).port;
    this.line(`broker ${broker}, inside this process; to watch it: npx tagwire sub -p ${port} -t 'tagwire/#' -v`);
  }

  connected(broker: string): void {
    this.lastFailure = '';
    this.line(`connected to ${broker}`);
  }

  failed(failure: ConnectionFailure): void {
    const text = describeFailure(failure);
    if (text === this.lastFailure) return;
    this.lastFailure = text;
    this.line(`${failure.wasConnected ? 'connection lost' : 'no connection'}: ${text}; trying again`);
  }

  tag(address: string, format: string, rssi: number): void {
    this.line(`tag ${address} ${format} ${rssi} dBm`);
  }

  reading(_packetId: number, payload: Uint8Array): void {
    if (this.verbose) this.line(lineOf(payload) ?? hexOf(payload));
  }

  progress(figures: SimFigures): void {
    const before = this.lastFigures;
    this.lastFigures = figures;
    if (!this.terminal && figures.seconds - this.lastPrinted < 5) return;
    this.lastPrinted = figures.seconds;
    const text = figures.memory ? memoryProgress(figures, figures.memory, before) : progressText(figures, before);
    // A line that wraps could not be renewed.
    if (this.terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else this.line(text);
  }

  log(line: string): void {
    this.line(line);
  }

  stopping(): void {
    this.line('stopping: waiting for acknowledgements (Ctrl-C again ends at once)');
  }

  died(problem: string): void {
    if (this.terminal) process.stdout.write('\r\x1b[K');
    warn(`the XS engine died: ${problem}`);
  }

  summary(figures: SimFigures, lost: number): void {
    const persisted = figures.persisted > 0 ? `${figures.persisted} persisted, ` : '';
    const notCarried = figures.notCarried > 0 ? `${figures.notCarried} not carried by the cloud, ` : '';
    this.line(
      `ended after ${figures.seconds.toFixed(1)} s: ${figures.advertisements} advertisements seen, ` +
        `${figures.published} readings published, ${figures.acknowledged} acknowledged, ` +
        `${notCarried}${persisted}${lost} lost` +
        `${dropText(figures)}, ` +
        `${figures.reconnections} reconnections`,
    );
    const { memory } = figures;
    if (!memory) return;
    this.line(
      `memory on XS: ${memory.slots} slots in use, ${memory.peakSlots} at the peak with garbage, beside ` +
        `${memory.engineSlots} of the engine and the loaded modules` +
        (figures.published === 0
          ? ''
          : `; ${memory.computePerReading} steps of the interpreter per published reading, all its work counted`),
    );
  }

  private line(text: string): void {
    process.stdout.write(this.terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }
}

/** Of what is lost: what a rule of the outbox dropped. */
function dropText({ droppedBy }: SimFigures): string {
  const drops = Object.entries(droppedBy).map(([rule, count]) => `${rule} ${count}`);
  return drops.length === 0 ? '' : ` (dropped: ${drops.join(', ')})`;
}

function progressText(figures: SimFigures, before: SimFigures | undefined): string {
  const waiting = waitingText(figures);
  return (
    `${figures.seconds.toFixed(0)} s: ${figures.tags} tags, ` +
    `${perSecond('advertisements', figures, before)} adv/s, ` +
    `${perSecond('published', figures, before)} readings/s, ${waiting}${figures.inFlight} in flight, ` +
    `${figures.acknowledged} acknowledged, ${figures.reconnections} reconnections`
  );
}

/** What the outbox holds, and what it had no room for; nothing when all goes well. */
function waitingText({ waiting, dropped }: SimFigures): string {
  return (waiting > 0 ? `${waiting} waiting, ` : '') + (dropped > 0 ? `${dropped} dropped, ` : '');
}

/** With the meter of the engine there is room for less of the rest. */
function memoryProgress(figures: SimFigures, memory: EngineMeter, before: SimFigures | undefined): string {
  const waiting = waitingText(figures);
  const compute = figures.published === 0 ? '' : `, ${Math.round(memory.computePerReading / 1000)}k compute/reading`;
  return (
    `${figures.seconds.toFixed(0)} s: ${figures.tags} tags, ` +
    `${perSecond('published', figures, before)} readings/s, ${waiting}${figures.acknowledged} acknowledged, ` +
    `${memory.slots} slots, peak ${memory.peakSlots}${compute}`
  );
}

function perSecond(count: 'advertisements' | 'published', now: SimFigures, before: SimFigures | undefined): string {
  return ((now[count] - (before?.[count] ?? 0)) / (now.seconds - (before?.seconds ?? 0))).toFixed(1);
}

/** For machines: one JSON object a line. */
export class JsonDisplay implements SimDisplay {
  started(gateway: string, broker: string, embedded: boolean, source: string): void {
    this.event({ event: 'started', gateway, broker, embedded, source });
  }

  connected(broker: string): void {
    this.event({ event: 'connected', broker });
  }

  failed(failure: ConnectionFailure): void {
    const { wasConnected, retryIn } = failure;
    const problem = describeFailure(failure);
    this.event({ event: 'disconnected', problem, wasConnected, retryInMilliseconds: Math.round(retryIn) });
  }

  tag(address: string, format: string, rssi: number): void {
    this.event({ event: 'tag', address, format, rssi });
  }

  reading(packetId: number, payload: Uint8Array): void {
    const reading = jsonOf(payload);
    this.event({ event: 'reading', packetId, ...(reading === undefined ? { hex: hexOf(payload) } : { reading }) });
  }

  progress(figures: SimFigures): void {
    this.event({ event: 'progress', ...figures });
  }

  log(line: string): void {
    this.event({ event: 'log', line });
  }

  stopping(): void {
    this.event({ event: 'stopping' });
  }

  died(problem: string): void {
    this.event({ event: 'died', problem });
    warn(`the XS engine died: ${problem}`);
  }

  summary(figures: SimFigures, lost: number): void {
    this.event({ event: 'summary', ...figures, lost });
  }

  private event(event: object): void {
    process.stdout.write(JSON.stringify({ time: Date.now(), ...event }) + '\n');
  }
}

/** A payload as one line of text; undefined when it is something else, such as CBOR or sealed. */
function lineOf(payload: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    return /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What a payload of JSON says; undefined when it is something else. */
function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(lineOf(payload) ?? '') as unknown;
  } catch {
    return undefined;
  }
}

function hexOf(payload: Uint8Array): string {
  return Buffer.from(payload).toString('hex');
}
