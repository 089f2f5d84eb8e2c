import { bthomeWords } from './bthome2.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'bthome1',
  vectors: ['bthome-v1', 'bthome-v1-encrypted'],
  words: bthomeWords,
  // The counter of what is encrypted, which most sources do not give.
  leftOut: ['sequence'],
};

export default vectors;
