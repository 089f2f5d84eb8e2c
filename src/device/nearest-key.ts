import { encodeUtf8 } from '../mqtt/encode-utf8.js';
import { CONFIGURATION_KEYS } from './configuration-keys.js';

/** The key whose name is nearest to `name` with at most `most` letters wrong, case aside; empty when there is none. */
export function nearestKey(name: string, most: number): string {
  let nearest = '';
  // Bytes, since each look at a character of a text makes garbage. Nothing longer is a misspelt key.
  const letters = encodeUtf8(name.slice(0, 64).toLowerCase());
  for (let i = 0; i < CONFIGURATION_KEYS.length; i++) {
    const row = CONFIGURATION_KEYS[i]!;
    if (Math.abs(row.name.length - letters.length) > most) continue;
    const distance = editDistance(letters, encodeUtf8(row.name.toLowerCase()));
    if (distance > most) continue;
    most = distance - 1;
    nearest = row.name;
  }
  return nearest;
}

/** Bytes to insert, remove or replace to make one text from the other (Levenshtein). */
function editDistance(from: Uint8Array, to: Uint8Array): number {
  const row = new Uint16Array(to.length + 1);
  for (let j = 0; j < row.length; j++) row[j] = j;
  for (let i = 0; i < from.length; i++) {
    let diagonal = i;
    row[0] = i + 1;
    for (let j = 0; j < to.length; j++) {
      const replaced = from[i] === to[j] ? diagonal : diagonal + 1;
      diagonal = row[j + 1]!;
      row[j + 1] = Math.min(replaced, diagonal + 1, row[j]! + 1);
    }
  }
  return row[to.length]!;
}
