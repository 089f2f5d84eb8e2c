import { EngineFirmware } from '../../../boards/xsnap/engine-firmware.js';
import type { EngineFirmwareHandler, EngineFirmwareOptions } from '../../../boards/xsnap/engine-firmware.js';
import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import type { Board, NetworkPlatform } from '../../../src/hal/index.js';
import type { Configuration, RawConfiguration } from '../../../src/settings/configuration.js';
import { simTargetOf } from '../board-target.js';
import type { SimGateway } from '../board-target.js';
import { VIRTUAL_CRYPT } from '../crypt.js';
import type { Tape } from './tape.js';
import { TapedClock, TapedEntropy, TapedFlash, tapedHealth, TapedNetwork, TapedResolver } from './taped-parts.js';
import { TapedScanner, TapedStore, TapedTimers, TapedTransport } from './taped-parts.js';
import type { Memories } from './taped-parts.js';

/** What a simulated gateway is made of that runs in real time, as a recording has it. */
export interface SimConditions extends SimGateway {
  /** What is built into it. */
  settings: RawConfiguration;
  /** See `EngineFirmwareOptions`. */
  keepsReadings: boolean;
}

/** Milliseconds between attempts to connect of a gateway that is no board in particular. */
export const SIM_BACKOFF = Object.freeze({ minimum: 500, maximum: 15000 });

/** Hears a firmware that is replayed. */
const NOBODY: EngineFirmwareHandler = {
  onConnected: () => {},
  onFailed: () => {},
  onStopped: () => {},
  onTag: () => {},
  onPublished: () => {},
  onNotice: () => {},
};

/** Makes the firmware of a replay, and does not start it. */
export function bootSim(conditions: SimConditions, board: Board): EngineFirmware {
  const { settings, keepsReadings } = conditions;
  const options: EngineFirmwareOptions = {
    settings,
    target: simTargetOf(conditions),
    keepsReadings,
    configure: (configuration: Configuration) => {
      if (conditions.board === undefined) configuration.connection.backoff ??= SIM_BACKOFF;
    },
  };
  return EngineFirmware.boot(options, board, NOBODY);
}

/** A board on `tape`, before `inner`; without one for a replay. */
export function tapeBoard(tape: Tape, memories: Memories, abilities: number, inner: Board | undefined): Board {
  const clock = new TapedClock(tape);
  const timers = new TapedTimers(tape, inner?.timers);
  const entropy = new TapedEntropy(tape, inner?.entropy);
  const makePlatform = (platform: NetworkPlatform | undefined): NetworkPlatform => ({
    clock,
    timers,
    entropy,
    network: new TapedNetwork(tape, memories, platform?.network),
    resolver: new TapedResolver(tape, platform?.resolver),
    transport: new TapedTransport(tape, platform?.transport),
  });
  const hasFlash = tape.result(0, () => (inner!.flash ? 1 : 0)) === 1;
  return {
    name: 'sim',
    ...makePlatform(inner),
    makePlatform: () => makePlatform(inner?.makePlatform!()),
    store: new TapedStore(tape, memories, 'store', inner?.store),
    userStore: new TapedStore(tape, memories, 'userStore', inner?.userStore),
    ...(hasFlash && { flash: new TapedFlash(tape, memories, 'outbox', inner?.flash) }),
    scanner: new TapedScanner(tape, inner?.scanner, abilities),
    ciphers: inner?.ciphers ?? new SdkCiphers(VIRTUAL_CRYPT),
    health: tapedHealth(tape, memories, inner?.health),
  };
}
