import { notOurs } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'apple',
  vectors: ['other:apple'],
  words: {
    device: notOurs,
    // Theengs: its address changes; that it is unlocked, from a bit that Apple does not publish.
    prmac: notOurs,
    unlocked: notOurs,
  },
};

export default vectors;
