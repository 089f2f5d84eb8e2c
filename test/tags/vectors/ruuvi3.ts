import { number } from './vector.js';
import type { FormatVectors } from './vector.js';

/** Theengs multiplies by 0.980665 once more. */
const THEENGS_G = 0.980665;

const vectors: FormatVectors = {
  format: 'ruuvi3',
  vectors: ['ruuvi-df3'],
  words: {
    accx: number('accelerationX', THEENGS_G),
    accy: number('accelerationY', THEENGS_G),
    accz: number('accelerationZ', THEENGS_G),
  },
};

export default vectors;
