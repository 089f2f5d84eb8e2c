import { number } from './vector.js';
import type { FormatVectors } from './vector.js';

/** Theengs multiplies by 0.980665 once more. */
const THEENGS_G = 0.980665;

const highest = { format: 'ruuvi3', state: 'ok', temperature: 127.99, humidity: 127.5, pressure: 1155.35 };
const lowest = { format: 'ruuvi3', state: 'ok', temperature: -127.99, humidity: 0, pressure: 500 };

const vectors: FormatVectors = {
  format: 'ruuvi3',
  vectors: ['ruuvi-df3'],
  // The greatest and the least number of the layout as a battery's voltage: 65.535 V and 0 V are of no battery.
  wrong: {
    31: {
      reason: 'no battery has 65.535 V',
      instead: { ...highest, accelerationX: 32.767, accelerationY: 32.767, accelerationZ: 32.767 },
    },
    32: {
      reason: 'with 0 V a tag sends nothing',
      instead: { ...lowest, accelerationX: -32.767, accelerationY: -32.767, accelerationZ: -32.767 },
    },
    575: {
      reason: 'no battery has 65.535 V',
      instead: { ...highest, accelerationX: 32.767, accelerationY: 32.767, accelerationZ: 32.767 },
    },
    576: {
      reason: 'with 0 V a tag sends nothing',
      instead: { ...lowest, accelerationX: -32.767, accelerationY: -32.767, accelerationZ: -32.767 },
    },
  },
  words: {
    accx: number('accelerationX', THEENGS_G),
    accy: number('accelerationY', THEENGS_G),
    accz: number('accelerationZ', THEENGS_G),
  },
};

export default vectors;
