import { number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'atc1441',
  vectors: ['atc1441'],
  words: {
    packet: number('sequence'),
  },
  // Theengs has none.
  leftOut: ['sequence'],
};

export default vectors;
