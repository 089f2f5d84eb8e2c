import { notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'ibeacon',
  vectors: ['ibeacon'],
  rejected: ['ibeacon-invalid'],
  words: {
    tx_power_1m: number('rssiAt1m'),
    txpower: number('rssiAt1m'),
    txPower: number('rssiAt1m'),
    // advlib: uuid/major/minor in hexadecimal.
    deviceIds: ([value]: [string]) => {
      const parts = value.split('/');
      return { uuid: parts[0], major: parseInt(parts[1]!, 16), minor: parseInt(parts[2]!, 16) };
    },
    cypress_temperature: notOurs,
    cypress_humidity: notOurs,
  },
  // A Cypress beacon has sensor values in its minor number, which is why the source gives no minor.
  leftOut: ['minor'],
};

export default vectors;
