import { notOurs, number, text } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'altbeacon',
  vectors: ['altbeacon'],
  rejected: ['altbeacon-invalid'],
  words: {
    id1: text('uuid'),
    id2: number('major'),
    id3: number('minor'),
    tx_power_1m: number('rssiAt1m'),
    'measured power': number('rssiAt1m'),
    mfg_reserved: notOurs,
  },
};

export default vectors;
