import { applyProperties, BROKER_PROPERTIES, parseAddress, shownValue } from '../../src/brokers/broker-properties.js';
import { connectionOptions } from '../../src/brokers/broker-properties.js';
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
    ['port', '0', 'port must be an integer from 1 to 65535, got "0"'],
    ['port', '65536', 'port must be an integer from 1 to 65535, got "65536"'],
    ['port', '1e3', 'port must be an integer from 1 to 65535, got "1e3"'],
    ['port', '0080', 'port must be an integer from 1 to 65535, got "0080"'],
    ['ssl', 'true', 'ssl must be yes or no, got "true"'],
    ['keep-alive', '29', 'keep-alive must be an integer from 30 to 64800, got "29"'],
    ['keep-alive', '64801', 'keep-alive must be an integer from 30 to 64800, got "64801"'],
    ['parallel-scripts-limit', '2', 'parallel-scripts-limit must be off or an integer from 3 to 1000, got "2"'],
    ['parallel-scripts-limit', '1001', 'parallel-scripts-limit must be off or an integer from 3 to 1000, got "1001"'],
    ['name', 'a\nb', 'name must be 1 to 32 bytes of text, got "a\\nb"'],
    ['name', '', 'name is required'],
    ['address', '', 'address is required'],
    ['will-qos', '2', 'will-qos must be an integer from 0 to 1, got "2"'],
    ['will-topic', 'a/#', 'will-topic must be at most 256 bytes of text without + and #, got "a/#"'],
    ['will-message', 'x', 'will-message requires a will-topic'],
    ['client-id', '\ud800', 'client-id must be at most 128 bytes of text, got "\\ud800"'],
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
    expect(mistake({ prot: '1' })).toMatch(/^unknown broker property "prot": expected name, address, port, /);
    expect(() => shownValue(LEAST, 'toString')).toThrow('unknown broker property "toString"');
  });

  it('never shows a password, nor a user name that is a token', () => {
    expect(mistake({ password: SECRET })).toBe('password requires a username [MQTT-3.1.2-22]');
    expect(mistake({ username: 'u', password: SECRET.repeat(80) })).toBe('password must be at most 1024 bytes of text');
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
    expect(() => connectionOptions(values, {})).toThrow(new RangeError('certificate "mine" does not exist'));
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
