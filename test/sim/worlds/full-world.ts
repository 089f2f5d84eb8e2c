import type { WorldFile } from '../../../sim/world/world-file.js';

const ACCELEROMETER = { g: [0.1, 0, 0], noise: 0.01 };
const TEMPERATURE = { celsius: 4, driftPerHour: 2, limitCelsius: 20 };
/** By format, what only its tags have. */
export const FORMATS: Readonly<Record<string, object>> = {
  'mikrotik-tg-bt5': {
    batteryPercent: 90,
    temperature: TEMPERATURE,
    accelerometer: ACCELEROMETER,
    flags: 1,
    uptimeSeconds: 5,
    signals: [{ at: '1m', for: '5s', flags: 1 }],
  },
  ruuvi: {
    batteryMillivolts: 3000,
    temperature: TEMPERATURE,
    humidityPercent: 40,
    accelerometer: ACCELEROMETER,
    measurementSeconds: 5,
  },
  bthome: {
    batteryPercent: 90,
    temperature: TEMPERATURE,
    humidityPercent: 40,
    measurementSeconds: 5,
    presses: [{ at: '1m', button: 2 }],
  },
  'eddystone-tlm': { batteryMillivolts: 3000, temperature: TEMPERATURE, uptimeSeconds: 5 },
  ibeacon: { ibeacon: { uuid: 'b2b98de4-c81c-47c2-b14e-791b3e5587ec', major: 1, minor: 2 } },
  'eddystone-uid': { eddystoneUid: { namespace: '00010203040506070809', instance: '0a0b0c0d0e0f' } },
};

/** Each format twice: at a place, and on a path. */
const tags = Object.entries(FORMATS).flatMap(([format, own], index) =>
  [
    { position: [1, 2, 3], velocity: [0, 0.5, 0] },
    { path: { points: [[0, 0, 0] as number[], [1, 1, 1]], metersPerSecond: 1 } },
  ].map((place, which) => ({
    address: `DC:2C:6E:00:0${index}:0${which}`,
    addressType: 'random',
    name: `${format}-${which}`,
    format,
    intervalMilliseconds: 1000,
    rssiAt1m: -59,
    ...place,
    ...own,
  })),
);

/** A world with every field of the schema, but for `gateway`. */
export const fullWorld = {
  $schema: './world.schema.json',
  name: 'everything',
  gateways: [
    {
      name: 'one',
      board: 'esp32',
      position: [0, 0, 2],
      settings: { interval: 30 },
      poweredAt: '1s',
      people: [
        { at: '1m', line: '/iot mqtt brokers print' },
        { at: '2m', call: { method: 'statistics', params: {} } },
      ],
    },
  ],
  radio: {
    ...{ pathLossExponent: 2, noiseDb: 1, lossProbability: 0, sensitivityDbm: -95 },
    walls: [{ from: [1, -1], to: [1, 1], lossDb: 40 }],
  },
  tags,
  brokers: [{ name: 'broker.example', port: 1883, tls: false }],
  wifi: {
    ...{ ssid: 'net', password: 'correct horse', rssi: -60, latencyMilliseconds: 10, jitterMilliseconds: 5 },
    ...{ bytesPerSecond: 10_000, lossProbability: 0.01 },
  },
  faults: ['reset@1m', { kind: 'blackout', perHour: 2, for: '10s', with: 'gateway=0' }],
  until: '10m',
  expect: {
    connected: true,
    readings: [{ tag: 'ruuvi-0', atLeast: 1, atMost: 100 }],
    messages: { atLeast: 1, atMost: 1e6 },
  },
} as unknown as WorldFile;
