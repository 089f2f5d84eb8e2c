import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { encodeConnect } from '../../src/mqtt/packet.js';
import type { ConnectOptions } from '../../src/mqtt/options.js';
import { hex, join, utf8 } from './bench/bytes.js';
import { packetsOf } from './bench/codec.js';

function parsed(options: ConnectOptions): IConnectPacket {
  const packets = packetsOf(encodeConnect(options));
  expect(packets).toHaveLength(1);
  return packets[0] as IConnectPacket;
}

const WILL_TOPIC = 'will.topic must be 1 to 65535 bytes of UTF-8 without U+0000, + and #';

describe('encodeConnect', () => {
  it('encodes the least, byte by byte', () => {
    expect(encodeConnect({ clientId: 'ab' })).toEqual(
      join(hex('10 0e 0004'), utf8('MQTT'), hex('04 02 003c 0002'), utf8('ab')),
    );
  });

  it('encodes everything in the order of [MQTT-3.1.3-1]', () => {
    const options: ConnectOptions = {
      clientId: 'c',
      cleanSession: false,
      keepAliveSeconds: 65535,
      will: { topic: 'w', payload: new Uint8Array([0, 255]), qos: 1, retain: true },
      username: 'u',
      password: 'p',
    };
    expect(encodeConnect(options)).toEqual(
      join(hex('10 1a 0004'), utf8('MQTT'), hex('04 ec ffff 000163 000177 000200ff 000175 000170')),
    );
  });

  it('says MQIsdp and 3 for MQTT 3.1', () => {
    const packet = parsed({ clientId: 'c', protocolLevel: 3 });
    expect([packet.protocolId, packet.protocolVersion]).toEqual(['MQIsdp', 3]);
  });

  it('allows an empty client identifier with a clean session', () => {
    expect(parsed({ clientId: '' }).clientId).toBe('');
  });

  it.each([0, 1, 65535])('carries a keep alive of %i s', (keepAliveSeconds) => {
    expect(parsed({ clientId: 'c', keepAliveSeconds }).keepalive).toBe(keepAliveSeconds);
  });

  it.each([true, false])('carries clean session %s', (cleanSession) => {
    expect(parsed({ clientId: 'c', cleanSession }).clean).toBe(cleanSession);
  });

  it.each([0, 1, 2] as const)('carries a will of QoS %i', (qos) => {
    expect(parsed({ clientId: 'c', will: { topic: 't', qos } }).will?.qos).toBe(qos);
  });

  it('has no will bits without a will [MQTT-3.1.2-11]', () => {
    expect(encodeConnect({ clientId: 'c' })[9]! & 0x3c).toBe(0);
  });

  it('carries an empty will payload [MQTT-3.1.2-9]', () => {
    expect(encodeConnect({ clientId: '', will: { topic: 't' } }).slice(12)).toEqual(hex('0000 000174 0000'));
  });

  it('carries an empty user name and an empty password', () => {
    const bytes = encodeConnect({ clientId: '', username: '', password: '' });
    expect(bytes[9]).toBe(0xc2);
    expect(bytes.slice(12)).toEqual(hex('0000 0000 0000'));
  });

  it('sends a password of bytes as it is', () => {
    const password = new Uint8Array([0, 1, 0xff]);
    expect(new Uint8Array(parsed({ clientId: 'c', username: 'u', password }).password!)).toEqual(password);
  });

  it('never sets the reserved flag [MQTT-3.1.2-3]', () => {
    const will = { topic: 't', qos: 2 as const, retain: true };
    expect(encodeConnect({ clientId: 'c', will, username: 'u', password: 'p' })[9]! & 1).toBe(0);
  });

  it('needs two bytes of remaining length from 128 on', () => {
    expect(encodeConnect({ clientId: 'c'.repeat(116) }).slice(1, 3)).toEqual(hex('8001'));
  });

  it('allows 65535 bytes in a field', () => {
    expect(parsed({ clientId: 'c', username: 'u'.repeat(65535) }).username).toHaveLength(65535);
  });

  it('allows 23 characters with level 3', () => {
    expect(parsed({ clientId: 'c'.repeat(23), protocolLevel: 3 }).clientId).toHaveLength(23);
  });
});

describe('encodeConnect refuses', () => {
  const rows: [what: string, options: object, text: string][] = [
    ['a protocol level', { protocolLevel: 5 }, 'protocolLevel must be an integer from 3 to 4, got 5'],
    ['a keep alive below', { keepAliveSeconds: -1 }, 'keepAliveSeconds must be an integer from 0 to 65535, got -1'],
    [
      'a keep alive above',
      { keepAliveSeconds: 65536 },
      'keepAliveSeconds must be an integer from 0 to 65535, got 65536',
    ],
    ['half a second', { keepAliveSeconds: 0.5 }, 'keepAliveSeconds must be an integer from 0 to 65535, got 0.5'],
    ['no number', { keepAliveSeconds: NaN }, 'keepAliveSeconds must be an integer from 0 to 65535, got NaN'],
    [
      'an empty client identifier that keeps a session',
      { clientId: '', cleanSession: false },
      'clientId must not be empty, except with cleanSession and protocol level 4',
    ],
    [
      'an empty client identifier with level 3',
      { clientId: '', protocolLevel: 3 },
      'clientId must not be empty, except with cleanSession and protocol level 4',
    ],
    [
      'a long client identifier with level 3',
      { clientId: 'c'.repeat(24), protocolLevel: 3 },
      'clientId must have 1 to 23 characters with MQTT 3.1, got "' + 'c'.repeat(24) + '"',
    ],
    ['U+0000 in the client identifier', { clientId: 'a\0' }, 'clientId must not contain U+0000 [MQTT-1.5.3-2]'],
    ['a lone surrogate in the client identifier', { clientId: 'a\ud800' }, 'clientId: unpaired surrogate at index 1'],
    [
      'a client identifier of 65536 bytes',
      { clientId: 'c'.repeat(65536) },
      'clientId must have at most 65535 bytes, got 65536',
    ],
    ['QoS 3 of a will', { will: { topic: 't', qos: 3 } }, 'will.qos must be an integer from 0 to 2, got 3'],
    ['an empty will topic', { will: { topic: '' } }, WILL_TOPIC],
    ['a wildcard in the will topic', { will: { topic: 'a/+' } }, WILL_TOPIC],
    ['U+0000 in the will topic', { will: { topic: '\0' } }, WILL_TOPIC],
    [
      'a long will payload',
      { will: { topic: 't', payload: new Uint8Array(65536) } },
      'will.payload must have at most 65535 bytes, got 65536',
    ],
    [
      'a lone surrogate in the will payload',
      { will: { topic: 't', payload: '\udc00' } },
      'will.payload: unpaired surrogate at index 0',
    ],
    ['U+0000 in the user name', { username: '\0' }, 'username must not contain U+0000 [MQTT-1.5.3-2]'],
    ['a long user name', { username: 'u'.repeat(65536) }, 'username must have at most 65535 bytes, got 65536'],
    ['a password alone', { password: 'p' }, 'password requires a username [MQTT-3.1.2-22]'],
    [
      'a long password',
      { username: 'u', password: 's'.repeat(65536) },
      'password must have at most 65535 bytes, got 65536',
    ],
    [
      'a lone surrogate in the password',
      { username: 'u', password: 'secret\ud800' },
      'password: unpaired surrogate at index 6',
    ],
  ];

  it.each(rows)('%s', (_, options, text) => {
    expect(() => encodeConnect({ clientId: 'c', ...options })).toThrow(new RangeError(text));
  });
});
