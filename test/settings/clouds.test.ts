import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../sim/hal/index.js';
import type { CloudSettings, RawConfiguration } from '../../src/settings/index.js';
import {
  configurationKey,
  KeyKind,
  loadOnTrial,
  parseConfiguration,
  PersistedSettings,
  RemoteConfiguration,
} from '../../src/settings/index.js';

const SECRET = 'hush-hush-42';
const MINIMUM = { broker: 'mqtts://hub.example' };
const DEVICE = configurationKey('deviceId', KeyKind.text, 1, 32);
const DEVICE_KEY = configurationKey('deviceKey', KeyKind.secret, 1, 64);
const REGION = configurationKey('region', KeyKind.text, 1, 16, 'north');

const quiet = { connect: () => undefined, check: () => undefined };
const plain: CloudSettings = { name: 'plain', title: 'plain MQTT broker', keys: [], ...quiet };
/** Wants a device, gives it a client identifier, and has a limit. */
const nimbus: CloudSettings = {
  name: 'nimbus',
  title: 'Nimbus',
  keys: [DEVICE, DEVICE_KEY, REGION],
  connect(configuration, mistakes) {
    const { deviceId, region } = configuration.cloudValues;
    if (deviceId === undefined) mistakes.push('deviceId is missing: it must be 1 to 32 bytes of text');
    configuration.connection.clientId = `${String(region)}-${String(deviceId)}`;
  },
  check({ connection }, mistakes) {
    if (connection.keepAliveSeconds! > 100) mistakes.push('Nimbus: keep alive is at most 100 s; yours is more');
  },
};
const cirrus: CloudSettings = { name: 'cirrus', title: 'Cirrus', keys: [REGION], ...quiet };
const target = { clouds: [plain, nimbus, cirrus], gateway: 'shed' };

function mistakes(raw: RawConfiguration, unchecked = false): string[] {
  try {
    parseConfiguration({ ...MINIMUM, ...raw }, { ...target, unchecked });
    return [];
  } catch (error) {
    expect((error as Error).message).not.toContain(SECRET);
    return (error as Error).message.split('\n');
  }
}

describe('the key cloud', () => {
  it('has the cloud read its keys and set what CONNECT says', () => {
    const raw = { ...MINIMUM, cloud: 'nimbus', deviceId: 'd1', deviceKey: SECRET };
    const { cloud, cloudValues, connection } = parseConfiguration(raw, target);
    expect([cloud, cloudValues]).toEqual(['nimbus', { deviceId: 'd1', deviceKey: SECRET, region: 'north' }]);
    expect(connection.clientId).toBe('north-d1');
  });

  it('counts the keys of the cloud only, and not the defaults of others', () => {
    expect(parseConfiguration(MINIMUM, target).cloudValues).toEqual({});
    expect(parseConfiguration({ ...MINIMUM, cloud: 'cirrus' }, target).cloudValues).toEqual({ region: 'north' });
  });

  it.each([
    [{ cloud: 'stratus' }, 'cloud must be one of plain, nimbus, cirrus, which this firmware has, got "stratus"'],
    [{ cloud: 'cirrus', deviceKey: SECRET }, 'deviceKey is a key of cloud=nimbus (Nimbus), got cloud=cirrus'],
    [{ region: 'south' }, 'region is a key of cloud=nimbus (Nimbus), got cloud=plain'],
    [{ cloud: 'nimbus' }, 'deviceId is missing: it must be 1 to 32 bytes of text'],
    [{ cloud: 'nimbus', deviceId: 'x'.repeat(33) }, `deviceId must be 1 to 32 bytes of text, got "${'x'.repeat(33)}"`],
    [
      { cloud: 'nimbus', deviceId: 'd', devicKey: SECRET },
      '"devicKey" is not a configuration key; did you mean deviceKey?',
    ],
    [{ cloud: 'nimbus', deviceId: 'd', keepAlive: 300 }, 'Nimbus: keep alive is at most 100 s; yours is more'],
  ])('%j is refused: %s', (raw, line) => {
    expect(mistakes(raw)).toContain(line);
  });

  it('names the mistakes of the configuration and of the cloud at once', () => {
    expect(mistakes({ cloud: 'nimbus', keepAlive: 300, cleanSession: 'maybe' })).toEqual([
      'cleanSession must be true or false, got "maybe"',
      'deviceId is missing: it must be 1 to 32 bytes of text',
      'Nimbus: keep alive is at most 100 s; yours is more',
    ]);
  });

  it('is taken as it is where limits are to be exceeded', () => {
    expect(mistakes({ cloud: 'nimbus', deviceId: 'd', keepAlive: 300 }, true)).toEqual([]);
  });

  it('is plain where no clouds are linked', () => {
    expect(() => parseConfiguration({ ...MINIMUM, cloud: 'nimbus' })).toThrow('cloud must be plain here, got "nimbus"');
  });
});

describe('the secret of a cloud', () => {
  const builtIn = { ...MINIMUM, cloud: 'nimbus', deviceId: 'd1', deviceKey: SECRET };

  it('stays with its broker when somebody persists another one', () => {
    const settings = new PersistedSettings(builtIn, target, new MemoryStore());
    settings.persist('broker', 'mqtts://elsewhere.example');
    const { connection } = settings.check([]);
    expect(connection.endpoints).toMatchObject([{ host: 'elsewhere.example', withoutCredentials: true }]);
    settings.persist('deviceKey', 'another');
    expect(settings.check([]).connection.endpoints[0]!.withoutCredentials).toBeUndefined();
    expect(settings.check([]).cloudValues['deviceKey']).toBe('another');
  });

  it('cannot be set from afar, and is not shown', () => {
    const store = new MemoryStore();
    const { trial, settings } = loadOnTrial(builtIn, target, store);
    const remote = new RemoteConfiguration(settings, trial);
    expect(remote.show('deviceKey')).toEqual([['deviceKey', '*****']]);
    expect(remote.show('region')).toEqual([['region', 'north']]);
    expect(() => remote.try([{ name: 'deviceKey', value: 'x' }], true)).toThrow(/deviceKey is secret/);
    expect(() => remote.try([{ name: 'region', value: 'x' }], true)).toThrow(/region can be set on the device only/);
  });

  it('goes when a call brings new credentials for another place', () => {
    const store = new MemoryStore();
    const { trial, settings } = loadOnTrial(builtIn, target, store);
    new RemoteConfiguration(settings, trial).try(
      [
        { name: 'broker', value: 'mqtts://elsewhere.example' },
        { name: 'username', value: 'ann' },
      ],
      true,
    );
    const after = loadOnTrial(builtIn, target, store);
    expect(after.configuration!.connection).toMatchObject({ username: 'ann' });
    expect(after.configuration!.cloudValues['deviceKey']).toBeUndefined();
  });
});

describe('a persisted setting of a cloud', () => {
  it('is loaded, and left out when the cloud refuses it', () => {
    const store = new MemoryStore();
    const settings = new PersistedSettings({ ...MINIMUM, cloud: 'nimbus', deviceId: 'd1' }, target, store);
    settings.persist('region', 'south');
    expect(loadOnTrial(settings.builtIn, target, store).configuration!.connection.clientId).toBe('south-d1');
    expect(() => settings.persist('keepAlive', '300')).toThrow('Nimbus: keep alive is at most 100 s');
    expect(() => settings.persist('cloud', 'stratus')).toThrow('cloud must be one of plain');
    // A new firmware may have other limits.
    const lines: string[] = [];
    const strict = { ...nimbus, check: (_: unknown, found: string[]) => void found.push('Nimbus: no south') };
    const { configuration } = loadOnTrial(settings.builtIn, { ...target, clouds: [strict] }, store, {
      line: (text) => void lines.push(text),
    });
    expect(configuration).toBeUndefined();
    expect(lines.join('\n')).toContain('Nimbus: no south');
  });
});
