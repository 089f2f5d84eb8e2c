import { number, text } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'eddystone-uid',
  vectors: ['eddystone-uid'],
  rejected: ['eddystone-invalid'],
  words: {
    namespace: text('namespace'),
    instance: text('instance'),
    tx_power_0m: number('txPower'),
    txPower: number('txPower'),
    // advlib: namespace/instance.
    deviceIds: ([value]: [string]) => ({ namespace: value.split('/')[0], instance: value.split('/')[1] }),
  },
  // Made from the power at 0 m.
  leftOut: ['rssiAt1m'],
};

export default vectors;
