import { mikrotik } from '../../device/hand-scanner.js';
import type { Conversation } from './conversation.js';

export type TagFormat = 'mikrotik' | 'ruuvi5' | 'bthome2';
export const FORMATS: readonly TagFormat[] = ['mikrotik', 'ruuvi5', 'bthome2'];

/** The tags of the day. */
export const TAGS: { readonly [format in TagFormat]: string } = {
  mikrotik: 'DC:2C:6E:0F:C0:3D',
  ruuvi5: 'CB:B8:33:4C:88:4F',
  bthome2: '54:48:E6:8F:80:A5',
};

/** Of their temperatures, in hundredths of a degree: so a value tells whose it is. */
const FRACTIONS: { [format in TagFormat]: number } = { mikrotik: 0, ruuvi5: 25, bthome2: 50 };

const MINUTE = 60_000;
/** Each tag is heard so often, with the same reading until the next hour. */
const HEARD_EVERY = 10 * MINUTE;
const HEARD_AN_HOUR = 6;
/** The hours in which the BTHome tag is not there: longer than its time-out, six times 10 minutes. */
const AWAY = { from: 3, to: 6 };
const EVENT_HOUR = 1;
const CALL_HOUR = 2;
/** Of the reading with the alarm, in hundredths of a degree. */
const ALARM_TEMPERATURE = 4500;

export const WHOLE_DAY = 24;
/** So many have all that a day has. */
export const FEWEST_HOURS = 7;

/** Configuration keys of the day, beside those of a profile. */
export const DAY = Object.freeze({
  interval: 60,
  heartbeat: 0,
  presence: 60,
  health: 3600,
  keepAlive: 1100,
  silent: 0,
});

/** Presence reports of a day: three arrive, one goes away and arrives again. */
export const PRESENCE_REPORTS = 5;

/** The temperatures of a tag that are due, in hundredths of a degree, in order. */
export function due(format: TagFormat, hours: number): number[] {
  const values: number[] = [];
  for (let hour = 0; hour < hours; hour++) {
    if (isThere(format, hour)) values.push(temperature(format, hour));
    if (format === 'mikrotik' && hour === EVENT_HOUR) values.push(ALARM_TEMPERATURE);
  }
  return values;
}

/** Reports of a tag that are due: its readings, and the button press. */
export function dueReports(format: TagFormat, hours: number): number {
  return due(format, hours).length + (format === 'bthome2' ? 1 : 0);
}

/** Whose temperature it is; undefined: nobody's. */
export function formatOf(value: number): TagFormat | undefined {
  return FORMATS.find((format) => due(format, WHOLE_DAY).includes(value));
}

/** Three tags are heard for so many hours; one goes away and comes back; a button, an alarm, a call; then the end. */
export function live(talk: Conversation, hours: number): void {
  talk.wait(5000);
  for (let hour = 0; hour < hours; hour++) {
    for (let turn = 0; turn < HEARD_AN_HOUR; turn++) {
      for (const format of FORMATS) {
        if (isThere(format, hour)) talk.hear(TAGS[format], advertisement(format, hour));
        talk.wait(1000);
      }
      const isLast = turn === HEARD_AN_HOUR - 1;
      if (isLast && hour === EVENT_HOUR) {
        talk.hear(TAGS.bthome2, BUTTON);
        talk.wait(1000);
        talk.hear(TAGS.mikrotik, ALARM);
      }
      if (isLast && hour === CALL_HOUR) talk.call();
      talk.wait(HEARD_EVERY - 3000);
    }
  }
  talk.end();
}

/** BTHome: button pressed, packet number 200. */
const BUTTON = '0816d2fc4400c83a01';
/** MikroTik: in free fall. */
const ALARM = freeFall(mikrotik(990, (ALARM_TEMPERATURE / 100) * 256));

function isThere(format: TagFormat, hour: number): boolean {
  return format !== 'bthome2' || hour < AWAY.from || hour >= AWAY.to;
}

function temperature(format: TagFormat, hour: number): number {
  return 2000 + 100 * hour + FRACTIONS[format];
}

function advertisement(format: TagFormat, hour: number): string {
  const value = temperature(format, hour);
  if (format === 'mikrotik') return mikrotik(1000 + hour, (value / 100) * 256);
  const bytes = Buffer.alloc(2);
  if (format === 'bthome2') {
    bytes.writeInt16LE(value);
    return `0916d2fc4000${hex(100 + hour)}02${bytes.toString('hex')}`;
  }
  bytes.writeInt16BE(value * 2);
  const mac = TAGS.ruuvi5.replaceAll(':', '');
  return `1bff990405${bytes.toString('hex')}5394c37c0004fffc040cac364201${hex(hour)}${mac}`;
}

function freeFall(text: string): string {
  const bytes = Buffer.from(text, 'hex');
  bytes[20] = 0x04;
  return bytes.toString('hex');
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
