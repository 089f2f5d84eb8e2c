import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'environmental-sensing',
  // What bleparser calls Teltonika are ELA's tags.
  vectors: ['teltonika'],
};

export default vectors;
