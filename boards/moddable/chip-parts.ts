import type { Clock, Entropy, Log, Resolver, Timers, Transport } from '../../src/hal/index.js';
import type { SdkInstrumentation } from './health.js';
import type { SdkPreference } from './preference-store.js';
import type { AskTime } from './time-service.js';
import type { SdkNet, SdkWifi } from './wifi-network.js';

/** What a chip with Wi-Fi is made of: the SDK's modules, or the simulation's, and what `main.ts` makes of them. */
export interface ChipParts {
  clock: Clock;
  timers: Timers;
  entropy: Entropy;
  log: Log;
  preference: SdkPreference;
  wifi: SdkWifi;
  net: SdkNet;
  /** The chip's hardware address: see `gatewayName`. */
  mac: unknown;
  instrumentation: SdkInstrumentation;
  /** Why the chip started. */
  restartReason: string;

  askTime: AskTime;
  /** Sets the time of day, in seconds since 1970. */
  setTime: (seconds: number) => void;
  makeResolver: () => Resolver;
  makeTransport: () => Transport;
  restart: () => void;
}
