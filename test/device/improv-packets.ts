/** What a client of Improv sends and reads, written from the protocol's description, not from our code. */

const HEADER = [...'IMPROV'].map((letter) => letter.charCodeAt(0)).concat(1);

/** A packet of this type. */
export function packet(type: number, data: readonly number[]): number[] {
  const bytes = [...HEADER, type, data.length, ...data];
  return [...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff];
}

/** A command with texts, each behind its length. */
export function command(code: number, ...texts: string[]): number[] {
  const data = texts.flatMap((text) => {
    const bytes = new TextEncoder().encode(text);
    return [bytes.length, ...bytes];
  });
  return packet(3, [code, data.length, ...data]);
}

/** A command with bytes as its data. */
export function plainCommand(code: number, text = ''): number[] {
  const data = new TextEncoder().encode(text);
  return packet(3, [code, data.length, ...data]);
}

/** Reads what a device has sent, one text for each packet: `state 2`, `error 3`, `result 1 [a, b]`. */
export function packetsIn(bytes: ArrayLike<number>): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (!HEADER.every((byte, i) => bytes[at + i] === byte)) continue;
    const length = bytes[at + 8]!;
    const end = at + 9 + length;
    let sum = 0;
    for (let i = at; i < end; i++) sum += bytes[i]!;
    if ((sum & 0xff) !== bytes[end]) found.push('wrong checksum');
    const data = Array.from({ length }, (_, i) => bytes[at + 9 + i]!);
    const type = bytes[at + 7]!;
    if (type === 1) found.push('state ' + data[0]!);
    else if (type === 2) found.push('error ' + data[0]!);
    else found.push('result ' + data[0]! + ' [' + textsIn(data).join(', ') + ']');
    at = end;
  }
  return found;
}

function textsIn(data: readonly number[]): string[] {
  const texts: string[] = [];
  for (let at = 2; at < 2 + data[1]!; at += 1 + data[at]!) {
    texts.push(new TextDecoder().decode(Uint8Array.from(data.slice(at + 1, at + 1 + data[at]!))));
  }
  return texts;
}
