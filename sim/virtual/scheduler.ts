/**
 * Something that happens at a time of the virtual clock, once. It can be planned again when it has happened, also from
 * inside its own call, and making it the only time costs no memory.
 */
export class Task {
  /** Milliseconds of the virtual clock; meaningless while it is not planned. */
  time = 0;
  /** Tells apart what is planned for the same time: first planned, first served. */
  sequence = 0;
  /** Its place in the heap, -1 while it is not planned. */
  place = -1;

  constructor(readonly run: () => void) {}

  get planned(): boolean {
    return this.place >= 0;
  }
}

/**
 * The one clock of a simulation, and all that is going to happen: a heap ordered by time, then by the order in which it
 * was planned. Time passes only from one event to the next.
 */
export class Scheduler {
  /** Events that have happened. */
  events = 0;

  private time = 0;
  private sequence = 0;
  private readonly heap: Task[] = [];

  /** Milliseconds since the beginning of the simulation, with a fraction. */
  now(): number {
    return this.time;
  }

  /** When the next event is; Infinity when there is none. */
  get nextAt(): number {
    return this.heap.length > 0 ? this.heap[0]!.time : Infinity;
  }

  /** Plans `task` for `time`, or for now when that has passed. One that is planned already is moved. */
  plan(task: Task, time: number): void {
    // NaN would break the order of the heap for good.
    if (!(time > this.time)) {
      if (time !== time) throw new RangeError('a time is not a number');
      time = this.time;
    }
    if (time === Infinity) {
      this.cancel(task);
      return;
    }
    task.time = time;
    task.sequence = ++this.sequence;
    if (task.place < 0) {
      task.place = this.heap.length;
      this.heap.push(task);
    } else {
      this.sink(task.place);
    }
    this.rise(task.place);
  }

  /** `run` happens once, `milliseconds` from now. */
  after(milliseconds: number, run: () => void): Task {
    const task = new Task(run);
    this.plan(task, this.time + milliseconds);
    return task;
  }

  /** `run` happens once, at `time`. */
  at(time: number, run: () => void): Task {
    const task = new Task(run);
    this.plan(task, time);
    return task;
  }

  /** Legal for one that is not planned. */
  cancel(task: Task): void {
    const { place } = task;
    if (place < 0) return;
    const { heap } = this;
    const last = heap.pop()!;
    task.place = -1;
    if (last === task) return;
    heap[place] = last;
    last.place = place;
    this.sink(place);
    this.rise(last.place);
  }

  /** Lets all happen that is planned up to and including `time`, then it is `time`. */
  runUntil(time: number): void {
    while (this.nextAt <= time) this.step();
    if (time > this.time) this.time = time;
  }

  /** Lets the next event happen. False when there is none. */
  step(): boolean {
    const task = this.heap[0];
    if (!task) return false;
    this.time = task.time;
    this.events++;
    this.cancel(task);
    task.run();
    return true;
  }

  private rise(place: number): void {
    const { heap } = this;
    const task = heap[place]!;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = heap[above]!;
      if (!isBefore(task, other)) break;
      heap[place] = other;
      other.place = place;
      place = above;
    }
    heap[place] = task;
    task.place = place;
  }

  private sink(place: number): void {
    const { heap } = this;
    const { length } = heap;
    const task = heap[place]!;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      const other = heap[below]!;
      if (!isBefore(other, task)) break;
      heap[place] = other;
      other.place = place;
      place = below;
    }
    heap[place] = task;
    task.place = place;
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.time < other.time || (one.time === other.time && one.sequence < other.sequence);
}
