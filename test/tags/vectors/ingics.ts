import { flag, notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'ingics',
  vectors: ['ingics'],
  words: {
    temperature_ext: number('temperature2'),
    range: number('distance', 1000),
    counter: number('count'),
    button: flag('buttonPressed'),
    hall: flag('magnet'),
    flip: flag('flipped'),
    moving: flag('moving'),
    // Of three accelerations we give the newest, in steps of 4 mg.
    accel0_x: notOurs,
    accel1_y: notOurs,
    accel2_z: number('accelerationZ', 250),
    // Of iBS05RG: the maker's parser reads it no longer, since the byte is the model's.
    boot: notOurs,
  },
  // The records have only the values that the maker's tests look at.
  leftOut: ['batteryVoltage', 'buttonPressed', 'accelerationX', 'accelerationY', 'temperature'],
};

export default vectors;
