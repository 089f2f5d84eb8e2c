import { notOurs, number } from './vector.js';
import type { FormatVectors, Vector } from './vector.js';

const vectors: FormatVectors = {
  format: 'pvvx',
  vectors: ['pvvx', 'pvvx-encrypted'],
  words: {
    packet: number('sequence'),
    // bleparser makes a voltage of the percentage, which is all that the encrypted form has.
    voltage: (value: number, vector: Vector) => (vector.key ? undefined : { batteryVoltage: value }),
    // Theengs decrypts elsewhere; the record has no key.
    encr: () => ({ state: 'key missing' }),
    cipher: notOurs,
    ctr: notOurs,
    mic: notOurs,
  },
  // Theengs has none of them; the records from bleparser leave the two switches out.
  leftOut: ['sequence', 'opening', 'on'],
  wrong: {
    819: {
      reason: 'never on air: the text that Theengs is given back once its caller has decrypted it',
      instead: { format: 'unknown', state: 'unknown' },
    },
  },
};

export default vectors;
