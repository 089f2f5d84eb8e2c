import { flag, Near, notOurs, number } from './vector.js';
import type { Expectation, FormatVectors, Meaning, Vector } from './vector.js';

interface XiaomiEvent {
  event: string;
  props: { [name: string]: number } | null;
}

/** bleparser's and xiaomi-ble's words for what was done to a button. */
const events: { [word: string]: string } = {
  press: 'press',
  double_press: 'doublePress',
  long_press: 'longPress',
  'single press': 'press',
  'short press': 'press',
  'double press': 'doublePress',
};

const lockActions: { [word: string]: Expectation } = {
  unlockoutsidethedoor: { lockAction: 0, unlocked: true },
  unlockinsidethedoor: { lockAction: 4, unlocked: true },
};

const lockMethods: { [word: string]: number } = { biometrics: 2, manual: 10 };

const fingerprints: { [word: string]: number } = { matchsuccessful: 0, lowqualitytoolightfuzzy: 3 };

const letters = (text: string): string => text.replace(/[^a-z]/g, '');

const button =
  (name: string): Meaning =>
  (value: XiaomiEvent | string) => {
    const event = events[typeof value === 'string' ? value : value.event];
    return event ? { [name]: event } : undefined;
  };

function dimmer(value: XiaomiEvent | number, vector: Vector): Expectation {
  if (typeof value === 'number') {
    const turned = /^rotate (left|right)/.exec(vector.expected.button as string)?.[1];
    return turned ? { dimmer: turned === 'left' ? -value : value } : { count: value };
  }
  if (value.event === 'rotate_left') return { dimmer: -value.props!.steps! };
  return { button: events[value.event], count: value.props!.number_of_presses };
}

function keyId(value: number | string): Expectation | undefined {
  if (typeof value === 'number') return { keyId: value };
  if (value === 'administrator') return { keyId: 0 };
  const id = /key id (\d+)$/.exec(value)?.[1];
  return id === undefined ? undefined : { keyId: Number(id) };
}

const vectors: FormatVectors = {
  format: 'mibeacon',
  vectors: ['mibeacon', 'mibeacon-encrypted'],
  words: {
    packet: number('sequence'),
    // xiaomi-ble makes it of the percentage, by the kind of battery.
    voltage: notOurs,
    // Of bleparser, for Home Assistant: motion is true; the state of what a remote is for.
    'motion timer': notOurs,
    'remote single press': notOurs,
    power: notOurs,
    remote: notOurs,
    locktype: notOurs,
    why: notOurs,
    'door action': notOurs,
    motion: (value: XiaomiEvent | number | boolean) => ({ motion: typeof value === 'object' || Boolean(value) }),
    'no motion time': number('noMotionTime'),
    moisture: (value: number | boolean) =>
      typeof value === 'number' ? { moisture: new Near(value, 0) } : { wet: value },
    formaldehyde: number('formaldehyde'),
    smoke: flag('smoke'),
    'smoke detector': flag('smoke'),
    opening: flag('opening'),
    door: flag('door'),
    door_left_open: flag('leftOpen'),
    pry_the_door: flag('forced'),
    device_forcibly_removed: flag('removed'),
    occupancy: flag('occupied'),
    occupancy_close_range: flag('occupiedNearby'),
    'bed occupancy': flag('bedOccupied'),
    wearing: flag('wearing'),
    toothbrush: flag('running'),
    counter: number('count'),
    score: number('score'),
    button: button('button'),
    button_left: button('button'),
    button_right: button('button2'),
    button_on: (value: XiaomiEvent) => ({ button: events[value.event], channel: 0 }),
    dimmer,
    fingerprint: (value: XiaomiEvent | number) =>
      typeof value === 'number' ? { errorCode: value ? 0 : NaN } : { errorCode: fingerprints[letters(value.event)] },
    result: (value: string) => ({ errorCode: fingerprints[letters(value)] }),
    lock: (value: XiaomiEvent | number) =>
      typeof value === 'number' ? { unlocked: value === 1 } : lockActions[letters(value.event)],
    action: (value: string) => lockActions[letters(value)],
    method: (value: string) => ({ lockMethod: lockMethods[value] }),
    lock_method: (value: string) => ({ lockMethod: lockMethods[value] }),
    'key id': keyId,
    key_id: keyId,
    mass: number('mass'),
    profile_id: number('profile'),
    impedance_low: number('impedance'),
    heart_rate: number('heartRate'),
    stabilized: flag('stabilized'),
    // In minutes.
    duration_detected: number('presentTime', 1 / 60),
    duration_cleared: number('absentTime', 1 / 60),
    pressure_present_duration: number('presentTime'),
    pressure_not_present_duration: number('absentTime'),
  },
  leftOut: [
    // xiaomi-ble has no frame counter, no time, and not how long there was no motion; Theengs has no counter either.
    'sequence',
    'timestamp',
    'noMotionTime',
    // bleparser has neither for a closed door, nor xiaomi-ble that the smoke detector is in order.
    'leftOpen',
    'forced',
    'removed',
    'problem',
    // bleparser has only the name of the key.
    'channel',
  ],
  wrong: {
    297: {
      reason: "a guess at the body's temperature; the object has that of the skin and of the board",
      instead: {
        format: 'mibeacon',
        state: 'ok',
        temperature: 35.26,
        temperature2: 34.27,
        batteryPercent: 81,
        sequence: 111,
      },
    },
    463: {
      reason: "a guess at the body's temperature; the object has that of the skin and of the board",
      instead: {
        format: 'mibeacon',
        state: 'ok',
        temperature: 35.26,
        temperature2: 34.27,
        batteryPercent: 81,
        sequence: 111,
      },
    },
    433: {
      reason: 'the humidity is 46.7 %, of which xiaomi-ble cuts the tenths for this product',
      instead: { format: 'mibeacon', state: 'ok', humidity: 46.7, sequence: 80 },
    },
    440: {
      reason: 'has the values of three advertisements before this one as well',
      instead: { format: 'mibeacon', state: 'ok', temperature: 24.4, sequence: 105 },
    },
    493: {
      reason: "made up; in Mijia's object definition 1 is armed, and the lock's state is not in the object",
      instead: { format: 'mibeacon', state: 'ok', armed: false },
    },
  },
};

export default vectors;
