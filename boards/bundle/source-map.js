/* Source maps, as the compiler writes them and the SDK's compiler reads them. */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of a segment of a source map: base 64, five bits a digit, the lowest first; bit 0 is the sign. */
export function decodeVlq(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = BASE64.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

export function encodeVlq(number) {
  let text = '';
  let value = number < 0 ? (-number << 1) | 1 : number << 1;
  do {
    text += BASE64[(value & 31) | (value > 31 ? 32 : 0)];
    value >>= 5;
  } while (value > 0);
  return text;
}

/**
 * For a compiled module, its map and the text of its one source: gives the position in the source of what begins at a
 * position of the module; undefined when the map does not name that position.
 */
export function sourcePositions(code, map, source) {
  const linesOfCode = lineStarts(code);
  const linesOfSource = lineStarts(source);
  const positions = new Map();
  let line = 0;
  let column = 0;
  for (const [at, segments] of JSON.parse(map).mappings.split(';').entries()) {
    let generated = linesOfCode[at];
    for (const segment of segments.split(',')) {
      const [step = 0, , lines, columns] = decodeVlq(segment);
      generated += step;
      if (lines === undefined) continue;
      line += lines;
      column += columns;
      positions.set(generated, linesOfSource[line] + column);
    }
  }
  return (position) => positions.get(position);
}

function lineStarts(text) {
  const starts = [0];
  for (const { index } of text.matchAll(/\n/g)) starts.push(index + 1);
  return starts;
}
