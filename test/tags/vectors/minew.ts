import { flag, number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'minew',
  vectors: ['minew'],
  words: {
    name: (value: string) => ({ text: value }),
    pressure: number('pressure', 100),
    acceleration: ([x, y, z]: number[]) => ({ accelerationX: x, accelerationY: y, accelerationZ: z }),
    volatileOrganicCompoundsConcentration: number('vocPpb', 0.001),
    isLiquidDetected: ([value]: boolean[]) => ({ wet: value }),
    isMarked: ([value]: boolean[]) => ({ marked: value }),
    // Vibration and tamper have states of their own.
    isMotionDetected: ([value]: boolean[], { name }) => ({
      [name!.includes('vibration') ? 'vibration' : 'motion']: value,
    }),
    isContactDetected: ([value]: boolean[], { name }) =>
      name!.includes('tamper') ? { tamper: !value } : { contact: value },
    isButtonPressed: ([first, second]: boolean[]) => ({
      button: first ? 'press' : 'none',
      button2: second ? 'press' : 'none',
    }),
    levelPercentage: number('level'),
    passageCounts: ([entries, exits]: number[]) => ({ count: entries, count2: exits }),
    numberOfOccupants: number('occupants'),
    txCycle: number('sequence'),
    passageCountsCycle: number('sequence'),
    numberOfOccupantsCycle: number('sequence'),
    // -59 dBm is no power of a transmitter, but that which a receiver sees at 1 m.
    txPower: number('rssiAt1m'),
    deviceIds: ([value]: string[]) => ({ mac: value!.replace(/\/2$/, '') }),
    light: flag('light'),
  },
  // Of the S4, which advlib reads and does not give.
  leftOut: ['tamper'],
  wrong: {
    89: {
      reason: 'this version of advlib gives visible light as a contact that is open; later ones as light that is seen',
      instead: { format: 'minew', state: 'ok', batteryPercent: 69, light: true },
    },
  },
};

export default vectors;
