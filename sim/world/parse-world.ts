import { BadInput, showValue } from './bad-input.js';
import { CLOUDS } from '../../src/cloud/index.js';
import { CONFIGURATION_KEYS } from '../../src/settings/index.js';
import { milliseconds } from './duration.js';
import { jsonPlace } from './json-place.js';
import type { WorldFile } from './world-file.js';

const MOST_TAGS = 4096;
const MOST_POINTS = 1000;
const FORMATS = ['mikrotik-tg-bt5', 'ruuvi', 'bthome', 'ibeacon', 'eddystone-tlm', 'eddystone-uid'];
const ADDRESS = /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/;
const NAME = /^[^\p{Cc}]{1,100}$/u;
/** What it does is checked by `parseFaults`. */
const FAULT = /^[a-z0-9-]+@[^,]{1,200}$/;
const SETTINGS = [...new Set([...CONFIGURATION_KEYS, ...CLOUDS.flatMap(({ keys }) => keys)].map(({ name }) => name))];
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
  } catch {
    throw new BadInput(`${shown} is not JSON${jsonPlace(json)}; it must be a JSON object that describes a world`);
  }
  new Checker(shown).world(value);
  return value as WorldFile;
}

type Members = Record<string, unknown>;

class Checker {
  constructor(private readonly fileName: string) {}

  world(value: unknown): void {
    const beside = ['gateways', 'radio', 'brokers', 'wifi', 'faults', 'until', 'expect', '$schema'];
    const several = isObject(value) && value['gateways'] !== undefined;
    const world = several
      ? this.object('', value, ['name', 'tags'], ['gateway', ...beside])
      : this.object('', value, ['name', 'gateway', 'tags'], beside);
    if (world['$schema'] !== undefined) this.text('$schema', world['$schema'], NAME, 'text of 1 to 100 characters');
    this.text('name', world['name'], NAME, 'text of 1 to 100 characters');
    if (several) {
      if (world['gateway'] !== undefined) this.fail('gateway', world['gateway'], 'absent beside gateways');
      this.gateways(world['gateways']);
    } else {
      const gateway = this.object('gateway', world['gateway'], ['position'], []);
      this.vector('gateway.position', gateway['position'], -1e6, 1e6, 'm');
    }
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
    if (world['brokers'] !== undefined) this.brokers(world['brokers']);
    if (world['wifi'] !== undefined) this.wifi(world['wifi']);
    if (world['faults'] !== undefined) this.faults(world['faults']);
    this.optionalTime('until', world['until']);
    if (world['expect'] !== undefined) this.expectations(world['expect'], tags as Members[]);
  }

  private gateways(value: unknown): void {
    const names = new Set<unknown>();
    this.list('gateways', value, 1, 16, 'gateways').forEach((value, index) => {
      const path = `gateways[${index}]`;
      const gateway = this.object(path, value, ['name', 'position'], ['board', 'settings', 'poweredAt', 'people']);
      this.text(`${path}.name`, gateway['name'], /^[\w.-]{1,32}$/, '1 to 32 of A-Z a-z 0-9 . _ -');
      if (names.has(gateway['name'])) this.fail(`${path}.name`, gateway['name'], 'a name that no other gateway has');
      names.add(gateway['name']);
      if (gateway['board'] !== undefined) {
        this.text(`${path}.board`, gateway['board'], /^(esp32|esp8266|desktop)$/, 'esp32, esp8266 or desktop');
      }
      this.vector(`${path}.position`, gateway['position'], -1e6, 1e6, 'm');
      this.settings(`${path}.settings`, gateway['settings']);
      this.optionalTime(`${path}.poweredAt`, gateway['poweredAt']);
      if (gateway['people'] !== undefined) this.people(`${path}.people`, gateway['people']);
    });
  }

  private settings(path: string, value: unknown): void {
    if (value === undefined) return;
    const settings = this.object(path, value, [], SETTINGS);
    for (const [name, setting] of Object.entries(settings)) {
      if (['string', 'number', 'boolean'].includes(typeof setting)) continue;
      // Not the value: it may be a secret.
      throw new BadInput(`${this.fileName}: ${path}.${name} must be text, a number, true or false`);
    }
  }

  private people(path: string, value: unknown): void {
    this.list(path, value, 0, 1000, 'actions').forEach((value, index) => {
      const place = `${path}[${index}]`;
      const action = this.object(place, value, ['at'], ['line', 'call']);
      this.time(`${place}.at`, action['at']);
      const { line, call } = action;
      if ((line === undefined) === (call === undefined)) {
        throw new BadInput(`${this.fileName}: ${place} must have either line or call`);
      }
      if (line !== undefined) this.text(`${place}.line`, line, /^[^\p{Cc}]{0,1000}$/u, 'text of 0 to 1000 characters');
      if (call === undefined) return;
      const { method } = this.object(`${place}.call`, call, ['method'], ['params']);
      this.text(`${place}.call.method`, method, NAME, 'text of 1 to 100 characters');
    });
  }

  private brokers(value: unknown): void {
    const names = new Set<unknown>();
    this.list('brokers', value, 1, 8, 'brokers').forEach((value, index) => {
      const path = `brokers[${index}]`;
      const { name, port, tls } = this.object(path, value, ['name'], ['port', 'tls']);
      this.text(`${path}.name`, name, /^[\w.-]{1,253}$/, 'a host name such as "broker.example"');
      if (names.has(name)) this.fail(`${path}.name`, name, 'a name that no other broker has');
      names.add(name);
      if (port !== undefined) this.integer(`${path}.port`, port, 1, 65535);
      this.optionalFlag(`${path}.tls`, tls);
    });
  }

  private wifi(value: unknown): void {
    const numbers = ['rssi', 'latencyMilliseconds', 'jitterMilliseconds', 'bytesPerSecond', 'lossProbability'];
    const wifi = this.object('wifi', value, [], ['ssid', 'password', ...numbers]);
    if (wifi['ssid'] !== undefined) this.text('wifi.ssid', wifi['ssid'], /^[^\p{Cc}]{1,32}$/u, 'text of 1 to 32 bytes');
    const { password } = wifi;
    if (password !== undefined && !(typeof password === 'string' && /^[\x20-\x7e]{8,63}$/.test(password))) {
      throw new BadInput(`${this.fileName}: wifi.password must be text of 8 to 63 printable ASCII characters`);
    }
    this.optionalNumber('wifi.rssi', wifi['rssi'], -100, 0, 'dBm');
    this.optionalNumber('wifi.latencyMilliseconds', wifi['latencyMilliseconds'], 0, 60_000, 'ms');
    this.optionalNumber('wifi.jitterMilliseconds', wifi['jitterMilliseconds'], 0, 60_000, 'ms');
    this.optionalNumber('wifi.bytesPerSecond', wifi['bytesPerSecond'], 1, 1e9);
    this.optionalNumber('wifi.lossProbability', wifi['lossProbability'], 0, 0.9);
  }

  private faults(value: unknown): void {
    this.list('faults', value, 0, 10_000, 'faults').forEach((value, index) => {
      const path = `faults[${index}]`;
      if (typeof value === 'string') {
        this.text(path, value, FAULT, 'KIND@TIME or KIND@TIME+LENGTH, such as "halfopen@10s+30s"');
        return;
      }
      if (!isObject(value)) this.fail(path, value, 'text such as "halfopen@10s+30s", or an object with kind, perHour');
      const rate = this.object(path, value, ['kind', 'perHour'], ['for', 'with']);
      this.text(`${path}.kind`, rate['kind'], /^[a-z0-9-]{1,40}$/, 'the kind of a fault such as "reset"');
      this.number(`${path}.perHour`, rate['perHour'], 0.001, 3600);
      this.optionalTime(`${path}.for`, rate['for']);
      if (rate['with'] !== undefined) {
        this.text(`${path}.with`, rate['with'], /^\w+=[^\s,]+( \w+=[^\s,]+)*$/, 'parameters such as "gateway=0"');
      }
    });
  }

  private expectations(value: unknown, tags: Members[]): void {
    const { connected, readings, messages } = this.object('expect', value, [], ['connected', 'readings', 'messages']);
    this.optionalFlag('expect.connected', connected);
    if (messages !== undefined) {
      this.range('expect.messages', this.object('expect.messages', messages, [], ['atLeast', 'atMost']));
    }
    if (readings === undefined) return;
    this.list('expect.readings', readings, 0, MOST_TAGS, 'readings').forEach((value, index) => {
      const path = `expect.readings[${index}]`;
      const reading = this.object(path, value, ['tag'], ['atLeast', 'atMost']);
      if (!tags.some(({ name }) => name === reading['tag']))
        this.fail(`${path}.tag`, reading['tag'], 'the name of a tag');
      this.range(path, reading);
    });
  }

  private range(path: string, { atLeast, atMost }: Members): void {
    if (atLeast === undefined && atMost === undefined) {
      throw new BadInput(`${this.fileName}: ${path} must have atLeast, atMost or both`);
    }
    if (atLeast !== undefined) this.integer(`${path}.atLeast`, atLeast, 0, 1e9);
    if (atMost !== undefined) this.integer(`${path}.atMost`, atMost, Number(atLeast ?? 0), 1e9);
  }

  private radio(value: unknown): void {
    const radio = this.object(
      'radio',
      value,
      [],
      ['pathLossExponent', 'noiseDb', 'lossProbability', 'sensitivityDbm', 'walls'],
    );
    this.optionalNumber('radio.pathLossExponent', radio['pathLossExponent'], 1, 6);
    this.optionalNumber('radio.noiseDb', radio['noiseDb'], 0, 20, 'dB');
    this.optionalNumber('radio.lossProbability', radio['lossProbability'], 0, 1);
    this.optionalNumber('radio.sensitivityDbm', radio['sensitivityDbm'], -127, 20, 'dBm');
    if (radio['walls'] === undefined) return;
    this.list('radio.walls', radio['walls'], 0, 256, 'walls').forEach((value, index) => {
      const path = `radio.walls[${index}]`;
      const wall = this.object(path, value, ['from', 'to', 'lossDb'], []);
      for (const end of ['from', 'to']) {
        const point = wall[end];
        if (!Array.isArray(point) || point.length !== 2) return this.fail(`${path}.${end}`, point, '[x, y] in m');
        point.forEach((part, axis) => this.number(`${path}.${end}[${axis}]`, part, -1e6, 1e6, 'm'));
      }
      this.number(`${path}.lossDb`, wall['lossDb'], 0, 100, 'dB');
    });
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
          [...place, 'temperature', 'accelerometer', 'flags', 'uptimeSeconds', 'signals'],
        );
        this.happenings(path, 'signals', tag['signals'], 'flags', 127);
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
          [...place, 'temperature', 'humidityPercent', 'measurementSeconds', 'presses'],
        );
        this.happenings(path, 'presses', tag['presses'], 'button', 4);
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

  private happenings(tag: string, name: 'signals' | 'presses', value: unknown, what: string, most: number): void {
    if (value === undefined) return;
    this.list(`${tag}.${name}`, value, 0, 1000, name).forEach((value, index) => {
      const path = `${tag}.${name}[${index}]`;
      const one = this.object(path, value, name === 'signals' ? ['at', 'for', what] : ['at', what], []);
      this.time(`${path}.at`, one['at']);
      this.optionalTime(`${path}.for`, one['for']);
      this.integer(`${path}.${what}`, one[what], 1, most);
    });
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

  private time(path: string, value: unknown): void {
    if (typeof value !== 'string' || Number.isNaN(milliseconds(value))) {
      this.fail(path, value, 'a time with the unit ms, s, m, h or d, such as "90s"');
    }
  }

  private optionalTime(path: string, value: unknown): void {
    if (value !== undefined) this.time(path, value);
  }

  private optionalFlag(path: string, value: unknown): void {
    if (value !== undefined && typeof value !== 'boolean') this.fail(path, value, 'true or false');
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
