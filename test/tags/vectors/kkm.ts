import { notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'kkm',
  vectors: ['kkm', 'other:kkm'],
  words: {
    // Theengs cuts after the second digit.
    tempc: number('temperature', 1, 0.01),
    hum: number('humidity', 1, 0.01),
    accx: number('accelerationX', 1000),
    accy: number('accelerationY', 1000),
    accz: number('accelerationZ', 1000),
    'acceleration x': number('accelerationX', 1000),
    'acceleration y': number('accelerationY', 1000),
    'acceleration z': number('accelerationZ', 1000),
    // Magnitude, and a percentage that bleparser makes of the voltage.
    acceleration: notOurs,
    battery: notOurs,
  },
  wrong: {
    235: {
      reason: 'bleparser takes the low bytes of temperature and humidity as hundredths; they are 1/256',
      instead: {
        format: 'kkm',
        state: 'ok',
        temperature: 25 + 0x2a / 256,
        humidity: 34 + 0x4f / 256,
        accelerationX: -0.004,
        accelerationY: -0.02,
        accelerationZ: 1.003,
        batteryVoltage: 3.591,
      },
    },
  },
};

export default vectors;
