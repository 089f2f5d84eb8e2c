import { number } from './vector.js';
import type { FormatVectors, Meaning } from './vector.js';

/** bleparser gives 0 where no alarm is set. */
const alarm = (name: string): Meaning => {
  const set = number(name);
  return (value: number, vector) => (value === 0 ? undefined : set(value as never, vector));
};

const vectors: FormatVectors = {
  format: 'govee',
  vectors: ['govee'],
  words: {
    'sensor id': number('channel'),
    'temperature alarm probe 1': alarm('highAlarm'),
    'temperature alarm probe 2': alarm('highAlarm2'),
  },
  // Cut off in the middle of a byte; what is missing are zeros in the other ones of the model.
  advertisement: (vector) =>
    vector.id === 556 ? '17ff' + 'cf040400417f065600ffff2c01069100ffff2c010'.padEnd(44, '0') : '',
  leftOut: [
    // Theengs does not look at the alarms of the H5055.
    'highAlarm3',
    'highAlarm4',
    // The iBeacon beside Govee's own structure, a reading of which has both.
    'uuid',
    'major',
    'minor',
    'rssiAt1m',
  ],
  wrong: {
    560: {
      reason:
        'below zero Theengs gives the digits of the humidity as further digits of the temperature for the H5072 and ' +
        'H5075, though not for the H5102, and neither does any other decoder',
      instead: { format: 'govee', state: 'ok', temperature: -7.3, humidity: 48.1, batteryPercent: 100 },
    },
  },
};

export default vectors;
