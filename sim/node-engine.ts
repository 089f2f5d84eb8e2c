import type { ConnectionFailure } from '../src/connection/index.js';
import { bootFirmware, Firmware } from '../src/device/firmware.js';
import type { FirmwareFeatures } from '../src/device/firmware.js';
import { TagReporter } from '../src/device/index.js';
import type { TagReporterHandler, TagReporterOptions } from '../src/device/index.js';
import { openFlashLog } from '../src/device/open-flash-log.js';
import { OutboxStatistics } from '../src/device/outbox-statistics.js';
import type { CloudDefinition } from '../src/cloud/index.js';
import { PlainTagProfile } from '../src/cloud/plain/plain-tags.js';
import type { Board, Endpoint } from '../src/hal/index.js';
import { makeKeptRpc } from '../src/rpc/index.js';
import { PersistedPolicies, RemoteConfiguration } from '../src/settings/index.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from '../src/settings/index.js';
import type { Reading } from '../src/tags/index.js';
import type { Report } from '../src/telemetry/index.js';
import type { FlashLog } from '../src/telemetry/outbox/flash-log.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine, GatewayEngineHandler } from './gateway-engine.js';

/** What a gateway inside this process is made of, beside its board. */
export interface NodeEngineOptions {
  /** What is built into it. */
  settings: RawConfiguration;
  /** What its configuration is judged by. */
  target: ConfigurationTarget & { clouds: readonly CloudDefinition[] };
  /** Called with the configuration that counts, before the firmware is made of it. */
  configure?(configuration: Configuration): void;
  /** False: readings stay in memory, though the board has flash for them. Default: true. */
  keepsReadings?: boolean;
  ring?: TagReporterOptions['ring'];
  /** Makes further parts, which may work on its tag side; absent on a board without a scanner. */
  makeParts?(
    reporter: TagReporter | undefined,
    configuration: Configuration,
    flashLog: FlashLog | undefined,
  ): ReturnType<NonNullable<FirmwareFeatures['makeParts']>>;
}

/** The firmware of a board, which tells an engine's handler what happens instead of its log. */
class EngineFirmware extends Firmware {
  engine: NodeEngine | undefined;

  override onConnected(): void {
    this.engine?.onConnected();
  }

  override onFailed(failure: ConnectionFailure): void {
    this.engine?.onFailed(failure);
  }

  override onStopped(): void {
    this.engine?.onStopped();
  }
}

/** A gateway inside this process: the firmware that ships, composed as boards/desktop/device.ts composes it. */
export class NodeEngine implements GatewayEngine, TagReporterHandler {
  readonly name = 'node';
  /** Where the board keeps reports and messages; undefined without flash. */
  flashLog: FlashLog | undefined;
  private readonly firmware: EngineFirmware;

  /** Throws a RangeError of one line that names what is wrong, and what is allowed where it is a setting. */
  constructor(
    options: NodeEngineOptions,
    board: Board,
    private readonly handler: GatewayEngineHandler,
  ) {
    const { settings, target, configure, keepsReadings = true, ring, makeParts } = options;
    let lastLine = '';
    const log = {
      line: (text: string): void => {
        lastLine = text;
        handler.onLog(text);
      },
    };
    const logged: Board = { ...board, log };
    const firmware = bootFirmware({
      builtIn: settings,
      target,
      board: logged,
      launch: (configuration, { trial, settings: persisted }, notice) => {
        configure?.(configuration);
        return new EngineFirmware(configuration, logged, {
          clouds: target.clouds,
          openFlashLog: (on, configured, tell) => (this.flashLog = openFlashLog(on, configured, tell)),
          makeReporter: ({ tags, gateway, prefix }, on, _log, profile, flashLog) =>
            tags &&
            on.scanner &&
            new TagReporter(
              {
                ...tags,
                profile: profile ?? new PlainTagProfile({ gateway, prefix }),
                ...(flashLog && keepsReadings && { flashLog }),
                ...(ring && { ring }),
              },
              on,
              this,
            ),
          makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
          makeRpc: makeKeptRpc,
          makeParts: (reporter, configured, _on, flashLog) => makeParts?.(reporter, configured, flashLog) ?? [],
          trial,
          notice,
          remote: new RemoteConfiguration(persisted, trial),
        });
      },
    }) as EngineFirmware | undefined;
    if (!firmware) throw new RangeError(lastLine);
    this.firmware = firmware;
    firmware.engine = this;
  }

  get endpoint(): Endpoint {
    return this.firmware.gateway.connection.endpoint;
  }

  get counts(): GatewayCounts {
    const { reporter, connects } = this.firmware.gateway;
    if (!reporter) return { ...NOTHING, connects };
    const { control, queue, outbox } = reporter;
    return {
      advertisements: control.advertisements,
      readings: outbox.appendedCount,
      published: queue.published,
      acknowledged: outbox.acknowledgedCount,
      notCarried: outbox.notCarriedCount,
      inFlight: outbox.inFlightCount,
      waiting: outbox.waitingCount,
      persisted: queue.persistedCount,
      dropped: outbox.droppedCount + outbox.refusedCount,
      connects,
    };
  }

  get drops(): DropCounts {
    const { gateway, board } = this.firmware;
    if (!gateway.reporter) return {};
    const statistics = new OutboxStatistics(gateway.reporter.queue, board.store);
    return Object.fromEntries(statistics.reasons().map(({ name, count }) => [name, count]));
  }

  start(): void {
    this.firmware.start();
  }

  stop(): void {
    this.firmware.stop();
  }

  measure(): Promise<EngineMeter | undefined> {
    return Promise.resolve(undefined);
  }

  end(): Promise<void> {
    this.firmware.gateway.close();
    return Promise.resolve();
  }

  // What its firmware tells

  onConnected(): void {
    this.handler.onConnected(this.endpoint);
  }

  onFailed(failure: ConnectionFailure): void {
    this.handler.onFailed(failure);
  }

  onStopped(): void {
    this.handler.onStopped();
  }

  // TagReporterHandler

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    this.handler.onTag(address, rssi, reading.format);
  }

  onPublished(_report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void {
    this.handler.onPublished(packetId, payload.subarray(from, to));
  }

  onNotice(text: string): void {
    this.handler.onLog(text);
  }
}

/** Of a board without a scanner. */
const NOTHING: GatewayCounts = Object.freeze({
  advertisements: 0,
  readings: 0,
  published: 0,
  acknowledged: 0,
  notCarried: 0,
  inFlight: 0,
  waiting: 0,
  persisted: 0,
  dropped: 0,
  connects: 0,
});
