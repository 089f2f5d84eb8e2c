import { CLOUDS } from '../../src/cloud/profiles.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import type { Gateway } from '../../src/device/gateway.js';
import { DROP_RULES, droppedBy } from '../../src/device/outbox-statistics.js';
import type { Configuration } from '../../src/settings/configuration.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import type { Reading } from '../../src/tags/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { XsnapBoard } from './board.js';
import { Call, Counter, Event, EventOffset } from './channel.js';
import type { FailureReport, XsnapConfiguration } from './channel.js';
import { EngineFirmware, withoutLimits } from './engine-firmware.js';
import type { EngineFirmwareHandler } from './engine-firmware.js';

/** Tells the host what the gateway does. */
export class GatewayReports implements EngineFirmwareHandler {
  private readonly board: XsnapBoard;

  constructor(board: XsnapBoard) {
    this.board = board;
  }

  onConnected(): void {
    this.board.calls.issue(Call.connected, 0, this.board.transport.opened, 0, 0);
  }

  onFailed(failure: ConnectionFailure): void {
    const { kind, detail, wasConnected, closeReason, returnCode, retryIn } = failure;
    const endpoint = this.board.transport.indexOf(failure.endpoint);
    // JSON has no Infinity.
    const wait = retryIn === Infinity ? -1 : retryIn;
    const report: FailureReport = { kind, detail, endpoint, wasConnected, closeReason, returnCode, retryIn: wait };
    this.board.calls.issueText(Call.failed, 0, JSON.stringify(report));
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.board.calls.issueBytes(Call.tag, reading.format, rssi, address, 0, address.length);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.board.calls.issueBytes(Call.published, 0, packetId, payload, from, to);
  }

  onStopped(): void {
    this.board.calls.issue(Call.stopped, 0, 0, 0, 0);
  }

  onNotice(text: string): void {
    this.board.line(text);
  }
}

/** Puts the firmware together. Throws a RangeError of one line. */
export function makeFirmware(configuration: XsnapConfiguration, board: XsnapBoard): EngineFirmware {
  const { settings, limits, clouds: names, backoff, networkUp, flash } = configuration;
  board.up = networkUp;
  board.useFlash(flash);
  const { tags, ...rest } = limits;
  const linked = CLOUDS.filter(({ name }) => names.includes(name));
  const clouds = limits.unchecked ? linked.map(withoutLimits) : linked;
  const target = { ...rest, clouds, ...(tags && { tags: { ...tags, parse: parseTagConfiguration } }) };
  const configure = ({ connection }: Configuration): void => {
    if (backoff) connection.backoff = backoff;
  };
  return EngineFirmware.boot({ settings, target, configure }, board, new GatewayReports(board));
}

/**
 * Takes the host's events, one at a time, to the parts of the board, and replies with the gateway's counters.
 *
 * What an event costs cannot be less than the engine's ArrayBuffer for it (3 slots) and one view of that (7 slots):
 * the bytes are copied to where they can be read without more.
 */
export class Events {
  private readonly board: XsnapBoard;
  private readonly view: DataView;
  private readonly reply = new ArrayBuffer(4 * Counter.size);
  private readonly counters = new Uint32Array(this.reply);
  private firmware: EngineFirmware | undefined;

  constructor(board: XsnapBoard) {
    this.board = board;
    this.view = new DataView(board.event.buffer);
  }

  /** Handles one event; the reply is valid until the next one. */
  handle(command: ArrayBuffer): ArrayBuffer {
    const bytes = new Uint8Array(command);
    this.counters[Counter.consumed] = 0;
    if (bytes[EventOffset.event] === Event.configure) {
      this.firmware = makeFirmware(JSON.parse(text(bytes, bytes.length)) as XsnapConfiguration, this.board);
    } else {
      this.board.event.set(bytes);
      this.board.clock.set(
        this.view.getFloat64(EventOffset.now, true),
        this.view.getFloat64(EventOffset.unixTime, true),
      );
      this.dispatch(bytes.length);
    }
    if (this.firmware) this.count(this.firmware.gateway);
    return this.reply;
  }

  private dispatch(length: number): void {
    const { board, view } = this;
    const { event } = board;
    switch (event[EventOffset.event]) {
      case Event.collect:
        return gc();
      case Event.start:
        return this.firmware?.start();
      case Event.stop:
        return this.firmware?.stop();
      case Event.network:
        return board.networkChanged(event[EventOffset.small] === 1);
      case Event.timer:
        return board.timers.fired(view.getUint32(EventOffset.number, true));
      case Event.resolved:
        return board.resolver.onResolved(text(event, length));
      case Event.unresolved:
        return board.resolver.onUnresolved(text(event, length));
      case Event.opened:
        return board.transport.onOpen();
      case Event.received:
        this.counters[Counter.consumed] = board.transport.onReceive(event, EventOffset.body, length);
        return;
      case Event.writable:
        return board.transport.onWritable();
      case Event.closed:
        return board.transport.onClose(event[EventOffset.small]!, text(event, length));
      case Event.advertisements:
        return board.scanner.heard(view.getUint16(EventOffset.count, true), EventOffset.body);
      case Event.flashSynced:
        return board.flash?.onSynced();
      default:
        throw new RangeError('event ' + event[EventOffset.event] + ' is not known');
    }
  }

  private count(gateway: Gateway): void {
    const { counters } = this;
    const { connection } = gateway;
    counters[Counter.connects] = gateway.connects;
    counters[Counter.endpoint] = this.board.transport.indexOf(connection.endpoint);
    if (!gateway.reporter) return;
    const { control, queue, outbox } = gateway.reporter;
    counters[Counter.advertisements] = control.advertisements;
    counters[Counter.readings] = outbox.appendedCount;
    counters[Counter.published] = queue.published;
    counters[Counter.acknowledged] = outbox.acknowledgedCount;
    counters[Counter.notCarried] = outbox.notCarriedCount;
    counters[Counter.inFlight] = outbox.inFlightCount;
    counters[Counter.waiting] = outbox.waitingCount;
    counters[Counter.persisted] = queue.persistedCount;
    counters[Counter.dropped] = outbox.droppedCount + outbox.refusedCount;
    for (let rule = 0; rule < DROP_RULES.length; rule++) counters[Counter.drops + rule] = droppedBy(outbox, rule);
  }
}

/** The text that an event of `length` bytes carries. */
function text(event: Uint8Array, length: number): string {
  return new TextDecoder().decode(event.subarray(EventOffset.body, length));
}

const events = new Events(new XsnapBoard());
// xsnap-worker calls this global function for each command of the host, with a new ArrayBuffer each time.
Object.assign(globalThis, { handleCommand: (command: ArrayBuffer) => events.handle(command) });
