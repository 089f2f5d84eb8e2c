/**
 * The shape of a world file: `sim/worlds/*.json`, checked by `parseWorld`, described for editors by
 * `sim/worlds/world.schema.json`. Times are text with a unit: `500ms`, `10s`, `2m`, `3h`, `7d`.
 */
export interface WorldFile {
  /** The schema, for editors. */
  $schema?: string;
  /** For people. */
  name: string;
  /** The one gateway, when there is nothing to say of it but its place. Either this or `gateways`. */
  gateway?: {
    position: Vector;
  };
  /** 1 to 16. */
  gateways?: FileGateway[];
  radio?: RadioModel;
  /** 1 to 4096 tags. One address may appear once with each format, as tags send several. */
  tags: WorldTag[];
  /** 1 to 8; default `broker.example`. */
  brokers?: FileBroker[];
  wifi?: FileWifi;
  /** What goes wrong: faults as `--faults` takes them, such as `reset@10m gateway=0`, or so many an hour. */
  faults?: (string | FaultRate)[];
  /** How long to run when nobody says; default 1h. */
  until?: string;
  expect?: Expectations;
}

/** A gateway of a world file. */
export interface FileGateway {
  /** 1 to 32 of A-Z a-z 0-9 . _ -; unique. */
  name: string;
  /** Default `esp32`. */
  board?: 'esp32' | 'esp8266' | 'desktop';
  position: Vector;
  /** Any configuration key; `broker` is the first broker of the world when absent. */
  settings?: { [key: string]: string | number | boolean };
  /** When its power is turned on; default 0s. */
  poweredAt?: string;
  people?: FileAction[];
}

/** What a person does at a gateway: either types a line at the serial console, or calls a method by RPC. */
export interface FileAction {
  at: string;
  line?: string;
  call?: { method: string; params?: unknown };
}

/** A broker of a world file. */
export interface FileBroker {
  /** Host name, 1 to 253 characters. */
  name: string;
  /** Default 1883, with `tls` 8883. */
  port?: number;
  tls?: boolean;
}

/** The wireless network, and the way from there to the brokers. */
export interface FileWifi {
  /** Default `tagwire`. */
  ssid?: string;
  password?: string;
  /** What the gateways hear of the access point, -100 to 0 dBm; default -58. */
  rssi?: number;
  /** One way, 0 to 60,000 ms. */
  latencyMilliseconds?: number;
  /** Up to so much more, 0 to 60,000 ms. */
  jitterMilliseconds?: number;
  /** 1 to 1e9. */
  bytesPerSecond?: number;
  /** Share of TCP segments that are lost, 0 to 0.9. */
  lossProbability?: number;
}

/** Faults at times by chance. */
export interface FaultRate {
  /** As in `--faults`. */
  kind: string;
  /** On average, above 0 to 3600. */
  perHour: number;
  /** How long each lasts; absent: a moment. */
  for?: string;
  /** Parameters, such as `gateway=0`. */
  with?: string;
}

/** What must be true at the end. */
export interface Expectations {
  /** Every gateway with power is connected to a broker. */
  connected?: boolean;
  /** How many readings brokers received of tags, by name: at least, and at most. */
  readings?: { tag: string; atLeast?: number; atMost?: number }[];
  /** Messages that brokers received. */
  messages?: { atLeast?: number; atMost?: number };
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
  /** What weakens a signal that passes: at most 256. */
  walls?: Wall[];
}

/** A wall from floor to ceiling. */
export interface Wall {
  /** x, y in metres. */
  from: [number, number];
  to: [number, number];
  /** 0 to 100. */
  lossDb: number;
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
  /** For `mikrotik-tg-bt5`: flags that are set for a while, on top of `flags`: a switch, a fall. At most 1000. */
  signals?: { at: string; for: string; flags: number }[];
  /** For `bthome`: presses of a button, which is sent for two seconds each: 1 press, 2 double, 3 triple, 4 long. */
  presses?: { at: string; button: number }[];
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
