/** The shape of a world file: `sim/worlds/*.json`, checked by `parseWorld`. */
export interface WorldFile {
  /** For people. */
  name: string;
  gateway: {
    position: Vector;
  };
  radio?: RadioModel;
  /** 1 to 4096 tags. One address may appear once with each format, as tags send several. */
  tags: WorldTag[];
}

/** x, y, z in metres. */
export type Vector = [number, number, number];

/** How the air carries. */
export interface RadioModel {
  /** 1 to 6; 2 in free space, the default. */
  pathLossExponent?: number;
  /** Standard deviation of the RSSI in dB, 0 to 20; default 0. */
  noiseDb?: number;
  /** Share of advertisements that collide and are lost, 0 to 1; default 0. */
  lossProbability?: number;
  /** Weaker advertisements are not heard: -127 to 20 dBm; default -95. */
  sensitivityDbm?: number;
}

/** What a tag sends. */
export type WorldFormat = 'mikrotik-tg-bt5' | 'ruuvi' | 'bthome' | 'ibeacon' | 'eddystone-tlm' | 'eddystone-uid';

/** One tag. */
export interface WorldTag {
  /** Six hexadecimal bytes joined by `:`, in the order in which addresses are written. */
  address: string;
  /** `public` when absent. */
  addressType?: 'public' | 'random';
  /** For people; not on the air. */
  name: string;
  format: WorldFormat;
  /** From one advertising event to the next, without the random 0 to 10 ms on top: 20 to 86,400,000 ms. */
  intervalMilliseconds: number;
  /** Where the tag is at the start. Either this or `path`. */
  position?: Vector;
  /** Metres per second along x, y, z. Only with `position`. */
  velocity?: Vector;
  path?: WalkedPath;
  /** Signal strength one metre away, -100 to -21 dBm. */
  rssiAt1m: number;
  /** Not for `ibeacon` and `eddystone-uid`; absent: a tag without the sensor, such as the TG-BT5-IN. */
  temperature?: Temperature;
  /** Relative, 0 to 100; for `ruuvi` and `bthome`. */
  humidityPercent?: number;
  /** For `ruuvi` and `bthome`: seconds from one measurement to the next, 0 to 3600; default 0: one an advertisement. */
  measurementSeconds?: number;
  /** Charge in percent, 0 to 100; only and always for `mikrotik-tg-bt5` and `bthome`. */
  batteryPercent?: number;
  /** 0 (not measured) to 65535 mV; only and always for `eddystone-tlm` and `ruuvi`. */
  batteryMillivolts?: number;
  /** For `mikrotik-tg-bt5` and `ruuvi`; absent: at rest, which reads 0 because the tag filters gravity out. */
  accelerometer?: Accelerometer;
  /** For `mikrotik-tg-bt5`: the flags byte (see `MikrotikReading`), 0 to 127; default 0. */
  flags?: number;
  /** For `mikrotik-tg-bt5` and `eddystone-tlm`: seconds since power-up at the start, 0 to 400,000,000; default 0. */
  uptimeSeconds?: number;
  /** Only and always for `ibeacon`. */
  ibeacon?: { uuid: string; major: number; minor: number };
  /** Only and always for `eddystone-uid`: 20 and 12 hexadecimal digits. */
  eddystoneUid?: { namespace: string; instance: string };
}

/** A path walked there and back without end. */
export interface WalkedPath {
  /** 2 to 1000 points. */
  points: Vector[];
  /** 0 to 100. */
  metersPerSecond: number;
}

/** A temperature that drifts. */
export interface Temperature {
  /** At the start, -100 to 125. */
  celsius: number;
  /** -1000 to 1000 °C an hour; default 0. */
  driftPerHour?: number;
  /** Where the drift ends; absent: nowhere. */
  limitCelsius?: number;
}

/** An accelerometer behind a high-pass filter. */
export interface Accelerometer {
  /** Mean along x, y, z in g, each -16 to 16. */
  g: Vector;
  /** Standard deviation in g, 0 to 16; default 0. */
  noise?: number;
}
