/** A figure, and where it comes from. */
interface Sourced {
  value: number;
  source: string;
}

/** What the arithmetic of `capacity.ts` has to know of a chip. */
export interface Chip {
  title: string;
  /** Whose instructions are taken. */
  core: 'rv32' | 'lx106';
  /** Why these; empty: they are its own. */
  coreNote: string;
  clockMegahertz: Sourced;
  /** It hears tags. */
  bluetooth: boolean;
  /** In mA, at 3.3 V where the source does not say otherwise. */
  currents: {
    /** The processor runs, the radio does not. */
    running: Sourced;
    /** The radio receives, as it does all the time while tags are scanned for. */
    listening: Sourced;
    transmitting: Sourced;
    /** Connected, the processor on, the radio on for each beacon (DTIM 1). */
    modemSleep: Sourced;
    /** Connected, the processor off, the radio on for each third beacon (DTIM 3). */
    lightSleep: Sourced;
    deepSleep: Sourced;
  };
}

// Each table and each value was read, on 2026-11-30, except where the source says otherwise.
const C3_DATASHEET = 'ESP32-C3 Series Datasheet v2.2, section 5.6.2, Table 5-8';
const C3_RADIO = 'ESP32-C3 Family Datasheet V1.0, section 4.6, Table 15, page 29';
const C6_DATASHEET = 'ESP32-C6 Series Datasheet v1.4';
const S3_DATASHEET = 'ESP32-S3 Series Datasheet v2.2';
const ESP32_DATASHEET = 'ESP32 Series Datasheet v5.2';
const ESP8266_DATASHEET = 'ESP8266EX Datasheet, 2020.10, Table 3-4, page 12';
/** That table itself was not at hand. */
const ESP8266_RADIO = 'ESP8266EX Datasheet, as NodeMCU quotes it at wifi.setphymode';
const GUIDE = 'ESP-IDF Programming Guide, "Introduction to Low Power Mode in Wi-Fi Scenarios", first table';
const SDKCONFIG = 'Moddable SDK 8.2.3, sdkconfig.defaults';

const from = (source: string, value: number): Sourced => ({ value, source });

/** By the name that `--board` takes. */
export const CHIPS = {
  esp32: {
    title: 'ESP32',
    core: 'lx106',
    coreNote: 'estimated: its LX6 also divides in hardware, and has registers in windows',
    clockMegahertz: from(SDKCONFIG, 240),
    bluetooth: true,
    currents: {
      running: from(`${ESP32_DATASHEET}, Table 4-2: modem-sleep, 240 MHz, two cores, the upper end`, 68),
      listening: from(`${ESP32_DATASHEET}, section 5.4, Table 5-4: receiving, the upper end`, 100),
      transmitting: from(`${ESP32_DATASHEET}, section 5.4, Table 5-4: 802.11n, 14 dBm`, 180),
      modemSleep: from(`${GUIDE}, ESP32, DTIM 1`, 31.12),
      lightSleep: from(`${GUIDE}, ESP32, DTIM 3`, 2.33),
      deepSleep: from(`${GUIDE}, ESP32`, 0.005),
    },
  },
  esp32c3: {
    title: 'ESP32-C3',
    core: 'rv32',
    coreNote: '',
    clockMegahertz: from(`${C3_DATASHEET}`, 160),
    bluetooth: true,
    currents: {
      running: from(`${C3_DATASHEET}: 160 MHz, CPU running, clocks of peripherals off`, 23),
      listening: from(`${C3_RADIO}: receiving, HT20`, 84),
      transmitting: from(`${C3_RADIO}: 802.11n, HT20, 18.5 dBm`, 276),
      modemSleep: from(`${GUIDE}, ESP32-C3, DTIM 1`, 21.47),
      lightSleep: from(`${GUIDE}, ESP32-C3, DTIM 3`, 0.62),
      deepSleep: from(`${GUIDE}, ESP32-C3`, 0.0048),
    },
  },
  esp32c6: {
    title: 'ESP32-C6',
    core: 'rv32',
    coreNote: 'of the same instruction set; its atomic instructions are not used',
    clockMegahertz: from(`${C6_DATASHEET}, Table 5-10`, 160),
    bluetooth: true,
    currents: {
      running: from(`${C6_DATASHEET}, Table 5-10: 160 MHz, CPU running, clocks of peripherals off`, 27),
      listening: from(`${C6_DATASHEET}, Table 5-7: receiving, HT20`, 78),
      transmitting: from(`${C6_DATASHEET}, Table 5-7: 802.11n, HT20, 18.5 dBm`, 280),
      modemSleep: from('estimated: as the ESP32-C3, since the table of the guide is empty for the ESP32-C6', 21.47),
      lightSleep: from('estimated: as the ESP32-C3, since the table of the guide is empty for the ESP32-C6', 0.62),
      deepSleep: from(`${C6_DATASHEET}, Table 5-11: RTC timer and LP memory on`, 0.007),
    },
  },
  esp32s3: {
    title: 'ESP32-S3',
    core: 'lx106',
    coreNote: 'estimated: its LX7 also divides in hardware, and has registers in windows',
    clockMegahertz: from(SDKCONFIG, 240),
    bluetooth: true,
    currents: {
      running: from(`${S3_DATASHEET}, Table 5-9, page 67: 240 MHz, one core at work on 32 bits`, 51.2),
      listening: from(`${S3_DATASHEET}, Table 5-7, page 66: receiving, HT20`, 88),
      transmitting: from(`${S3_DATASHEET}, Table 5-7, page 66: 802.11n, HT20, 18.5 dBm`, 283),
      modemSleep: from(`${GUIDE}, ESP32-S3, DTIM 1`, 40.1),
      lightSleep: from(`${GUIDE}, ESP32-S3, DTIM 3`, 1.33),
      deepSleep: from(`${GUIDE}, ESP32-S3`, 0.0068),
    },
  },
  esp8266: {
    title: 'ESP8266',
    core: 'lx106',
    coreNote: '',
    clockMegahertz: from('Moddable SDK 8.2.3, make.esp.mk: F_CPU', 80),
    bluetooth: false,
    currents: {
      running: from(`${ESP8266_DATASHEET}: modem-sleep, CPU working`, 15),
      listening: from(`${ESP8266_RADIO}: receiving, 802.11n`, 56),
      transmitting: from(`${ESP8266_RADIO}: 802.11n, 13 dBm`, 120),
      modemSleep: from(`${ESP8266_DATASHEET}, note 1: DTIM 3`, 15),
      lightSleep: from(`${ESP8266_DATASHEET}, note 2: DTIM 3`, 0.9),
      deepSleep: from(`${ESP8266_DATASHEET}, note 3: at 2.5 V`, 0.02),
    },
  },
} as const satisfies Record<string, Chip>;

/** A board, as `--board` takes it. */
export type ChipName = keyof typeof CHIPS;
