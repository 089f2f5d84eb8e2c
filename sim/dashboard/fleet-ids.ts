/** Reports on a page, and pages that are kept of a gateway: 32,768 reports, of fresh ones and of a backlog alike. */
const PAGE = 1024;
const PAGES = 32;
const ID = /^(\d{1,10})\/(\d{1,10})$/;

/**
 * Which reports of a gateway were heard, by their ids (docs/outbox.md), to find those that come again: a bit for each,
 * on pages, of which those are kept that were used last. At most 4 KiB and the pages' names.
 */
export class FleetIds {
  /** By boot and number, those that were used last at the end. */
  private readonly pages = new Map<string, Uint32Array>();

  /** Notes a report. Returns true when it was heard before; undefined when that is no id. */
  note(id: string): boolean | undefined {
    const [, boot, sequence] = ID.exec(id) ?? [];
    if (boot === undefined) return undefined;
    const number = Number(sequence);
    const name = `${boot}/${Math.floor(number / PAGE)}`;
    const page = this.pages.get(name) ?? new Uint32Array(PAGE / 32);
    this.pages.delete(name);
    this.pages.set(name, page);
    if (this.pages.size > PAGES) this.pages.delete(this.pages.keys().next().value!);
    const bit = 1 << (number & 31);
    const word = (number % PAGE) >> 5;
    const wasHeard = (page[word]! & bit) !== 0;
    page[word]! |= bit;
    return wasHeard;
  }
}
