import type { ConnectionOptions } from '../../src/connection/index.js';
import type { GeneratorFigures, SubscriberFigures } from './figures.js';
import type { MessageFormOptions } from './message-form.js';
import type { DeviceRange, FleetPlan } from './plan.js';

/** What a worker thread is started with. */
export type WorkerStart = { readonly plan: FleetPlan; readonly range: DeviceRange } & (
  | { readonly role: 'devices' }
  | {
      readonly role: 'subscriber';
      readonly form: MessageFormOptions;
      readonly connection: ConnectionOptions;
    }
);

/** What the main thread says to a worker. */
export type ToWorker =
  /** Devices: make them. Answered by `ready`. */
  | { readonly type: 'prepare' }
  /** Devices: connect, `wait` milliseconds from now on. */
  | { readonly type: 'start'; readonly wait: number }
  /** Answered by `figures`; `counts`: also the readings by device. `collect`: after a garbage collection. */
  | { readonly type: 'measure'; readonly counts: boolean; readonly collect: boolean }
  /** End in order; answered by `stopped`. The thread stays until it is terminated. */
  | { readonly type: 'stop' };

/** What a worker says. */
export type FromWorker =
  /** The thread runs. */
  | { readonly type: 'loaded' }
  /** Devices are made, or subscriptions granted; those again after each reconnection. */
  | { readonly type: 'ready' }
  | { readonly type: 'figures'; readonly figures: GeneratorFigures | SubscriberFigures; readonly counts?: Uint32Array }
  | { readonly type: 'stopped' }
  /** It cannot work. One line for people. */
  | { readonly type: 'problem'; readonly text: string };
