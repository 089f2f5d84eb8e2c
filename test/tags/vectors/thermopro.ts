import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'thermopro',
  vectors: ['thermopro'],
  // bleparser and Theengs do not look at it.
  leftOut: ['batteryPercent'],
};

export default vectors;
