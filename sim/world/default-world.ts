import type { WorldFile } from './world-file.js';

/**
 * The world without `--world`: a warehouse with a gateway under its roof. It is code so that it is at hand
 * wherever this runs from; `sim/worlds/warehouse.json` is the same as an example to copy, with what is expected of it.
 */
export const defaultWorld: WorldFile = {
  name: 'warehouse',
  gateway: { position: [12, 8, 3] },
  radio: { pathLossExponent: 2.2, noiseDb: 2.5, lossProbability: 0.02, sensitivityDbm: -95 },
  tags: [
    {
      address: 'DC:2C:6E:0F:C0:3D',
      name: 'cold-box',
      format: 'mikrotik-tg-bt5',
      intervalMilliseconds: 1000,
      position: [10, 6, 1],
      rssiAt1m: -59,
      temperature: { celsius: 4.5, driftPerHour: 12, limitCelsius: 21 },
      batteryPercent: 97,
      accelerometer: { g: [0, 0, 0], noise: 0.006 },
      uptimeSeconds: 1_041_905,
    },
    {
      address: '2C:C8:1B:4B:BB:0A',
      name: 'forklift',
      format: 'mikrotik-tg-bt5',
      intervalMilliseconds: 500,
      path: {
        points: [
          [2, 2, 1],
          [22, 2, 1],
          [22, 14, 1],
          [90, 14, 1],
        ],
        metersPerSecond: 2,
      },
      rssiAt1m: -59,
      temperature: { celsius: 18, driftPerHour: 3, limitCelsius: 31 },
      batteryPercent: 64,
      accelerometer: { g: [0.02, 0, 0], noise: 0.15 },
      flags: 2,
      uptimeSeconds: 2_330_070,
    },
    {
      address: 'DC:2C:6E:14:7B:DD',
      name: 'door',
      format: 'mikrotik-tg-bt5',
      intervalMilliseconds: 2000,
      position: [0, 8, 2],
      rssiAt1m: -62,
      batteryPercent: 100,
      flags: 1,
      uptimeSeconds: 86_400,
    },
    {
      address: 'D3:5A:10:7C:22:91',
      addressType: 'random',
      name: 'pallet',
      format: 'ibeacon',
      intervalMilliseconds: 400,
      position: [18, 11, 0.2],
      velocity: [0.01, 0, 0],
      rssiAt1m: -61,
      ibeacon: { uuid: 'b2b98de4-c81c-47c2-b14e-791b3e5587ec', major: 2, minor: 5 },
    },
    {
      address: 'DC:2C:6E:F6:54:7D',
      name: 'freezer',
      format: 'eddystone-tlm',
      intervalMilliseconds: 1500,
      position: [6, 14, 1.5],
      rssiAt1m: -65,
      temperature: { celsius: -18.5, driftPerHour: 4, limitCelsius: -12 },
      batteryMillivolts: 2928,
      uptimeSeconds: 3_724_474,
    },
    {
      address: 'E7:00:5F:31:C4:08',
      addressType: 'random',
      name: 'badge',
      format: 'eddystone-uid',
      intervalMilliseconds: 800,
      path: {
        points: [
          [4, 4, 1.2],
          [4, 12, 1.2],
          [16, 12, 1.2],
        ],
        metersPerSecond: 1.2,
      },
      rssiAt1m: -63,
      eddystoneUid: { namespace: '00010203040506070809', instance: '0a0b0c0d0e0f' },
    },
  ],
};
