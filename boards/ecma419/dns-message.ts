/** Bytes of a header (RFC 1035, section 4.1.1). */
const HEADER = 12;
/** Bytes of type and class behind the name of a question. */
const QUESTION_FIELDS = 4;
/** Bytes of type, class, time to live and length behind the name of a record. */
const RECORD_FIELDS = 10;
const RECURSION_DESIRED = 0x01;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
const RESPONSE_CODE = 0x0f;
const NAME_ERROR = 3;
const TYPE_A = 1;
const CLASS_IN = 1;
/** Multicast DNS uses the highest bit of the class for something else (RFC 6762, section 10.2). */
const CLASS = 0x7fff;
/** A length of a label from here on points to where the name goes on. */
const POINTER = 0xc0;
const DOT = 0x2e;

/** What `readAnswer` says that is no address. */
export const enum DnsOutcome {
  /** It answers another question, or is no answer at all. */
  foreign = -1,
  /** The name has no IPv4 address. */
  noAddress = -2,
  /** The server could not answer. */
  failed = -3,
}

/** A question for the IPv4 address of `name`: labels of 1 to 63 ASCII characters with dots between. */
export function writeQuestion(id: number, name: string): Uint8Array<ArrayBuffer> {
  const fields = HEADER + name.length + 2;
  const packet = new Uint8Array(fields + QUESTION_FIELDS);
  packet[0] = id >> 8;
  packet[1] = id;
  packet[2] = RECURSION_DESIRED;
  packet[5] = 1;
  // A label has its length in front, which is where the dot was.
  let lengthAt = HEADER;
  for (let i = 0; i < name.length; i++) {
    const at = HEADER + 1 + i;
    const code = name.charCodeAt(i);
    if (code === DOT) lengthAt = at;
    else packet[at] = code;
    if (code !== DOT) packet[lengthAt]!++;
  }
  packet[fields + 1] = TYPE_A;
  packet[fields + 3] = CLASS_IN;
  return packet;
}

/**
 * The IPv4 address that `packet` gives as answer to `question`, its first byte highest, or a `DnsOutcome`. The first
 * address counts: where the name is an alias, servers put the chain in front of it. Takes any bytes.
 */
export function readAnswer(packet: Uint8Array, question: Uint8Array): number {
  const isAnswer = packet[0] === question[0] && packet[1] === question[1] && packet[2]! >= RESPONSE;
  if (!isAnswer || packet.length < HEADER) return DnsOutcome.foreign;
  // Multicast DNS may leave the question out: then it is the record that must have the name.
  const repeats = uint16(packet, 4) > 0;
  if (repeats && !isSame(packet, HEADER, question, question.length)) return DnsOutcome.foreign;
  const code = packet[3]! & RESPONSE_CODE;
  if (code !== 0) return code === NAME_ERROR ? DnsOutcome.noAddress : DnsOutcome.failed;
  let at = repeats ? question.length : HEADER;
  for (let records = uint16(packet, 6); records > 0; records--) {
    const fields = endOfName(packet, at);
    const value = fields + RECORD_FIELDS;
    const end = value + uint16(packet, value - 2);
    if (end > packet.length) return DnsOutcome.foreign;
    const isAddress = uint16(packet, fields) === TYPE_A && (uint16(packet, fields + 2) & CLASS) === CLASS_IN;
    const isAsked = repeats || isSame(packet, at, question, question.length - QUESTION_FIELDS);
    if (isAddress && isAsked && end === value + 4) {
      return uint16(packet, value) * 0x10000 + uint16(packet, value + 2);
    }
    at = end;
  }
  if (!repeats) return DnsOutcome.foreign;
  // What had no room in a packet may be the address.
  return packet[2]! & TRUNCATED ? DnsOutcome.failed : DnsOutcome.noAddress;
}

/** True when `question` from its name to `to` is also at `packet[at]`, in capitals or not. */
function isSame(packet: Uint8Array, at: number, question: Uint8Array, to: number): boolean {
  for (let i = HEADER; i < to; i++, at++) if (lowerCase(packet[at]!) !== lowerCase(question[i]!)) return false;
  return true;
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Where what is behind the name at `packet[at]` begins, which is beyond the packet when that is cut short. */
function endOfName(packet: Uint8Array, at: number): number {
  while (at < packet.length) {
    const length = packet[at]!;
    if (length === 0) return at + 1;
    if (length >= POINTER) return at + 2;
    at += 1 + length;
  }
  return at;
}

/** The two bytes at `at`; beyond the packet they are 0. */
function uint16(packet: Uint8Array, at: number): number {
  return (packet[at]! << 8) | packet[at + 1]!;
}
