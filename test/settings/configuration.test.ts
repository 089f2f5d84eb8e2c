import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodePlatform } from '../../sim/hal/platform.js';
import { checkScanOptions } from '../../sim/scanner/check-scan-options.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { ESP8266_LIMITS } from '../../boards/esp8266/limits.js';
import { PlainProfile } from '../../src/cloud/index.js';
import { Connection } from '../../src/connection/index.js';
import { CONFIGURATION_KEYS, findKey, isSecret, nearestKey } from '../../src/settings/configuration-keys.js';
import type { ConfigurationTarget, RawConfiguration } from '../../src/settings/configuration.js';
import { parseConfiguration } from '../../src/settings/parse-configuration.js';
import { allowedText, checkSetting } from '../../src/settings/parse-value.js';
import { scanProfile, steadyProfile } from '../../src/settings/scan-profile.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import type { TagConfiguration } from '../../src/settings/tag-configuration.js';
import {
  DuplicateFilter,
  parseAddressPatterns,
  parseDuplicateMode,
  parseKeys,
  parseServices,
  TagPresence,
  TagTable,
} from '../../src/tags/index.js';
import { VerdictCache, verdictPlaces } from '../../src/tags/filter/verdict-cache.js';
import { FullRule } from '../../src/telemetry/outbox/flash-log.js';
import { checkReportPolicy, MAX_REPORT_LENGTH, Outbox, parsePolicies, PolicyTable } from '../../src/telemetry/index.js';

const SECRET = 'hush-hush-42';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const TAG_KEYS = 'A4:C1:38:8D:18:B2=231d39c1d7cc1ab1aee224cd096db932';
const MINIMUM = { broker: 'mqtt://broker.example' };

const TAG_TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };

function tagsOf(raw: RawConfiguration): TagConfiguration {
  return parseConfiguration({ ...MINIMUM, ...raw }, TAG_TARGET).tags!;
}

/** The lines of what is wrong; none when it is right. */
function mistakes(raw: RawConfiguration, target: ConfigurationTarget = TAG_TARGET): string[] {
  try {
    parseConfiguration(raw, target);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message.split('\n');
  }
}

/** Bytes of the typed arrays of a table of tags and of their presence. */
function columnBytes(policies: string, capacity: number): number {
  const rules = parsePolicies(policies, { minimumInterval: 10000, maximumInterval: 60000 });
  const table = new TagTable(new PolicyTable(rules).tableOptions(capacity));
  const buffers = new Set<ArrayBufferLike>();
  for (const part of [table, new TagPresence(table), new VerdictCache(verdictPlaces(capacity))]) {
    for (const value of Object.values(part)) if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
  }
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe('parseConfiguration', () => {
  it('needs a broker only, and fills in the rest', () => {
    expect(parseConfiguration(MINIMUM, TAG_TARGET)).toEqual({
      gateway: 'tagwire',
      prefix: 'tagwire',
      connection: {
        endpoints: [{ host: 'broker.example', port: 1883 }],
        clientId: 'tagwire-tagwire',
        cleanSession: true,
        keepAliveSeconds: 60,
        receiveBufferSize: 512,
        transmitArenaSize: 2048,
        maxInFlight: 8,
      },
      timeServers: ['pool.ntp.org', 'time.cloudflare.com'],
      tags: {
        defaults: { minimumInterval: 10000, maximumInterval: 60000 },
        rules: [
          {
            formats: [],
            addresses: [],
            minimumInterval: 10000,
            maximumInterval: 60000,
            events: true,
            deltas: [],
          },
        ],
        scan: scanProfile('dedicated'),
        tagCapacity: 64,
        filter: {},
        configuredOnly: false,
        presence: { minimumSeconds: 60, configuredOnly: false },
        distance: { rssiAt1m: 0, pathLossExponent: 2.7 },
        outbox: { capacity: 4608, persistSeconds: 5, rule: FullRule.oldest, maxInFlight: 8 },
        maxAgeSeconds: 0,
        silentSeconds: 120,
        memory: 4608 + columnBytes('', 64),
      },
      cloud: 'plain',
      cloudValues: {},
      rpc: 'cloud',
      rpcAccess: 'operate',
      serialConsole: false,
      maxPayload: 512,
      retention: { persistSeconds: 5, rule: FullRule.oldest, maxAgeSeconds: 0 },
      pace: {},
      healthSeconds: 60,
    });
  });

  it('takes every key, as text and as what JSON has for it', () => {
    const asText = {
      ssid: 'Zürich 5 GHz',
      password: SECRET,
      cloud: 'plain',
      broker: 'mqtts://a.example, mqtt://10.0.0.2:1884/, mqtts://[fe80::1]:8884',
      username: 'ann',
      brokerPassword: SECRET,
      credentialsFor: 'mqtts://a.example=broker.internal,mqtt://10.0.0.2:1884',
      clientId: 'shed-1',
      cleanSession: 'false',
      keepAlive: '30',
      gateway: 'shed',
      prefix: 'site/north',
      ca: PEM,
      certificate: 'device.der',
      key: 'device.key',
      serverName: 'broker.internal',
      timeServers: 'ntp.example, 10.0.0.1',
      interval: '5',
      heartbeat: '0',
      policies: 'ruuvi5 interval=30 temperature=0.2; AA:BB:CC:DD:EE:FF events=no',
      presence: '120',
      presenceConfigured: 'true',
      rssiAt1m: '-59',
      pathLoss: '3.1',
      scanProfile: '',
      scanInterval: '62.5',
      scanWindow: '31.25',
      activeScan: '1',
      rssiFloor: '-90',
      allow: 'AA:BB:*, 12:34:56:78:9A:BC random = door',
      deny: 'AA:BB:CC:*',
      companies: '0x0499, 76',
      services: 'FCD2',
      configuredTags: 'false',
      duplicates: 'keep-unique',
      tags: '16',
      tagKeys: TAG_KEYS,
      outbox: '2048',
      outboxFull: 'thin',
      maxAge: '604800',
      maxPayload: '4000',
      inFlight: '12',
      maxMessageRate: '50',
      maxByteRate: '100000',
      maxPointRate: '200',
      rpc: 'thingsboard',
      rpcAccess: 'all',
      serialConsole: 'true',
      recorder: '4096',
      trial: '300',
      health: '0',
      persist: '600',
      silent: '0',
    };
    expect(Object.keys(asText)).toEqual(CONFIGURATION_KEYS.map(({ name }) => name));
    const resource = (name: string): Uint8Array => Uint8Array.of(0x30, name.length);
    const configuration = parseConfiguration(asText, { ...TAG_TARGET, needsWifi: true, recorder: true, resource });
    const tls = {
      ca: PEM,
      certificate: Uint8Array.of(0x30, 10),
      key: Uint8Array.of(0x30, 10),
      serverName: 'broker.internal',
    };
    expect(configuration).toEqual({
      gateway: 'shed',
      prefix: 'site/north',
      wifi: { ssid: 'Zürich 5 GHz', password: SECRET },
      connection: {
        endpoints: [
          { host: 'a.example', port: 8883, tls },
          { host: '10.0.0.2', port: 1884 },
          { host: 'fe80::1', port: 8884, tls: { ca: PEM, serverName: 'broker.internal' }, withoutCredentials: true },
        ],
        clientId: 'shed-1',
        cleanSession: false,
        keepAliveSeconds: 30,
        username: 'ann',
        password: SECRET,
        receiveBufferSize: 512,
        transmitArenaSize: 4320,
        maxInFlight: 12,
      },
      timeServers: ['ntp.example', '10.0.0.1'],
      tags: {
        defaults: { minimumInterval: 5000, maximumInterval: 0 },
        rules: parsePolicies(asText.policies, { minimumInterval: 5000, maximumInterval: 0 }),
        scan: steadyProfile({ intervalMilliseconds: 62.5, windowMilliseconds: 31.25, active: true }),
        tagCapacity: 16,
        filter: {
          rssiFloor: -90,
          allow: parseAddressPatterns(asText.allow),
          deny: parseAddressPatterns(asText.deny),
          companies: Uint16Array.of(0x0499, 76),
          services: parseServices(asText.services),
          duplicates: new DuplicateFilter({ mode: parseDuplicateMode('keep-unique') }),
        },
        configuredOnly: false,
        presence: { minimumSeconds: 120, configuredOnly: true },
        distance: { rssiAt1m: -59, pathLossExponent: 3.1 },
        keys: parseKeys(TAG_KEYS),
        outbox: { capacity: 2048, persistSeconds: 600, rule: FullRule.thin, maxInFlight: 12 },
        maxAgeSeconds: 604800,
        silentSeconds: 0,
        memory: 2048 + columnBytes('default temperature=1', 16),
      },
      cloud: 'plain',
      cloudValues: {},
      rpc: 'thingsboard',
      rpcAccess: 'all',
      serialConsole: true,
      recorder: 4096,
      maxPayload: 4000,
      retention: { persistSeconds: 600, rule: FullRule.thin, maxAgeSeconds: 604800 },
      pace: { messagesPerSecond: 50, bytesPerSecond: 100000, pointsPerSecond: 200 },
      healthSeconds: 0,
    });
    const asJson: RawConfiguration = {
      ...asText,
      cleanSession: false,
      activeScan: true,
      presenceConfigured: true,
      serialConsole: true,
    };
    for (const { name } of CONFIGURATION_KEYS) {
      if (/^-?[\d.]+$/.test(String(asJson[name]))) asJson[name] = Number(asJson[name]);
    }
    expect(parseConfiguration(asJson, { ...TAG_TARGET, recorder: true, resource })).toEqual(configuration);
  });

  it('takes an empty value for one that is not given', () => {
    const raw = Object.fromEntries(CONFIGURATION_KEYS.map(({ name }) => [name, '']));
    expect(parseConfiguration({ ...raw, ...MINIMUM }, TAG_TARGET)).toEqual(parseConfiguration(MINIMUM, TAG_TARGET));
    expect(parseConfiguration({ ...MINIMUM, ssid: 'open', password: '' }).wifi).toEqual({ ssid: 'open' });
  });

  it('takes the former name of a key', () => {
    expect(parseConfiguration({ ...MINIMUM, calls: 'off' }).rpc).toBe('off');
    expect(parseConfiguration({ ...MINIMUM, calls: 'off', rpc: 'thingsboard' }).rpc).toBe('thingsboard');
    expect(mistakes({ ...MINIMUM, calls: 'any' })).toEqual(['rpc must be cloud, plain, thingsboard or off, got "any"']);
  });

  it("takes the board's name for the gateway when none is given", () => {
    const named = parseConfiguration(MINIMUM, { gateway: 'esp32-a1b2c3' });
    expect([named.gateway, named.connection.clientId]).toEqual(['esp32-a1b2c3', 'tagwire-esp32-a1b2c3']);
    expect(parseConfiguration({ ...MINIMUM, gateway: 'shed' }, { gateway: 'esp32-a1b2c3' }).gateway).toBe('shed');
  });

  it('lets defaults give way to what is given', () => {
    expect(tagsOf({ interval: 300 }).rules[0]!.maximumInterval).toBe(300000);
    expect(tagsOf({ scanInterval: 20 }).scan.connected.windowMilliseconds).toBe(20);
    expect(tagsOf({ scanWindow: 20 }).scan.connected.intervalMilliseconds).toBe(100);
    expect(tagsOf({ scanProfile: 'shared', activeScan: true }).scan.connecting).toEqual({
      intervalMilliseconds: 100,
      windowMilliseconds: 30,
      active: true,
    });
  });

  it('reads the keys of tags, and never shows them', () => {
    const key = '231d39c1d7cc1ab1aee224cd096db932';
    const tagKeys = `A4:C1:38:8D:18:B2=${key}`;
    expect(tagsOf({ tagKeys }).keys!.size).toBe(1);
    const [line] = mistakes({ ...MINIMUM, tagKeys: `${tagKeys},${key}` });
    expect(line).toMatch(/^tagKeys must be AA:BB:CC:DD:EE:FF=KEY.*, got 83 characters$/);
    expect(line).not.toContain(key);
  });

  it('makes less room on a chip without Bluetooth', () => {
    const target = { memory: 2112 };
    expect(parseConfiguration(MINIMUM, target).connection.transmitArenaSize).toBe(1024);
    expect(mistakes({ ...MINIMUM, maxPayload: 1024 }, target)).toEqual([
      'tags, outbox, maxPayload and inFlight take 2944 bytes, but this board has room for 2112',
    ]);
  });

  it('has as many messages in flight as the key says, or else the board', () => {
    const connection = (raw: RawConfiguration, target: ConfigurationTarget = {}): object =>
      parseConfiguration({ ...MINIMUM, ...raw }, target).connection;
    expect(connection({})).toMatchObject({ maxInFlight: 4, transmitArenaSize: 1024 });
    expect(connection({}, { inFlight: 64 })).toMatchObject({ maxInFlight: 64, transmitArenaSize: 16384 });
    expect(connection({ inFlight: 20, ssid: 'home' }, ESP8266_LIMITS)).toMatchObject({
      maxInFlight: 20,
      transmitArenaSize: 5120,
    });
    expect(mistakes({ ...MINIMUM, ssid: 'home', inFlight: 40 }, ESP8266_LIMITS)).toEqual([
      'tags, outbox, maxPayload and inFlight take 11904 bytes, but this board has room for 8192',
    ]);
  });

  it.each([
    ['esp32', { ...ESP32_LIMITS, tags: { ...ESP32_LIMITS.tags, parse: parseTagConfiguration } }],
    ['esp8266', ESP8266_LIMITS],
  ])('fits %s with its defaults', (_board, target) => {
    expect(parseConfiguration({ ...MINIMUM, ssid: 'home' }, target).wifi).toEqual({ ssid: 'home' });
  });

  it('is what the parts of a device take', () => {
    for (const edge of ['min', 'max'] as const) {
      const raw: RawConfiguration = { ...MINIMUM };
      for (const row of CONFIGURATION_KEYS) {
        if (['interval', 'heartbeat', 'keepAlive', 'tags', 'outbox', 'maxPayload'].includes(row.name)) {
          raw[row.name] = row[edge];
        }
        if (row.name === 'scanInterval' || row.name === 'scanWindow') raw[row.name] = row[edge];
        if (['prefix', 'gateway'].includes(row.name)) raw[row.name] = 'x'.repeat(row[edge]);
      }
      const configuration = parseConfiguration(raw, TAG_TARGET);
      const tags = configuration.tags!;
      checkReportPolicy(tags.rules[0]!);
      checkScanOptions(tags.scan.connected);
      new TagTable({ capacity: tags.tagCapacity! });
      new Outbox({ ...tags.outbox, maxRecordLength: MAX_REPORT_LENGTH });
      const profile = new PlainProfile(configuration);
      expect(configuration.connection.transmitArenaSize).toBeGreaterThanOrEqual(
        configuration.maxPayload + profile.maxTopicLength + 16,
      );
      const { connection } = configuration;
      new Connection(connection, nodePlatform(), {
        onConnected() {},
        onMessage() {},
        onAcknowledged() {},
        onSubscribed() {},
        onUnsubscribed() {},
        onRoom() {},
        onFailed() {},
        onStopped() {},
      });
    }
  });
});

/** A value that is wrong, and the line that says so. */
const wrong: [RawConfiguration, RegExp, ConfigurationTarget?][] = [
  [{ broker: '' }, /^broker is missing: it must be mqtt:\/\/host/],
  [{ broker: 'broker.example' }, /^broker must be mqtt:\/\/host\[:port\] or mqtts:.*, got "broker\.example"$/],
  [{ broker: 'http://b' }, /^broker must be .*, got "http:\/\/b"$/],
  [{ broker: 'mqtt://' }, /^broker must be .*, got "mqtt:\/\/"$/],
  [{ broker: 'mqtt://a,' }, /^broker must be .*, got "mqtt:\/\/a,"$/],
  [{ broker: 'mqtt://a b' }, /^broker must be .*, got "mqtt:\/\/a b"$/],
  [{ broker: 'mqtt://a/path' }, /^broker must be .*, got "mqtt:\/\/a\/path"$/],
  [{ broker: 'mqtt://a:0' }, /^broker must be .*, got "mqtt:\/\/a:0"$/],
  [{ broker: 'mqtt://a:65536' }, /^broker must be .*, got "mqtt:\/\/a:65536"$/],
  [{ broker: 'mqtt://a:1e3' }, /^broker must be .*, got "mqtt:\/\/a:1e3"$/],
  [{ broker: 'mqtt://a:' }, /^broker must be .*, got "mqtt:\/\/a:"$/],
  [{ broker: 'mqtt://[::1' }, /^broker must be .*, got "mqtt:\/\/\[::1"$/],
  [{ broker: 'mqtt://a]' }, /^broker must be .*, got "mqtt:\/\/a\]"$/],
  [{ broker: 'mqtt://[]' }, /^broker must be .*, got "mqtt:\/\/\[\]"$/],
  [{ broker: 'mqtt://[::1]x:1' }, /^broker must be .*, got "mqtt:\/\/\[::1\]x:1"$/],
  [
    { broker: `mqtt://ann:${SECRET},x@a` },
    /^broker must be .*, got 27 characters; user name and password have keys of their own$/,
  ],
  [{ broker: 17 }, /^broker must be .*, got "17"$/],
  [{ broker: ['mqtt://a'] }, /^broker must be mqtt.*, got \{\}$/],
  [{ ssid: 'x'.repeat(33) }, /^ssid must be 1 to 32 bytes of text, got "x{33}"$/],
  [{ ssid: 'ü'.repeat(17) }, /^ssid must be 1 to 32 bytes of text, got "ü{17}"$/],
  [{ ssid: 'a\tb' }, /^ssid must be .*, got "a\\tb"$/],
  [{ ssid: '\ud800' }, /^ssid must be .*, got "\\ud800"$/],
  [{ ssid: null }, /^ssid must be .*, got \{\}$/],
  [{}, /^ssid is missing: it must be 1 to 32 bytes/, { needsWifi: true }],
  [{ ssid: 'x', password: 'short' }, /^password must be 8 to 63 bytes.*, got 5 characters$/],
  [{ ssid: 'x', password: SECRET.repeat(6) }, /^password must be 8 to 63 bytes.*, got 72 characters$/],
  [{ ssid: 'x', password: 1234567 }, /^password must be 8 to 63 bytes.*$/],
  [{ password: SECRET }, /^password is given without ssid$/],
  [{ username: `${SECRET}\t` }, /^username must be 1 to 256 bytes of text, got 13 characters$/],
  [{ brokerPassword: SECRET }, /^brokerPassword is given without username$/],
  [{ keepAlive: '65536' }, /^keepAlive must be an integer from 0 to 65535, got "65536"$/],
  [{ keepAlive: -1 }, /^keepAlive must be an integer.*, got "-1"$/],
  [{ keepAlive: '1.5' }, /^keepAlive must be an integer.*, got "1\.5"$/],
  [{ keepAlive: '0x10' }, /^keepAlive must be .*, got "0x10"$/],
  [{ keepAlive: NaN }, /^keepAlive must be .*, got "NaN"$/],
  [{ keepAlive: {} }, /^keepAlive must be .*, got \{\}$/],
  [{ cleanSession: 'maybe' }, /^cleanSession must be true or false, got "maybe"$/],
  [{ outboxFull: 'newset' }, /^outboxFull must be oldest, newest or thin, got "newset"$/],
  [{ maxAge: -1 }, /^maxAge must be an integer from 0 to 31536000, got "-1"$/],
  [{ maxMessageRate: 1.5 }, /^maxMessageRate must be an integer from 0 to 100000, got "1.5"$/],
  [{ activeScan: 2 }, /^activeScan must be true or false, got "2"$/],
  [{ gateway: 'a/b' }, /^gateway must be one topic level, without \/, got "a\/b"$/],
  [{ gateway: 'a#' }, /^gateway must be 1 to 64 bytes of text without \+ and #, got "a#"$/],
  [{ prefix: '/a' }, /^prefix must not begin with \/ or \$ or end with \/, got "\/a"$/],
  [{ prefix: 'a/' }, /^prefix must not .*, got "a\/"$/],
  [{ prefix: '$SYS' }, /^prefix must not .*, got "\$SYS"$/],
  [{ clientId: 'x'.repeat(129) }, /^clientId must be 1 to 128 bytes.*, got "x{57}\.\.\."$/],
  [{ broker: 'mqtts://a', serverName: 'no such' }, /^serverName must be a host name or IPv4 address, got "no such"$/],
  [{ timeServers: 'a,,b' }, /^timeServers must be host names or IPv4 addresses, separated by commas, got "a,,b"$/],
  [{ interval: 10, heartbeat: 5 }, /^heartbeat must be 0 or at least interval, 10, got 5$/],
  [{ scanInterval: 2.4 }, /^scanInterval must be a number from 2\.5 to 10240, got "2\.4"$/],
  [{ scanInterval: '1.2.3' }, /^scanInterval must be .*, got "1\.2\.3"$/],
  [{ scanInterval: '.' }, /^scanInterval must be .*, got "\."$/],
  [{ scanInterval: 50, scanWindow: 51 }, /^scanWindow must be at most scanInterval, 50, got 51$/],
  [{ scanProfile: 'fast' }, /^scanProfile: scan profile must be shared or dedicated, got "fast"$/],
  [{ scanProfile: 'shared', scanWindow: 5 }, /^scanProfile cannot be given together with scanInterval or scanWindow$/],
  [{ policies: 'ruuvi7 interval=3' }, /^policies, character 1: "ruuvi7" must be default, an address/],
  [{ rssiFloor: -128 }, /^rssiFloor must be an integer from -127 to 20, got "-128"$/],
  [{ allow: 'AA:*:BB:*' }, /^allow: address "AA:\*:BB:\*"/],
  [{ deny: 'XY' }, /^deny: address "XY"/],
  [{ companies: '65536' }, /^companies: company "65536"/],
  [{ services: 'FCD' }, /^services: service "FCD"/],
  [{ duplicates: 'some' }, /^duplicates: filter-duplicates must be one of off, keep-newest/],
  [{ rpc: 'any' }, /^rpc must be cloud, plain, thingsboard or off, got "any"$/],
  [{ tags: 0 }, /^tags must be an integer from 1 to 4096, got "0"$/],
  [{ outbox: 511 }, /^outbox must be an integer from 512.*, got "511"$/],
  [{ maxPayload: 63 }, /^maxPayload must be an integer from 64 to 65536, got "63"$/],
  [
    { outbox: 60000 },
    /^tags, outbox, maxPayload and inFlight take \d+ bytes.*room for 20000$/,
    { ...TAG_TARGET, memory: 20000 },
  ],
  [
    { broker: 'mqtt://a,mqtts://b' },
    /^broker must begin with mqtt:\/\/: this chip has no memory for TLS, got mqtts:\/\/b$/,
    { withoutTls: true },
  ],
  [{ ca: PEM }, /^ca is given, but no broker begins with mqtts:\/\/$/],
  [{ serverName: 'a.b' }, /^serverName is given, but no broker begins with mqtts:\/\/$/],
  [
    { broker: 'mqtts://a', ca: 'ca.der' },
    /^ca must be PEM text or the name of a resource in the firmware, got "ca\.der"$/,
  ],
  [
    { broker: 'mqtts://a', ca: 'ca\n.der' },
    /^ca must be PEM text or the name of a resource in the firmware, got 7 characters$/,
  ],
  [{ broker: 'mqtts://a', certificate: PEM }, /^certificate is given without key$/],
  [{ broker: 'mqtts://a', key: PEM }, /^key is given without certificate$/],
  [{ broker: 'mqtts://a', certificate: PEM, key: SECRET }, /^key must be PEM text or the name.*, got 12 characters$/],
  [{ paswsord: SECRET, ssid: 'x' }, /^"paswsord" is not a configuration key; did you mean password\?$/],
  [{ keepalive: 5 }, /^"keepalive" is not a configuration key; did you mean keepAlive\?$/],
  [{ brokr: 5 }, /^"brokr" is not a configuration key; did you mean broker\?$/],
];

describe('a mistake', () => {
  it.each(wrong)('%j has one line', (raw, line, target) => {
    const lines = mistakes({ ...MINIMUM, ...raw }, target);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(lines[0]).not.toContain(SECRET);
  });

  it('does not hide the others', () => {
    const raw = { keepAlive: 'x', cleanSession: 'x', ssid: '', brokr: 'x', interval: 'x', heartbeat: 1, tags: 'x' };
    expect(mistakes(raw, { needsWifi: true }).map((line) => line.split(/[ :]/)[0])).toEqual([
      '"brokr"',
      'cleanSession',
      'keepAlive',
      'interval',
      'tags',
      'ssid',
      'broker',
    ]);
  });

  it('never shows a secret, whatever is wrong with it', () => {
    const secrets = CONFIGURATION_KEYS.filter(isSecret).map(({ name }) => name);
    expect(secrets).toEqual(['password', 'brokerPassword', 'key', 'tagKeys']);
    const value = fc.oneof(fc.string({ minLength: 3 }), fc.constantFrom('\u0000', 'x'.repeat(20000)));
    fc.assert(
      fc.property(fc.constantFrom(...secrets), value, (name, text) => {
        const secret = `${SECRET}${text}`;
        const raw = { broker: 'mqtts://a', ssid: 'x', username: 'x', certificate: PEM, [name]: secret };
        for (const line of mistakes(raw)) expect(line).not.toContain(SECRET);
      }),
    );
  });

  it('is a RangeError, whatever the values are', () => {
    const names = fc.oneof(fc.constantFrom(...CONFIGURATION_KEYS.map(({ name }) => name)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (raw) => {
        for (const line of mistakes(raw)) expect(line).not.toMatch(/\n|undefined|\[object/);
      }),
    );
  });
});

describe('the keys', () => {
  it("are not mistaken for the SDK's own", () => {
    const sdk =
      'screen touch rotation format driver driverRotation sntp led pin power rainbow brightness volume es8311 ' +
      'startupSound startupVibration enablePowerButton camera frameSize button_pin i2c sda_pin scl_pin rtc buzzer ' +
      'voltage int_pin xPower corner autorotate backlight lcd_pin Screen rotate led_pin ir_pin';
    expect(mistakes({ ...MINIMUM, ...Object.fromEntries(sdk.split(' ').map((name) => [name, 1])) })).toEqual([]);
  });

  it('have a nearest one for every name', () => {
    expect(nearestKey('CLIENTID', 0)).toBe('clientId');
    expect(nearestKey('prefx', 1)).toBe('prefix');
    expect(nearestKey('prefx', 0)).toBe('');
    expect(() => checkSetting('colour', 'red')).toThrow(/^"colour" is not a configuration key; did you mean \w+\?$/);
    expect(() => checkSetting('x'.repeat(10000), '')).toThrow(/^"x{57}\.\.\." is not a/);
  });

  it('do not change', () => {
    expect(Object.isFrozen(CONFIGURATION_KEYS)).toBe(true);
    for (const row of CONFIGURATION_KEYS) expect(Object.isFrozen(row)).toBe(true);
    for (const row of CONFIGURATION_KEYS) if (row.default !== undefined) checkSetting(row.name, String(row.default));
  });

  it('stand in docs/moddable.md, with what is allowed and the default', () => {
    const text = readFileSync(new URL('../../docs/moddable.md', import.meta.url), 'utf8');
    const table = [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
    expect(table.map(([, name]) => name)).toEqual(CONFIGURATION_KEYS.map(({ name }) => name));
    for (const [, name, allowed, standard] of table) {
      const row = findKey(name!)!;
      expect(allowed!.trim(), name).toBe(allowedText(row));
      if (row.default !== undefined) expect(standard!.trim(), name).toMatch(`\`${row.default}\``);
    }
  });
});
