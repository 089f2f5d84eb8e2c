import { notOurs } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'presence',
  vectors: ['unknown'],
  // RouterOS does not know what they are.
  words: { beacon_types: notOurs },
  leftOut: ['company'],
};

export default vectors;
