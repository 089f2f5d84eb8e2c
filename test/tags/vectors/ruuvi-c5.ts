import type { FormatVectors, WrongUpstream } from './vector.js';

const mistaken: WrongUpstream = {
  reason: 'the page gives its examples with 05, the number of format 5, which has 6 bytes more',
  instead: { format: 'ruuvi5', state: 'malformed' },
};

const vectors: FormatVectors = {
  format: 'ruuvi-c5',
  vectors: ['ruuvi-c5'],
  wrong: { 34: mistaken, 36: mistaken },
};

export default vectors;
