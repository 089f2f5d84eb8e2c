import { withView } from '../../../src/mqtt/viewed-bytes.js';
import { PAIRS } from '../../../src/bytes/decimal.js';
import { PlainTagProfile } from '../../../src/cloud/plain/plain-tags.js';
import { encodeUtf8 } from '../../../src/mqtt/utf8.js';
import { Field } from '../../../src/tags/index.js';
import { Report } from '../../../src/telemetry/index.js';
import { writeReport } from '../../../src/telemetry/outbox/report-record.js';

/*
 * The least that the bytes of a report can cost on this engine: code that knows the reading of `reportedAdvertisement`
 * beforehand, and writes its packet and its record without a check, a loop or a call but those of the engine. A text is
 * copied eight bytes with one call, and of each number it is known how many digits it has. Both exports return -1 when
 * what they wrote is not what the device writes.
 */

const report = new Report();
report.address.set([0xdc, 0x2c, 0x6e, 0, 0, 0]);
report.boot = 1;
report.sequence = 1234;
report.rssi = -60;
report.distance = Math.fround(1.1);
report.unixTime = 1767225633000;
report.reading.format = 1;
report.reading.state = 1;
report.reading.addFormat(1);
report.reading.set(Field.temperature, 21.9375);
report.reading.set(Field.accelerationX, 0);
report.reading.set(Field.accelerationY, 0);
report.reading.set(Field.accelerationZ, 0);
report.reading.set(Field.batteryPercent, 97);
report.reading.set(Field.uptime, 31);
report.reading.set(Field.events, 0);
const values = report.reading.values;
const address = report.address;

/** What the packet has between its numbers, each from a multiple of eight bytes on. */
const TEXTS = [
  'tagwire/shed/tags/',
  '{"address":"',
  '","format":"mikrotik","id":"',
  '","rssi":-',
  ',"distance":',
  ',"time":',
  ',"temperature":',
  ',"accelerationX":',
  ',"accelerationY":',
  ',"accelerationZ":',
  ',"batteryPercent":',
  ',"uptime":',
  ',"events":[]}',
];
const words = new Float64Array(32);
{
  const bytes = new Uint8Array(words.buffer);
  let at = 0;
  for (const text of TEXTS) {
    bytes.set(encodeUtf8(text), at);
    at += 8 * Math.ceil(text.length / 8);
  }
}

const pairs = PAIRS;
/** Each byte as two digits, as a view writes them low byte first. */
const hex = new Uint16Array(256);
const DIGITS = encodeUtf8('0123456789ABCDEF');
for (let i = 0; i < 256; i++) hex[i] = DIGITS[i >> 4]! | (DIGITS[i & 15]! << 8);

const COLON = 0x3a << 16;
const SLASH = 0x2f;
const POINT = 0x2e;
const TOPIC_LENGTH = 30;
const TOPIC = 5;
const PAYLOAD = TOPIC + TOPIC_LENGTH + 2;
const END = 267;
/** In two bytes, the first one with the bit that another one follows. */
const REMAINING = ((END - 3) & 127) | 128 | (((END - 3) >> 7) << 8);
const packetId = 4711;

/** Larger than the packet by a word: the last one of a text may reach behind it. */
const bytes = new Uint8Array(END + 8);
const view = new DataView(bytes.buffer);
const expected = withView(new Uint8Array(END + 8));
const profile = new PlainTagProfile({ gateway: 'shed' });

/** The PUBLISH: topic and payload. */
export function packetFloor(count: number): number {
  for (let i = 0; i < count; i++) {
    bytes[0] = 0x32;
    view.setUint16(1, REMAINING, true);
    view.setUint16(3, TOPIC_LENGTH);
    view.setFloat64(5, words[0]!, true);
    view.setFloat64(13, words[1]!, true);
    view.setFloat64(21, words[2]!, true);
    view.setUint32(23, hex[address[0]!]! | (hex[address[1]!]! << 16), true);
    view.setUint32(27, hex[address[2]!]! | (hex[address[3]!]! << 16), true);
    view.setUint32(31, hex[address[4]!]! | (hex[address[5]!]! << 16), true);
    view.setUint16(35, packetId);
    view.setFloat64(37, words[3]!, true);
    view.setFloat64(45, words[4]!, true);
    view.setUint32(49, hex[address[0]!]! | COLON, true);
    view.setUint32(52, hex[address[1]!]! | COLON, true);
    view.setUint32(55, hex[address[2]!]! | COLON, true);
    view.setUint32(58, hex[address[3]!]! | COLON, true);
    view.setUint32(61, hex[address[4]!]! | COLON, true);
    view.setUint16(64, hex[address[5]!]!, true);
    view.setFloat64(66, words[5]!, true);
    view.setFloat64(74, words[6]!, true);
    view.setFloat64(82, words[7]!, true);
    view.setFloat64(90, words[8]!, true);
    bytes[94] = 0x30 + report.boot;
    bytes[95] = SLASH;
    const sequence = report.sequence;
    const hundreds = (sequence / 100) | 0;
    view.setUint16(96, pairs[hundreds]!, true);
    view.setUint16(98, pairs[sequence - 100 * hundreds]!, true);
    view.setFloat64(100, words[9]!, true);
    view.setFloat64(108, words[10]!, true);
    view.setUint16(110, pairs[-report.rssi]!, true);
    view.setFloat64(112, words[11]!, true);
    view.setFloat64(120, words[12]!, true);
    const tenths = (report.distance * 10 + 0.5) | 0;
    const metres = (tenths / 10) | 0;
    bytes[124] = 0x30 + metres;
    bytes[125] = POINT;
    bytes[126] = 0x30 + tenths - 10 * metres;
    view.setFloat64(127, words[13]!, true);
    const time = report.unixTime;
    const millions = Math.floor(time / 1000000);
    const low = time - 1000000 * millions;
    const high = (millions / 10000) | 0;
    const middle = millions - 10000 * high;
    const first = (high / 100) | 0;
    const third = (middle / 100) | 0;
    const fifth = (low / 10000) | 0;
    const rest = low - 10000 * fifth;
    const sixth = (rest / 100) | 0;
    bytes[135] = 0x30 + first;
    view.setUint16(136, pairs[high - 100 * first]!, true);
    view.setUint16(138, pairs[third]!, true);
    view.setUint16(140, pairs[middle - 100 * third]!, true);
    view.setUint16(142, pairs[fifth]!, true);
    view.setUint16(144, pairs[sixth]!, true);
    view.setUint16(146, pairs[rest - 100 * sixth]!, true);
    view.setFloat64(148, words[14]!, true);
    view.setFloat64(156, words[15]!, true);
    const hundredths = (values[Field.temperature]! * 100 + 0.5) | 0;
    const degrees = (hundredths / 100) | 0;
    view.setUint16(163, pairs[degrees]!, true);
    bytes[165] = POINT;
    view.setUint16(166, pairs[hundredths - 100 * degrees]!, true);
    view.setFloat64(168, words[16]!, true);
    view.setFloat64(176, words[17]!, true);
    view.setFloat64(184, words[18]!, true);
    bytes[185] = 0x30 + values[Field.accelerationX]!;
    view.setFloat64(186, words[19]!, true);
    view.setFloat64(194, words[20]!, true);
    view.setFloat64(202, words[21]!, true);
    bytes[203] = 0x30 + values[Field.accelerationY]!;
    view.setFloat64(204, words[22]!, true);
    view.setFloat64(212, words[23]!, true);
    view.setFloat64(220, words[24]!, true);
    bytes[221] = 0x30 + values[Field.accelerationZ]!;
    view.setFloat64(222, words[25]!, true);
    view.setFloat64(230, words[26]!, true);
    view.setFloat64(238, words[27]!, true);
    view.setUint16(240, pairs[values[Field.batteryPercent]!]!, true);
    view.setFloat64(242, words[28]!, true);
    view.setFloat64(250, words[29]!, true);
    view.setUint16(252, pairs[values[Field.uptime]!]!, true);
    view.setFloat64(254, words[30]!, true);
    view.setFloat64(262, words[31]!, true);
  }
  const length = profile.writePayload(report, 0, expected, PAYLOAD, END);
  if (length !== END - PAYLOAD || profile.writeTopic(report, 0, expected, TOPIC, END) !== TOPIC_LENGTH) return -1;
  for (let i = TOPIC; i < END; i++) {
    const isId = i >= PAYLOAD - 2 && i < PAYLOAD;
    if (!isId && bytes[i] !== expected[i]) return -1;
  }
  return count;
}

/** Of a record: the outbox's part, and the report's behind it. */
const HEADER = 11;
const RECORD = 79;

/** The record in the outbox. */
export function recordFloor(count: number): number {
  for (let i = 0; i < count; i++) {
    view.setUint32(0, RECORD | (1 << 16) | (3 << 24), true);
    view.setUint32(4, 0, true);
    view.setUint32(7, 1234567, true);
    bytes[11] = 0x20;
    view.setUint32(12, report.boot, true);
    view.setUint32(16, report.sequence, true);
    view.setUint32(20, report.unixTime % 4294967296, true);
    view.setUint16(24, report.unixTime / 4294967296, true);
    bytes.set(address, 26);
    view.setInt8(32, report.rssi);
    view.setFloat32(33, report.distance, true);
    view.setUint32(37, 0x00000101, true);
    view.setUint16(41, 0x0701, true);
    bytes[43] = 1;
    bytes[44] = Field.temperature;
    view.setFloat32(45, values[Field.temperature]!, true);
    bytes[49] = Field.accelerationX;
    view.setFloat32(50, values[Field.accelerationX]!, true);
    bytes[54] = Field.accelerationY;
    view.setFloat32(55, values[Field.accelerationY]!, true);
    bytes[59] = Field.accelerationZ;
    view.setFloat32(60, values[Field.accelerationZ]!, true);
    bytes[64] = Field.batteryPercent;
    view.setFloat32(65, values[Field.batteryPercent]!, true);
    bytes[69] = Field.uptime;
    view.setFloat32(70, values[Field.uptime]!, true);
    bytes[74] = Field.events;
    view.setFloat32(75, values[Field.events]!, true);
  }
  const length = writeReport(report, expected, new DataView(expected.buffer), HEADER) - HEADER;
  if (length !== RECORD - HEADER) return -1;
  for (let at = HEADER; at < RECORD; at++) if (bytes[at] !== expected[at]) return -1;
  return count;
}
