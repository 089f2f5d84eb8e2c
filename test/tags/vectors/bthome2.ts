import { flag, notOurs, number, text } from './vector.js';
import type { Expectation, FormatVectors, Meaning, Vector, Words } from './vector.js';

/** By the numbers of bthome.io and of Theengs, which has 9 for its 4 and 11 for FE. */
const events: { [event: number]: string } = {
  0: 'none',
  1: 'press',
  2: 'doublePress',
  3: 'triplePress',
  4: 'longPress',
  9: 'longPress',
  11: 'hold',
};

const eventsByName: { [event: string]: string } = {
  press: 'press',
  triple_press: 'triplePress',
  long_press: 'longPress',
};

/** bthome-ble gives an object, and leaves out a button that has nothing to tell. */
function button(name: string): Meaning {
  return (value: number | { event: string }): Expectation =>
    typeof value === 'number' ? { [name]: events[value] } : { button: 'none', [name]: eventsByName[value.event] };
}

/** bthome-ble has one word for a number and for what is true or false. */
function numberOrFlag(numeric: string, state: string): Meaning {
  return (value: number | boolean) => ({ [typeof value === 'number' ? numeric : state]: value });
}

/** Whether the first object of the service data is this one. */
const begins = (vector: Vector, id: string): boolean => vector.adv_hex!.slice(10, 12) === id;

/** The words of both versions, in all sources. */
export const bthomeWords: Words = {
  packet: (value: number | string) => (typeof value === 'number' ? { sequence: value } : undefined),
  packet_id: number('sequence'),
  counter_le: number('sequence'),
  weight: number('mass'),
  mass: number('mass'),
  tvoc: number('voc'),
  volatile_organic_compounds: number('voc'),
  voltage: number('voltage'),
  voltage_1: number('voltage'),
  voltage_2: number('voltage2'),
  temperature_1: number('temperature'),
  temperature_2: number('temperature2'),
  energy: number('energy'),
  power: numberOrFlag('power', 'on'),
  current: number('current'),
  count: number('count'),
  rotation: number('rotation'),
  rot: number('rotation'),
  // Of 40 in mm, of 41 in m.
  distance: (value: number, vector) => ({ distance: begins(vector, '40') ? value / 1000 : value }),
  duration: number('duration'),
  speed: number('speed'),
  uv_index: number('uvIndex'),
  // Of 48 in mL.
  volume: (value: number, vector) => ({ volume: begins(vector, '48') ? value / 1000 : value }),
  volume_storage: number('storedVolume'),
  volume_flow_rate: number('volumeFlow'),
  gas: numberOrFlag('gas', 'gasLeak'),
  water: number('water'),
  // m/s².
  acceleration: number('acceleration', 9.80665),
  gyroscope: number('gyroscope'),
  timestamp: number('timestamp'),
  direction: number('direction'),
  precipitation: number('precipitation'),
  channel: number('channel'),
  rotational_speed: number('rotationalSpeed'),
  light_level: number('lightLevel'),
  text: text('text'),
  raw: text('raw'),
  binary: flag('generic'),
  generic: flag('generic'),
  switch: flag('on'),
  opening: flag('opening'),
  door: flag('door'),
  window: flag('window'),
  open: flag('window'),
  lock: flag('unlocked'),
  'smoke detector': flag('smoke'),
  button: (value: number | { event: string }) => ({
    button: typeof value === 'number' ? events[value] : eventsByName[value.event],
  }),
  button1: button('button'),
  button2: button('button2'),
  button3: button('button3'),
  button4: button('button4'),
  button_1: button('button'),
  button_2: button('button2'),
  button_3: button('button3'),
  button_4: button('button4'),
  dimmer: ({ event, props }: { event: string; props: { steps: number } }) => ({
    dimmer: event === 'rotate_left' ? -props.steps : props.steps,
  }),
};

const vectors: FormatVectors = {
  format: 'bthome2',
  vectors: ['bthome-v2', 'bthome-v2-encrypted', 'other:april-brother'],
  select: (vector) => vector.adv_hex?.includes('16d2fc') ?? false,
  words: {
    ...bthomeWords,
    // Theengs, which decrypts nothing.
    encr: () => ({ state: 'key missing' }),
    cipher: notOurs,
    ctr: notOurs,
    mic: notOurs,
  },
  // The counter of what is encrypted, which most sources do not give.
  leftOut: ['sequence'],
};

export default vectors;
