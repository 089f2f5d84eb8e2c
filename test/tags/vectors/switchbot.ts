import { flag, notOurs, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'switchbot',
  vectors: ['switchbot'],
  words: {
    ctrl: notOurs,
    scopetested: notOurs,
    sensingdistance: notOurs,
    led: flag('led'),
    moving: flag('moving'),
    calibrated: flag('calibrated'),
    position: number('position'),
    // Of a blind it is whether it moves.
    motion: (value: boolean, { model_id }) => (model_id === 'SBBT' ? { moving: value } : { motion: value }),
    // Theengs gives how far a blind is open, and its direction; we give the tilt, which is 50 when it is open.
    open: (value: number, { expected }) => ({
      position: expected.direction === 'down' ? value / 2 : 100 - value / 2,
    }),
    direction: notOurs,
    // Of the blind tilt Theengs reads it from a byte that is not the light; as of a curtain it is behind the position.
    lightlevel: (value: number | string, { model_id }) => {
      if (model_id === 'SBBT') return undefined;
      return typeof value === 'number' ? { lightLevel: value } : { light: value === 'bright' };
    },
    contact: (value: string) => ({ opening: value !== 'closed', leftOpen: value === 'timeout not closed' }),
    in_ct: number('count'),
    out_ct: number('count2'),
    push_ct: number('count3'),
  },
  // Neither source has the sequence; the light level is that of the blind tilt.
  leftOut: ['sequence', 'lightLevel'],
};

export default vectors;
