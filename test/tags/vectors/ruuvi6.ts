import { flag, notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'ruuvi6',
  vectors: ['ruuvi-df6'],
  words: {
    voc: number('vocIndex'),
    nox: number('noxIndex'),
    calibrating: flag('calibrating'),
    // Of no use where the advertiser's address is known. The manual's maximum has another one in its table: a typo.
    mac_low: notOurs,
    // advlib gives Pa, and makes a concentration of the VOC index.
    pressure: number('pressure', 100),
    volatileOrganicCompoundsConcentration: notOurs,
    nitrogenOxidesIndex: number('noxIndex'),
    txCycle: number('sequence'),
  },
  // advlib has neither.
  leftOut: ['vocIndex', 'calibrating'],
};

export default vectors;
