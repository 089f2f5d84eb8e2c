import { number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'efento',
  vectors: ['efento'],
  words: {
    // advlib makes 0 and 100 of the bit.
    batteryPercentage: (value: number) => ({ batteryLow: value === 0 }),
    measurementPeriodSeconds: number('interval'),
    txCount: number('sequence'),
    deviceIds: ([value]: [string]) => ({ mac: value.split('/')[0] }),
  },
  wrong: {
    138: {
      reason: 'made for advlib, with 16 bits a value; a logger has 24 (github.com/MFsquare-maran/efento_temp)',
      instead: { format: 'efento', state: 'malformed' },
    },
  },
};

export default vectors;
