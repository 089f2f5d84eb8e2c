import { number, text } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'eddystone-url',
  vectors: ['eddystone-url'],
  words: { uri: text('url'), txPower: number('txPower') },
  // Made from the power at 0 m.
  leftOut: ['rssiAt1m'],
};

export default vectors;
