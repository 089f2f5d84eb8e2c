import type { CloudDefinition } from '../../src/cloud/definition.js';
import { MQTT_LIMITS } from '../../src/cloud/limits.js';
import type { GatewayPart } from '../../src/cloud/part.js';
import { PlainTagProfile } from '../../src/cloud/plain/plain-tags.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { makeRecorder } from '../../src/device/recorder.js';
import { TagReporter } from '../../src/device/tag-reporter.js';
import type { TagReporterHandler, TagReporterOptions } from '../../src/device/tag-reporter.js';
import type { Board } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from '../../src/settings/configuration.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import type { FlashLog } from '../../src/telemetry/outbox/flash-log.js';

/** What the firmware in an engine is made of, beside its board. */
export interface EngineFirmwareOptions {
  /** What is built into it. */
  settings: RawConfiguration;
  /** What its configuration is judged by. */
  target: ConfigurationTarget & { clouds: readonly CloudDefinition[] };
  /** Called with the configuration that counts, before the firmware is made of it. */
  configure?(configuration: Configuration): void;
  /** False: readings stay in memory, though the board has flash for them. Default: true. */
  keepsReadings?: boolean;
  ring?: TagReporterOptions['ring'];
  /** Makes further parts, which may work on its tag side; that is absent on a board without a scanner. */
  makeParts?(
    reporter: TagReporter | undefined,
    configuration: Configuration,
    flashLog: FlashLog | undefined,
  ): GatewayPart[];
}

/** What it tells whoever runs the engine. */
export interface EngineFirmwareHandler extends TagReporterHandler {
  onConnected(): void;
  onFailed(failure: ConnectionFailure): void;
  onStopped(): void;
}

/**
 * The firmware that ships, composed as boards/desktop/device.ts composes it. It tells an engine's handler what happens
 * instead of its log.
 */
export class EngineFirmware extends Firmware {
  private handler: EngineFirmwareHandler | undefined;
  /** Where the board keeps reports and messages; undefined without flash. */
  flashLog: FlashLog | undefined;

  /**
   * Makes the firmware with what is persisted, and does not start it. Throws a RangeError of one line that names what
   * is wrong, and what is allowed where it is a setting.
   */
  static boot(options: EngineFirmwareOptions, board: Board, handler: EngineFirmwareHandler): EngineFirmware {
    const { settings, target, configure, keepsReadings = true, ring, makeParts } = options;
    const { clouds } = target;
    let lastLine = '';
    let flashLog: FlashLog | undefined;
    const log = {
      line: (text: string): void => {
        lastLine = text;
        board.log?.line(text);
      },
    };
    const firmware = bootFirmware({
      builtIn: settings,
      target,
      board: { store: board.store, timers: board.timers, log },
      launch: (configuration, { trial, settings: persisted }, notice) => {
        configure?.(configuration);
        return new EngineFirmware(configuration, board, {
          clouds,
          openFlashLog: (on, configured, tell) => (flashLog = openFlashLog(on, configured, tell)),
          makeReporter: ({ tags, gateway, prefix }, on, _log, profile, reports) => {
            if (!tags || !on.scanner) return undefined;
            const reporting: TagReporterOptions = {
              ...tags,
              profile: profile ?? new PlainTagProfile({ gateway, prefix }),
            };
            if (reports && keepsReadings) reporting.flashLog = reports;
            if (ring) reporting.ring = ring;
            return new TagReporter(reporting, on, handler);
          },
          makeRecorder,
          makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
          makeRpc: makeKeptRpc,
          makeParts: (reporter, configured, _on, reports) => makeParts?.(reporter, configured, reports) ?? [],
          trial,
          notice,
          remote: new RemoteConfiguration(persisted, trial),
        });
      },
    }) as EngineFirmware | undefined;
    if (!firmware) throw new RangeError(lastLine);
    firmware.handler = handler;
    firmware.flashLog = flashLog;
    return firmware;
  }

  override onConnected(): void {
    this.handler?.onConnected();
  }

  override onFailed(failure: ConnectionFailure): void {
    this.handler?.onFailed(failure);
  }

  override onStopped(): void {
    this.handler?.onStopped();
  }
}

/** The same cloud, which may be sent any amount. */
export function withoutLimits(definition: CloudDefinition): CloudDefinition {
  return Object.create(definition, { limits: { value: MQTT_LIMITS } }) as CloudDefinition;
}
