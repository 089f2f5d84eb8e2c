import type { MachineStep } from './state-layout.js';

/** A state that a machine entered. */
export interface Entered {
  readonly time: number;
  readonly state: number;
  /** Nobody told of it: it lies on the shortest way between two states that were told. */
  readonly inferred?: true;
}

/** What is told of a machine at once: what it entered, where that is known, and where it stands. */
export interface Told {
  readonly now: number;
  /** Absent: not known, as when the device has no power. */
  readonly state?: number | undefined;
  /** Since the last telling, oldest first. */
  readonly entered?: readonly { readonly time: number; readonly state: number }[];
}

/** The way that a machine took: the last states it entered, oldest first. */
export class StateTrail {
  private list: Entered[] = [];

  /** Keeps `limit` states. */
  constructor(
    private readonly steps: readonly Pick<MachineStep, 'from' | 'to'>[],
    private readonly limit = 12,
  ) {}

  get entered(): readonly Entered[] {
    return this.list;
  }

  /** The state, and when it was entered. */
  get last(): Entered | undefined {
    return this.list[this.list.length - 1];
  }

  take({ now, state, entered }: Told): void {
    for (const step of entered ?? []) this.enter(step.time, step.state);
    if (state === undefined) this.list = [];
    else if (state !== this.last?.state) this.enter(now, state);
  }

  private enter(time: number, state: number): void {
    const { last } = this;
    const between = last && last.state !== state ? this.between(last.state, state) : [];
    for (const passed of between) this.list.push({ time, state: passed, inferred: true });
    this.list.push({ time, state });
    if (this.list.length > this.limit) this.list.splice(0, this.list.length - this.limit);
  }

  /** The states on the shortest way, without both ends; none where there is no way. */
  private between(from: number, to: number): number[] {
    const cameFrom = new Map<number, number>([[from, from]]);
    const waiting = [from];
    for (let state = waiting.shift(); state !== undefined && !cameFrom.has(to); state = waiting.shift()) {
      for (const step of this.steps) {
        if (step.from !== state || cameFrom.has(step.to)) continue;
        cameFrom.set(step.to, state);
        waiting.push(step.to);
      }
    }
    const way: number[] = [];
    for (let state = cameFrom.get(to); state !== undefined && state !== from; state = cameFrom.get(state)) {
      way.unshift(state);
    }
    return way;
  }
}
