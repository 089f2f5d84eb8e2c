import { applyProperties, BROKER_PROPERTIES, parseAddress, shownValue } from '../../src/brokers/broker-properties.js';
import { connectionOptions } from '../../src/brokers/broker-settings.js';
import { describe, expect, it } from 'vitest';

const LEAST = { name: 'b', address: '127.0.0.1' };
const SECRET = 'hunter2-is-planted';

function mistake(changes: Record<string, string>): string {
  try {
    applyProperties(LEAST, changes);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(changes)} was allowed`);
}

describe('the properties of a broker', () => {
  it('have the defaults of RouterOS', () => {
    const values = applyProperties({}, LEAST);
    const shown = BROKER_PROPERTIES.map(({ name }) => `${name}=${shownValue(values, name)}`).join(' ');
    expect(shown).toBe(
      'name=b address=127.0.0.1 port=1883 ssl=no certificate= client-id= username= password= keep-alive=60 ' +
        'auto-connect=no parallel-scripts-limit=off clean-session=yes will-topic= ' +
        'will-message= will-qos=0 will-retain=no',
    );
  });

  it.each([
    ['port', '0', 'port "0": allowed are whole numbers from 1 to 65535'],
    ['port', '65536', 'port "65536": allowed are whole numbers from 1 to 65535'],
    ['port', '1e3', 'port "1e3": allowed are whole numbers from 1 to 65535'],
    ['port', '0080', 'port "0080": allowed are whole numbers from 1 to 65535'],
    ['ssl', 'true', 'ssl "true": allowed are yes and no'],
    ['keep-alive', '29', 'keep-alive "29": allowed are whole numbers from 30 to 64800'],
    ['keep-alive', '64801', 'keep-alive "64801": allowed are whole numbers from 30 to 64800'],
    ['parallel-scripts-limit', '2', 'parallel-scripts-limit "2": allowed are off and whole numbers from 3 to 1000'],
    [
      'parallel-scripts-limit',
      '1001',
      'parallel-scripts-limit "1001": allowed are off and whole numbers from 3 to 1000',
    ],
    ['name', 'a\nb', 'name "a\\nb": allowed are 1 to 32 bytes of text'],
    ['name', '', 'name is missing: a broker needs one'],
    ['address', '', 'address is missing: a broker needs one'],
    ['will-qos', '2', 'will-qos "2": allowed are whole numbers from 0 to 1'],
    ['will-topic', 'a/#', 'will-topic "a/#": allowed are 0 to 256 bytes of text without + and #'],
    ['will-message', 'x', 'will-message needs a will-topic'],
    ['client-id', '\ud800', 'client-id "\\ud800": allowed are 0 to 128 bytes of text'],
  ])('%s may not be %j', (name, value, text) => {
    expect(mistake({ [name]: value })).toBe(text);
  });

  it('takes the bounds', () => {
    const bounds = { port: '65535', 'keep-alive': '30', 'parallel-scripts-limit': '3' };
    expect(applyProperties(LEAST, bounds)).toEqual({ ...LEAST, ...bounds });
    expect(applyProperties(LEAST, { 'keep-alive': '64800', 'parallel-scripts-limit': '1000' })).toMatchObject({
      'keep-alive': '64800',
    });
    expect(applyProperties({ ...LEAST, port: '1' }, { port: '1883', 'parallel-scripts-limit': 'off' })).toEqual(LEAST);
  });

  it('names what there is when a name is wrong', () => {
    expect(mistake({ prot: '1' })).toMatch(/^"prot" is no property of a broker: name, address, port, /);
    expect(() => shownValue(LEAST, 'toString')).toThrow('"toString" is no property');
  });

  it('never shows a password, nor a user name that is a token', () => {
    expect(mistake({ password: SECRET })).toBe('password needs a username [MQTT-3.1.2-22]');
    expect(mistake({ username: 'u', password: SECRET.repeat(80) })).toBe(
      'password: allowed are 0 to 1024 bytes of text',
    );
    expect(mistake({ username: `${SECRET}\n` })).not.toContain(SECRET);
    expect(mistake({ address: `mqtt://u:${SECRET}@host` })).not.toContain(SECRET);
    const both = applyProperties(LEAST, { username: 'user', password: SECRET });
    expect([shownValue(both, 'username'), shownValue(both, 'password')]).toEqual(['user', '*****']);
    expect(shownValue(applyProperties(LEAST, { username: SECRET }), 'username')).toBe('*****');
    expect(shownValue(LEAST, 'password')).toBe('');
  });

  it('become what a connection is made with', () => {
    const values = applyProperties(LEAST, {
      address: 'one, two:1884,[::1]:99',
      port: '2000',
      ssl: 'yes',
      certificate: 'mine',
      'client-id': 'c',
      username: 'u',
      password: 'p',
      'keep-alive': '90',
      'clean-session': 'no',
      'will-topic': 'w',
      'will-message': 'gone',
      'will-qos': '1',
      'will-retain': 'yes',
    });
    const tls = { ca: 'PEM' };
    const options = connectionOptions(values, { certificates: (name) => (name === 'mine' ? tls : undefined) });
    expect(options).toMatchObject({
      endpoints: [
        { host: 'one', port: 2000, tls },
        { host: 'two', port: 1884, tls },
        { host: '::1', port: 99, tls },
      ],
      clientId: 'c',
      username: 'u',
      password: 'p',
      keepAliveSeconds: 90,
      cleanSession: false,
      will: { topic: 'w', payload: 'gone', qos: 1, retain: true },
      connectTimeout: 10000,
    });
    expect(() => connectionOptions(values, {})).toThrow(
      new RangeError('certificate "mine": there is no such certificate'),
    );
  });

  it.each(['', 'a b', 'a:0', 'a:65536', 'a:', 'a,,b', 'mqtt://a', '[::1', '[::1]x', 'a,'.repeat(8) + 'a'])(
    'is no address: %j',
    (text) => {
      expect(parseAddress(text, 1883)).toBeUndefined();
    },
  );

  it('takes an IPv6 address without brackets when there is no port', () => {
    expect(parseAddress('fe80::1', 1883)).toEqual([{ host: 'fe80::1', port: 1883 }]);
  });
});
