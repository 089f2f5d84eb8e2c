import { notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'mikrotik',
  vectors: ['mikrotik', 'mikrotik-encrypted'],
  words: {
    uptime_s: number('uptime'),
    flags: (value: number) => ({ events: value }),
    encrypted: (value: boolean) => ({ state: value ? 'encrypted' : 'ok' }),
    user_data: notOurs,
    salt: notOurs,
    acc_raw: notOurs,
    acc_unit: notOurs,
    temperature_raw: notOurs,
  },
};

export default vectors;
