import { notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'moat',
  vectors: ['govee-moat'],
  words: {
    // bleparser rounds to three places.
    temperature: number('temperature', 1, 0.0005),
    humidity: number('humidity', 1, 0.0005),
    // Made of the voltage, by the discharge curve of another maker's tag.
    battery: notOurs,
  },
  leftOut: ['batteryVoltage'],
};

export default vectors;
