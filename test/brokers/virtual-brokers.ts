import { Brokers } from '../../src/brokers/index.js';
import type { Broker, BrokersOptions, Delivery } from '../../src/brokers/index.js';
import type { NetworkPlatform, Store } from '../../src/hal/index.js';
import { VirtualBoard } from '../device/virtual-board.js';

/** Brokers on a board in virtual time, with an MQTT broker at `broker:1883`, and all that they told. */
export class VirtualBrokers {
  readonly board: VirtualBoard;
  readonly brokers: Brokers;
  readonly notices: string[] = [];

  /** `onPlatform` is called for each platform that is made. */
  constructor(options: BrokersOptions = {}, store?: Store, onPlatform = (): void => {}) {
    this.board = new VirtualBoard(store);
    const board = this.board.board();
    const makePlatform = (): NetworkPlatform => {
      onPlatform();
      return board.makePlatform!();
    };
    this.brokers = new Brokers({ ...board, makePlatform }, { onNotice: (text) => this.notices.push(text), ...options });
  }

  add(properties: Record<string, string> = {}): Broker {
    return this.brokers.add({ name: 'b', address: 'broker', 'client-id': 'c', ...properties });
  }

  /**
   * Lets time and promises pass until `promise` is settled; resolves to its error's text, to `kept: ` and the reason
   * for a message that was kept, or to `done`.
   */
  async outcome(promise: Promise<unknown>, most = 200000): Promise<string> {
    let outcome: string | undefined;
    promise.then(
      (value) => (outcome = outcomeOf(value)),
      (error: unknown) => (outcome = (error as Error).message),
    );
    for (let passed = 0; passed < most; passed++) {
      await settled();
      if (outcome !== undefined) return outcome;
      this.board.run(1);
    }
    throw new Error(`not settled within ${most} ms`);
  }

  /** Lets `milliseconds` pass, and all promises. */
  async run(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed++) {
      this.board.run(1);
      await settled();
    }
  }
}

function outcomeOf(value: unknown): string {
  const delivery = value as Delivery | undefined;
  return delivery?.delivered === false ? 'kept: ' + delivery.reason : 'done';
}

/** Promises that are settled call back, and those that follow from them. */
async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}
