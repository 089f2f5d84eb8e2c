import { flag, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'ruuvi-e1',
  vectors: ['ruuvi-e1'],
  words: {
    voc: number('vocIndex'),
    nox: number('noxIndex'),
    calibrating: flag('calibrating'),
  },
};

export default vectors;
