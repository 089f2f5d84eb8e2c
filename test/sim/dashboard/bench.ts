import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import type { WorldPlan } from '../../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import type { WorldSourceOptions } from '../../../sim/dashboard/world-source.js';
import type { ControlName, ControlParameters, GatewayState, Request, ToPage } from '../../../sim/page/protocol.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import type { WorldFile } from '../../../sim/world/world-file.js';

/** A world of one ESP32 with two tags in front of it and no noise. */
export const quietWorld: WorldFile = {
  name: 'quiet',
  gateway: { position: [0, 0, 2] },
  tags: [
    {
      address: 'A4:C1:38:00:00:01',
      name: 'fridge',
      format: 'bthome',
      intervalMilliseconds: 1000,
      position: [3, 0, 1],
      rssiAt1m: -60,
      temperature: { celsius: 4 },
      batteryPercent: 80,
    },
    {
      address: 'A4:C1:38:00:00:02',
      name: 'shelf',
      format: 'ruuvi',
      intervalMilliseconds: 1000,
      position: [1, 4, 1],
      rssiAt1m: -60,
      temperature: { celsius: 20 },
      batteryMillivolts: 2900,
    },
  ],
};

/** Of a kind of text, those that were told. */
type Told<T extends ToPage['type']> = Extract<ToPage, { type: T }>;

/** A source with a page that hears all it tells. Time passes only in `run`. */
export class Bench {
  readonly told: ToPage[] = [];
  readonly source: WorldSource;
  private lastId = 0;

  constructor(file: WorldFile | WorldPlan = quietWorld, options: WorldSourceOptions = {}) {
    const plan = 'seed' in file ? file : planOfFile(file, 'test', 1);
    this.source = new WorldSource(plan, options);
    this.source.watch((text) => this.told.push(text));
  }

  /** Lets so many seconds pass, with updates four times a second, and forgets what was told before. */
  async run(seconds: number): Promise<void> {
    this.told.length = 0;
    const { source } = this;
    const end = source.now() + 1000 * seconds;
    while (source.now() < end) {
      await source.runUntil(Math.min(end, source.now() + 250));
      source.update();
    }
  }

  /** Until `isDone`, within a minute. */
  async until(isDone: () => boolean): Promise<void> {
    for (let i = 0; i < 240 && !isDone(); i++) await this.run(0.25);
    if (!isDone()) throw new Error('does not come about within a minute');
  }

  /** What was told of a kind in the last `run`. */
  of<T extends ToPage['type']>(type: T): Told<T>[] {
    return this.told.filter((text): text is Told<T> => text.type === type);
  }

  state(gateway = 0): GatewayState {
    return this.source.snapshot().find((text): text is Told<'state'> => text.type === 'state')!.gateways[gateway]!;
  }

  lines(): string[] {
    return this.of('log').flatMap(({ lines }) => lines.map(({ kind, text }) => kind + ': ' + text));
  }

  /** As a page asks; `parameters` may be wrong. */
  ask<N extends ControlName>(name: N, parameters: ControlParameters[N]): ReturnType<WorldSource['request']> {
    return this.source.request({ id: ++this.lastId, name, parameters } as Request);
  }

  /** Returns the answer's error; undefined: it was done. */
  async error(name: ControlName, parameters: unknown): Promise<string | undefined> {
    return (await this.ask(name, parameters as never)).error;
  }
}

export { defaultWorld };
