import { startDesktop } from '../../../boards/desktop/device.js';
import type { DesktopParts } from '../../../boards/desktop/device.js';
import { makeConsole } from '../../../boards/esp32/console.js';
import { startEsp32 } from '../../../boards/esp32/device.js';
import type { Esp32Parts } from '../../../boards/esp32/device.js';
import { startEsp8266 } from '../../../boards/esp8266/device.js';
import type { ChipParts } from '../../../boards/moddable/chip-parts.js';
import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import type { Firmware } from '../../../src/device/firmware.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import { VIRTUAL_CRYPT } from '../crypt.js';
import type { BoardName } from '../world.js';
import type { Tape } from './tape.js';
import { TapedClock, TapedEntropy, TapedFlash, TapedLog, TapedNetwork, TapedResolver } from './taped-parts.js';
import { TapedScanner, TapedStore, TapedTimers, TapedTransport } from './taped-parts.js';
import type { Memories } from './taped-parts.js';
import { tapedInstrumentation, tapedNet, TapedPreference, TapedSdkFlash, tapedSerial } from './taped-sdk.js';
import { tapedAskTime, tapedWifi } from './taped-sdk.js';

/** How a start begins. */
export interface StartConditions {
  board: BoardName;
  settings: RawConfiguration;
  restartReason: string;
  mac: string;
  /** See `RadioAbility`. */
  abilities: number;
}

/** What a board is made of: an ESP32 has most. `openFlash` differs on a desktop. */
type AnyParts = Partial<Omit<Esp32Parts, 'openFlash'> & Omit<DesktopParts, 'openFlash'>> & {
  openFlash?: Esp32Parts['openFlash'] | DesktopParts['openFlash'];
};

/**
 * The parts of a board on `tape`, before those in `inner`; without them for a replay. They are made in the same order
 * in both, so that the objects of a tape have the same numbers.
 */
export function tapeParts(
  tape: Tape,
  memories: Memories,
  conditions: StartConditions,
  inner: AnyParts | undefined,
): Esp32Parts | ChipParts | DesktopParts {
  const { board, restartReason, mac, abilities } = conditions;
  const common = {
    clock: new TapedClock(tape),
    timers: new TapedTimers(tape, inner?.timers),
    entropy: new TapedEntropy(tape, inner?.entropy),
    log: new TapedLog(tape, inner?.log),
    instrumentation: tapedInstrumentation(tape, memories, inner?.instrumentation),
    makeResolver: () => new TapedResolver(tape, inner?.makeResolver!()),
    makeTransport: () => new TapedTransport(tape, inner?.makeTransport!()),
    resource: (name: string) => tape.result<Uint8Array | undefined>(undefined, () => inner?.resource?.(name)),
  };
  const ciphers = inner ? inner.ciphers : new SdkCiphers(VIRTUAL_CRYPT);
  const scanning = { ...(ciphers && { ciphers }), scanner: new TapedScanner(tape, inner?.scanner, abilities) };
  if (board === 'desktop') {
    return {
      ...common,
      ...scanning,
      store: new TapedStore(tape, memories, 'store', inner?.store),
      userStore: new TapedStore(tape, memories, 'userStore', inner?.userStore),
      network: new TapedNetwork(tape, memories, inner?.network),
      openFlash(blocks: number) {
        const flash = opened(tape, () => (inner?.openFlash as DesktopParts['openFlash'])(blocks));
        return new TapedFlash(tape, memories, 'outbox', flash);
      },
    };
  }
  const chip = {
    ...common,
    preference: new TapedPreference(tape, memories, inner?.preference),
    wifi: tapedWifi(tape, inner?.wifi),
    net: tapedNet(tape, memories, inner?.net),
    mac,
    askTime: tapedAskTime(tape, inner?.askTime),
    restartReason,
    setTime: (seconds: number) => tape.setTime(seconds * 1000, () => inner?.setTime?.(seconds)),
    restart: () => tape.restart(() => inner?.restart?.()),
  };
  if (board === 'esp8266') return chip;
  return {
    ...chip,
    ...scanning,
    serial: tapedSerial(tape, inner?.serial),
    openFlash(path: string) {
      const flash = opened(tape, () => (inner?.openFlash as Esp32Parts['openFlash'])(path));
      return new TapedSdkFlash(tape, memories, path, flash);
    },
  };
}

/** What `open` returns; undefined in a replay. It may throw, and does so there too. */
function opened<T>(tape: Tape, open: () => T): T | undefined {
  let flash: T | undefined;
  tape.result(0, () => {
    flash = open();
    return 0;
  });
  return flash;
}

/** Starts the firmware of a board. */
export function startBoard(
  { board, settings }: StartConditions,
  parts: Esp32Parts | ChipParts | DesktopParts,
): Firmware | undefined {
  switch (board) {
    case 'esp32':
      return startEsp32(settings, { ...(parts as Esp32Parts), makeConsole });
    case 'esp8266':
      return startEsp8266(settings, parts as ChipParts);
    case 'desktop':
      return startDesktop(settings, parts as DesktopParts);
  }
}

/** The counters that the state of a firmware is compared by. */
export function statisticsOf(firmware: Firmware | undefined): readonly number[] {
  if (!firmware) return [];
  const { connects, reporter } = firmware.gateway;
  if (!reporter) return [connects];
  const { control, outbox } = reporter;
  const { appendedCount, acknowledgedCount, inFlightCount, waitingCount, droppedCount } = outbox;
  return [
    connects,
    control.advertisements,
    appendedCount,
    acknowledgedCount,
    inFlightCount,
    waitingCount,
    droppedCount,
  ];
}
