import { flag } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'qingping',
  vectors: ['qingping', 'other:qingping', 'other:cleargrass/qingping'],
  words: {
    packet: (value: string | number) => (typeof value === 'number' ? { sequence: value } : undefined),
    open: flag('door'),
  },
  // Theengs leaves out the packet id, what is not its own device's main value, and that no door was left open.
  leftOut: ['sequence', 'batteryPercent', 'leftOpen'],
  wrong: {
    906: {
      reason:
        'Theengs calls object 11 motion; bleparser and qingping-ble, with captures in the light and in the dark, light',
      instead: { format: 'qingping', state: 'ok', light: false, sequence: 0x89 },
    },
  },
};

export default vectors;
