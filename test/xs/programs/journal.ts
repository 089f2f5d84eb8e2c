/** How the payload of a reading begins: `{"add`, of its address. */
const BEGIN = new Uint8Array([0x7b, 0x22, 0x61, 0x64, 0x64]);
/** How the answer to an RPC call begins: `{"result"`. */
const ANSWER = new Uint8Array([0x7b, 0x22, 0x72, 0x65, 0x73, 0x75, 0x6c, 0x74, 0x22]);
/** `"uptime":`, the key behind which the scanner's number stands in a payload. */
const KEY = new Uint8Array([0x22, 0x75, 0x70, 0x74, 0x69, 0x6d, 0x65, 0x22, 0x3a]);

/** What the broker has of the numbered readings. */
export class Journal {
  /** Readings that came at least once. */
  distinct = 0;
  /** Readings that came again. */
  repeated = 0;
  /** Answers to RPC calls. */
  answers = 0;
  /** Readings that came for the first time, late, behind one with a higher number that was late too. */
  outOfOrder = 0;

  private readonly seen: Uint8Array;
  private highest = -1;
  /** Of the readings that came behind one with a higher number: fresh ones leave before the backlog. */
  private highestLate = -1;

  /** `count` is how many numbers there are. */
  constructor(count: number) {
    this.seen = new Uint8Array((count >> 3) + 1);
  }

  /** Notes the payload `bytes[from..to)` of a reading or of an answer; others are left out. */
  note(bytes: Uint8Array, from: number, to: number): void {
    if (begins(bytes, from, ANSWER)) this.answers++;
    const number = numberIn(bytes, from, to);
    if (number < 0) return;
    const bit = 1 << (number & 7);
    if ((this.seen[number >> 3]! & bit) !== 0) {
      this.repeated++;
      return;
    }
    this.seen[number >> 3]! |= bit;
    this.distinct++;
    if (number > this.highest) {
      this.highest = number;
      return;
    }
    if (number < this.highestLate) this.outOfOrder++;
    this.highestLate = number;
  }
}

/** The number in the payload of a reading, or -1. It stands near the end, so the search begins there. */
function numberIn(bytes: Uint8Array, from: number, to: number): number {
  if (!begins(bytes, from, BEGIN)) return -1;
  for (let at = to - KEY.length; at >= from; at--) {
    let i = 0;
    while (i < KEY.length && bytes[at + i] === KEY[i]) i++;
    if (i < KEY.length) continue;
    let number = 0;
    for (at += i; at < to && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) number = number * 10 + bytes[at]! - 0x30;
    return number;
  }
  return -1;
}

function begins(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}
