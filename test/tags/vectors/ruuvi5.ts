import { number, text } from './vector.js';
import type { FormatVectors } from './vector.js';

/** Theengs multiplies by 0.980665 once more. */
const THEENGS_G = 0.980665;

const vectors: FormatVectors = {
  format: 'ruuvi5',
  vectors: ['ruuvi-df5'],
  words: {
    tx_power: number('txPower'),
    movement: number('movementCount'),
    // bleparser rounds the temperature, gives mg, and makes a percentage of the voltage and motion of the movements.
    temperature: number('temperature', 1, 0.005),
    pressure: (value: number) => ({ pressure: value > 2000 ? value / 100 : value }),
    'acceleration x': number('accelerationX', 1000),
    'acceleration y': number('accelerationY', 1000),
    'acceleration z': number('accelerationZ', 1000),
    'tx power': number('txPower'),
    battery: () => undefined,
    motion: () => undefined,
    'motion timer': () => undefined,
    // advlib gives a list, bleparser the magnitude.
    acceleration: (value: number | number[]) =>
      Array.isArray(value) ? { accelerationX: value[0], accelerationY: value[1], accelerationZ: value[2] } : undefined,
    txPower: number('txPower'),
    isMotionDetectedCycle: number('movementCount'),
    txCycle: number('sequence'),
    deviceIds: ([value]: [string]) => ({ mac: value }),
    accx: number('accelerationX', THEENGS_G),
    accy: number('accelerationY', THEENGS_G),
    accz: number('accelerationZ', THEENGS_G),
    tx: number('txPower'),
    mov: number('movementCount'),
    seq: number('sequence'),
    mac: text('mac'),
  },
  // bleparser has neither.
  leftOut: ['movementCount', 'sequence'],
};

export default vectors;
