import { BadInput, showValue } from './bad-input.js';
import type { WorldFile } from './world-file.js';

const MOST_TAGS = 4096;
const MOST_POINTS = 1000;
const FORMATS = ['mikrotik-tg-bt5', 'ruuvi', 'bthome', 'ibeacon', 'eddystone-tlm', 'eddystone-uid'];
const ADDRESS = /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/;
const UUID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;

/**
 * Checks the text of a world file. Throws `BadInput`, one line with `fileName`, the path of the first wrong
 * member (such as `tags[2].address`), its value, and what is allowed.
 */
export function parseWorld(text: string, fileName: string): WorldFile {
  const shown = /^[\x21-\x7e]+$/.test(fileName) ? fileName : showValue(fileName);
  const json = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    // The parser's own words quote the file, which may be a file of secrets named by mistake.
    const position = / at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const place = position === undefined ? '' : ` at ${lineAndColumn(json, Number(position))}`;
    throw new BadInput(`${shown} is not JSON${place}; it must be a JSON object that describes a world`);
  }
  new Checker(shown).world(value);
  return value as WorldFile;
}

function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

type Members = Record<string, unknown>;

class Checker {
  constructor(private readonly fileName: string) {}

  world(value: unknown): void {
    const world = this.object('', value, ['name', 'gateway', 'tags'], ['radio']);
    this.text('name', world['name'], /^[^\p{Cc}]{1,100}$/u, 'text of 1 to 100 characters');
    const gateway = this.object('gateway', world['gateway'], ['position'], []);
    this.vector('gateway.position', gateway['position'], -1e6, 1e6, 'm');
    if (world['radio'] !== undefined) {
      this.radio(world['radio']);
    }
    const tags = this.list('tags', world['tags'], 1, MOST_TAGS, 'tags');
    const seen = new Map<string, string>();
    tags.forEach((value, index) => {
      const path = `tags[${index}]`;
      const tag = this.tag(path, value);
      const key = `${String(tag['address']).toLowerCase()} ${String(tag['format'])}`;
      const first = seen.get(key);
      if (first !== undefined) {
        this.fail(`${path}.address`, tag['address'], `an address that ${first} with the same format does not have`);
      }
      seen.set(key, path);
    });
  }

  private radio(value: unknown): void {
    const radio = this.object('radio', value, [], ['pathLossExponent', 'noiseDb', 'lossProbability', 'sensitivityDbm']);
    this.optionalNumber('radio.pathLossExponent', radio['pathLossExponent'], 1, 6);
    this.optionalNumber('radio.noiseDb', radio['noiseDb'], 0, 20, 'dB');
    this.optionalNumber('radio.lossProbability', radio['lossProbability'], 0, 1);
    this.optionalNumber('radio.sensitivityDbm', radio['sensitivityDbm'], -127, 20, 'dBm');
  }

  private tag(path: string, value: unknown): Members {
    // The format decides which members there are, so it is looked at before them.
    const format = isObject(value) ? value['format'] : undefined;
    if (isObject(value) && !(typeof format === 'string' && FORMATS.includes(format))) {
      this.fail(`${path}.format`, format, FORMATS.join(', '));
    }
    const always = ['address', 'name', 'format', 'intervalMilliseconds', 'rssiAt1m'];
    const place = ['addressType', 'position', 'velocity', 'path'];
    let tag: Members;
    switch (format) {
      case 'mikrotik-tg-bt5':
        tag = this.object(
          path,
          value,
          [...always, 'batteryPercent'],
          [...place, 'temperature', 'accelerometer', 'flags', 'uptimeSeconds'],
        );
        this.number(`${path}.batteryPercent`, tag['batteryPercent'], 0, 100, '%');
        break;
      case 'ruuvi':
        tag = this.object(
          path,
          value,
          [...always, 'batteryMillivolts'],
          [...place, 'temperature', 'humidityPercent', 'accelerometer', 'measurementSeconds'],
        );
        this.integer(`${path}.batteryMillivolts`, tag['batteryMillivolts'], 1600, 3646, 'mV');
        break;
      case 'bthome':
        tag = this.object(
          path,
          value,
          [...always, 'batteryPercent'],
          [...place, 'temperature', 'humidityPercent', 'measurementSeconds'],
        );
        this.number(`${path}.batteryPercent`, tag['batteryPercent'], 0, 100, '%');
        break;
      case 'eddystone-tlm':
        tag = this.object(path, value, [...always, 'batteryMillivolts'], [...place, 'temperature', 'uptimeSeconds']);
        this.integer(`${path}.batteryMillivolts`, tag['batteryMillivolts'], 0, 65535, 'mV');
        break;
      case 'ibeacon':
        tag = this.object(path, value, [...always, 'ibeacon'], place);
        this.ibeacon(`${path}.ibeacon`, tag['ibeacon']);
        break;
      default:
        tag = this.object(path, value, [...always, 'eddystoneUid'], place);
        this.eddystoneUid(`${path}.eddystoneUid`, tag['eddystoneUid']);
    }
    this.text(`${path}.address`, tag['address'], ADDRESS, 'six hexadecimal bytes such as "DC:2C:6E:0F:C0:3D"');
    this.text(`${path}.name`, tag['name'], /^[^\p{Cc}]{1,100}$/u, 'text of 1 to 100 characters');
    if (tag['addressType'] !== undefined) {
      this.text(`${path}.addressType`, tag['addressType'], /^(public|random)$/, '"public" or "random"');
    }
    this.number(`${path}.intervalMilliseconds`, tag['intervalMilliseconds'], 20, 86_400_000, 'ms');
    this.integer(`${path}.rssiAt1m`, tag['rssiAt1m'], -100, -21, 'dBm');
    this.whereabouts(path, tag);
    this.sensors(path, tag);
    return tag;
  }

  private whereabouts(path: string, tag: Members): void {
    if (tag['path'] === undefined) {
      this.vector(`${path}.position`, tag['position'], -1e6, 1e6, 'm');
      if (tag['velocity'] !== undefined) {
        this.vector(`${path}.velocity`, tag['velocity'], -100, 100, 'm/s');
      }
      return;
    }
    for (const other of ['position', 'velocity']) {
      if (tag[other] !== undefined) {
        this.fail(`${path}.${other}`, tag[other], 'absent beside path');
      }
    }
    const walked = this.object(`${path}.path`, tag['path'], ['points', 'metersPerSecond'], []);
    this.list(`${path}.path.points`, walked['points'], 2, MOST_POINTS, 'points').forEach((point, index) => {
      this.vector(`${path}.path.points[${index}]`, point, -1e6, 1e6, 'm');
    });
    this.number(`${path}.path.metersPerSecond`, walked['metersPerSecond'], 0, 100, 'm/s');
  }

  private sensors(path: string, tag: Members): void {
    if (tag['temperature'] !== undefined) {
      const name = `${path}.temperature`;
      const temperature = this.object(name, tag['temperature'], ['celsius'], ['driftPerHour', 'limitCelsius']);
      this.number(`${name}.celsius`, temperature['celsius'], -100, 125, '°C');
      this.optionalNumber(`${name}.driftPerHour`, temperature['driftPerHour'], -1000, 1000, '°C an hour');
      const celsius = Number(temperature['celsius']);
      const falls = Number(temperature['driftPerHour'] ?? 0) < 0;
      const [from, to] = falls ? [-100, celsius] : [celsius, 125];
      this.optionalNumber(`${name}.limitCelsius`, temperature['limitCelsius'], from, to, '°C, where the drift leads');
    }
    if (tag['accelerometer'] !== undefined) {
      const name = `${path}.accelerometer`;
      const accelerometer = this.object(name, tag['accelerometer'], ['g'], ['noise']);
      this.vector(`${name}.g`, accelerometer['g'], -16, 16, 'g');
      this.optionalNumber(`${name}.noise`, accelerometer['noise'], 0, 16, 'g');
    }
    this.optionalNumber(`${path}.humidityPercent`, tag['humidityPercent'], 0, 100, '%');
    this.optionalNumber(`${path}.measurementSeconds`, tag['measurementSeconds'], 0, 3600, 's');
    if (tag['flags'] !== undefined) {
      this.integer(`${path}.flags`, tag['flags'], 0, 127);
    }
    this.optionalNumber(`${path}.uptimeSeconds`, tag['uptimeSeconds'], 0, 400_000_000, 's');
  }

  private ibeacon(path: string, value: unknown): void {
    const ibeacon = this.object(path, value, ['uuid', 'major', 'minor'], []);
    this.text(`${path}.uuid`, ibeacon['uuid'], UUID, 'a UUID such as "b2b98de4-c81c-47c2-b14e-791b3e5587ec"');
    this.integer(`${path}.major`, ibeacon['major'], 0, 65535);
    this.integer(`${path}.minor`, ibeacon['minor'], 0, 65535);
  }

  private eddystoneUid(path: string, value: unknown): void {
    const uid = this.object(path, value, ['namespace', 'instance'], []);
    this.text(`${path}.namespace`, uid['namespace'], /^[0-9A-Fa-f]{20}$/, '20 hexadecimal digits');
    this.text(`${path}.instance`, uid['instance'], /^[0-9A-Fa-f]{12}$/, '12 hexadecimal digits');
  }

  private object(path: string, value: unknown, required: string[], optional: string[]): Members {
    const allowed = [...required, ...optional];
    if (!isObject(value)) {
      this.fail(path, value, `an object with ${allowed.join(', ')}`);
    }
    const prefix = path === '' ? '' : `${path}.`;
    for (const name of Object.keys(value)) {
      if (!allowed.includes(name)) {
        const shown = /^\w{1,40}$/.test(name) ? `${prefix}${name}` : `${prefix}[${showValue(name)}]`;
        throw new BadInput(
          `${this.fileName}: ${shown} is not a key; the keys ${path === '' ? 'at the top' : `of ${path}`} are ` +
            allowed.join(', '),
        );
      }
    }
    for (const name of required) {
      if (value[name] === undefined) {
        throw new BadInput(`${this.fileName}: ${prefix}${name} is missing`);
      }
    }
    return value;
  }

  private list(path: string, value: unknown, from: number, to: number, what: string): unknown[] {
    if (!Array.isArray(value)) {
      return this.fail(path, value, `a list of ${from} to ${to} ${what}`);
    }
    if (value.length < from || value.length > to) {
      throw new BadInput(
        `${this.fileName}: ${path} has ${value.length} ${what}; it must be a list of ${from} to ${to} ${what}`,
      );
    }
    return value;
  }

  private vector(path: string, value: unknown, from: number, to: number, unit: string): void {
    if (!Array.isArray(value) || value.length !== 3) {
      this.fail(path, value, `[x, y, z] in ${unit}`);
    }
    value.forEach((part, axis) => this.number(`${path}[${axis}]`, part, from, to, unit));
  }

  private number(path: string, value: unknown, from: number, to: number, unit = ''): void {
    if (typeof value !== 'number' || !(value >= from && value <= to)) {
      this.fail(path, value, `a number from ${from} to ${to}${unit === '' ? '' : ' ' + unit}`);
    }
  }

  private optionalNumber(path: string, value: unknown, from: number, to: number, unit = ''): void {
    if (value !== undefined) {
      this.number(path, value, from, to, unit);
    }
  }

  private integer(path: string, value: unknown, from: number, to: number, unit = ''): void {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to) {
      this.fail(path, value, `an integer from ${from} to ${to}${unit === '' ? '' : ' ' + unit}`);
    }
  }

  private text(path: string, value: unknown, pattern: RegExp, allowed: string): void {
    if (typeof value !== 'string' || !pattern.test(value)) {
      this.fail(path, value, allowed);
    }
  }

  private fail(path: string, value: unknown, allowed: string): never {
    const place = path === '' ? this.fileName : `${this.fileName}: ${path}`;
    if (value === undefined) throw new BadInput(`${place} is missing; it must be ${allowed}`);
    throw new BadInput(`${place} must be ${allowed}, got ${showValue(value)}`);
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
