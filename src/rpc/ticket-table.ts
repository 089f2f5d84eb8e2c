/**
 * Calls that are answered later: their route and id, when it is too late, and when the caller waits no longer. A fixed
 * number of them; a ticket is the place in the table and, above it, how often that place was used, so that an old
 * ticket opens nothing.
 */
export class TicketTable {
  readonly capacity: number;
  /** Id number i is `ids[i * idSize..][0..idLengths[i])`. */
  readonly ids: Uint8Array;

  private readonly idSize: number;
  private readonly idLengths: Uint8Array;
  /** The route in the lower four bits, the table of its method above. */
  private readonly owners: Uint8Array;
  private readonly uses: Uint16Array;
  /** Infinity: the place is free. */
  private readonly deadlines: Float64Array;
  /** When the caller waits no longer; 0: it did not say. */
  private readonly expiries: Float64Array;

  /** `idSize`: bytes of the longest id, at most 255. */
  constructor(capacity: number, idSize: number) {
    this.capacity = capacity;
    this.idSize = idSize;
    // The arrays share one buffer: on XS that is cheaper than a buffer for each.
    const bytes = new ArrayBuffer(capacity * (8 + 8 + 2 + 1 + 1 + idSize));
    this.deadlines = new Float64Array(bytes, 0, capacity).fill(Infinity);
    this.expiries = new Float64Array(bytes, 8 * capacity, capacity);
    this.uses = new Uint16Array(bytes, 16 * capacity, capacity);
    this.idLengths = new Uint8Array(bytes, 18 * capacity, capacity);
    this.owners = new Uint8Array(bytes, 19 * capacity, capacity);
    this.ids = new Uint8Array(bytes, 20 * capacity);
  }

  /** Returns a ticket, or -1 when the table is full. `route` and `table` are 0 to 15; `expiry`: see `expiry`. */
  take(
    route: number,
    table: number,
    id: Uint8Array,
    from: number,
    to: number,
    deadline: number,
    expiry: number,
  ): number {
    let place = 0;
    while (place < this.capacity && this.deadlines[place] !== Infinity) place++;
    if (place === this.capacity) return -1;
    this.deadlines[place] = deadline;
    this.expiries[place] = expiry;
    this.owners[place] = route | (table << 4);
    this.idLengths[place] = to - from;
    for (let i = from, at = place * this.idSize; i < to; i++) this.ids[at++] = id[i]!;
    return this.uses[place]! * this.capacity + place;
  }

  /** The place of a ticket that is still good, or -1. */
  find(ticket: number): number {
    if (!(ticket >= 0)) return -1;
    const place = ticket % this.capacity;
    const good = this.deadlines[place] !== Infinity && this.uses[place] === (ticket - place) / this.capacity;
    return good ? place : -1;
  }

  /** The place of a call of this route with this id, or -1. */
  withId(route: number, id: Uint8Array, from: number, to: number): number {
    for (let place = 0; place < this.capacity; place++) {
      if (this.deadlines[place] === Infinity || (this.owners[place]! & 15) !== route) continue;
      if (this.idLengths[place] !== to - from) continue;
      let at = place * this.idSize;
      let i = from;
      while (i < to && this.ids[at] === id[i]) {
        i++;
        at++;
      }
      if (i === to) return place;
    }
    return -1;
  }

  route(place: number): number {
    return this.owners[place]! & 15;
  }

  table(place: number): number {
    return this.owners[place]! >> 4;
  }

  /** When the caller waits no longer; 0: it did not say. */
  expiry(place: number): number {
    return this.expiries[place]!;
  }

  idFrom(place: number): number {
    return place * this.idSize;
  }

  idTo(place: number): number {
    return place * this.idSize + this.idLengths[place]!;
  }

  free(place: number): void {
    this.deadlines[place] = Infinity;
    this.uses[place]!++;
  }

  /** The first deadline; Infinity when nothing is under way. */
  get deadline(): number {
    let first = Infinity;
    for (let place = 0; place < this.capacity; place++) {
      if (this.deadlines[place]! < first) first = this.deadlines[place]!;
    }
    return first;
  }

  /** A place whose deadline is over, or -1. */
  overdue(now: number): number {
    for (let place = 0; place < this.capacity; place++) if (this.deadlines[place]! <= now) return place;
    return -1;
  }
}
