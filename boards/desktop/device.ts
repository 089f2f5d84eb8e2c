import { CLOUDS } from '../../src/cloud/profiles.js';
import { platformsOn } from '../../src/connection/shared-network.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import { openFlashLog } from '../../src/device/open-flash-log.js';
import { makeRecorder } from '../../src/device/recorder.js';
import { makeTagReporter } from '../../src/device/tag-log.js';
import type { Board, Ciphers, Clock, Entropy, Flash, Log, Network } from '../../src/hal/index.js';
import type { Resolver, Scanner, Store, Timers, Transport } from '../../src/hal/index.js';
import { makeKeptRpc } from '../../src/rpc/kept-answers.js';
import type { RawConfiguration } from '../../src/settings/configuration.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { ModdableHealth } from '../moddable/health.js';
import type { SdkInstrumentation } from '../moddable/health.js';
import { DESKTOP_LIMITS as LIMITS } from './limits.js';

/** What a desktop is made of: the SDK's modules, or the simulation's, and what `main.ts` makes of them. */
export interface DesktopParts {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  log: Log;
  store: Store;
  userStore: Store;
  network: Network & { rssi(): number };
  instrumentation: SdkInstrumentation;
  scanner: Scanner;
  ciphers?: Ciphers;

  /** Opens the medium of the outbox, of so many blocks. Throws when there is none. */
  openFlash(blocks: number): Flash;
  makeResolver(): Resolver;
  makeTransport(): Transport;
  /** See `ConfigurationTarget.resource`. */
  resource?(name: string): Uint8Array | undefined;
}

/** Puts a desktop together and starts it with `builtIn` and with what is persisted. See `bootFirmware`. */
export function startDesktop(builtIn: RawConfiguration, parts: DesktopParts): Firmware | undefined {
  const { log, store, userStore, network, scanner, ciphers } = parts;
  const tags = { ...LIMITS.tags, parse: parseTagConfiguration };
  const resource = (name: string): Uint8Array | undefined => parts.resource?.(name);
  const target = { ...LIMITS, gateway: 'desktop', resource, tags, clouds: CLOUDS };
  const makePlatform = platformsOn(network, parts);
  const board: Board = {
    name: 'desktop',
    ...makePlatform(),
    makePlatform,
    store,
    userStore,
    ...openOutboxFlash(parts),
    scanner,
    ...(ciphers && { ciphers }),
    health: new ModdableHealth(parts.instrumentation, LIMITS.heaps, network, 'hand'),
    log,
  };
  return bootFirmware({
    builtIn,
    target,
    board,
    launch: (configuration, { trial, settings: persisted }, notice) =>
      Firmware.launch(configuration, board, {
        clouds: CLOUDS,
        openFlashLog,
        makeReporter: makeTagReporter,
        makeRecorder,
        makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
        makeRpc: makeKeptRpc,
        trial,
        notice,
        remote: new RemoteConfiguration(persisted, trial),
      }),
  });
}

function openOutboxFlash(parts: DesktopParts): Pick<Board, 'flash'> {
  try {
    return { flash: parts.openFlash(LIMITS.tags.outboxBlocks) };
  } catch (error) {
    parts.log.line('flash, file tagwire-outbox: ' + (error as Error).message + '; readings are kept in memory only');
    return {};
  }
}
