import { notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'eddystone-tlm',
  vectors: ['eddystone-tlm', 'eddystone-etlm'],
  words: {
    adv_count: number('advertisementCount'),
    uptime_s: number('uptime'),
    txCount: number('advertisementCount'),
    // advlib: milliseconds.
    uptime: number('uptime', 1000),
    encrypted_data: notOurs,
    salt: notOurs,
    mic: notOurs,
  },
  wrong: {
    53: {
      reason: 'the AD length is too small for the encrypted frame, so what is left of it breaks the format',
      instead: { format: 'eddystone-tlm', state: 'malformed' },
    },
  },
};

export default vectors;
