import { describe, expect, it } from 'vitest';
import { readRelayedMessage } from '../../../sim/scanner/mqtt-advertisements.js';
import { RelayedTags } from '../../../sim/scanner/relayed-tags.js';
import { VirtualTime } from '../../support/virtual-time.js';

const RUUVI = '0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';
const MIKROTIK = '15ff4f090100669dfcff0600fcff6117f1e50f000664';

/** Gateway, address, type, RSSI and bytes of what is in a message. */
function heard(topic: string, message: unknown): unknown[] {
  const { advertisements, faults } = readRelayedMessage(topic, JSON.stringify(message));
  expect(faults).toEqual([]);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return advertisements.map(({ gateway, address, addressType, rssi, bytes }) => [
    gateway,
    hex(address),
    addressType,
    rssi,
    hex(bytes),
  ]);
}

describe('the message of', () => {
  it('OpenMQTTGateway with service data', () => {
    const message = {
      id: 'A4:C1:38:00:11:22',
      mac_type: 0,
      adv_type: 0,
      name: 'AT',
      rssi: -93,
      servicedata: '4002c409',
      servicedatauuid: '0xfcd2',
      brand: 'BTHome',
      model: 'x',
    };
    expect(heard('home/OMG_ESP32_BLE/BTtoMQTT/A4C138001122', message)).toEqual([
      ['home/OMG_ESP32_BLE', 'a4c138001122', 0, -93, '0716d2fc4002c409' + '03094154'],
    ]);
  });

  it('Theengs Gateway with manufacturer data, a random address, and a UUID of 128 bits', () => {
    const message = {
      id: 'c2:00:00:00:00:01',
      mac_type: 1,
      rssi: -70,
      manufacturerdata: '9904051234',
      servicedata: ['0102'],
      servicedatauuid: ['0000fcd2-0000-1000-8000-00805f9b34fb'],
    };
    expect(heard('home/TheengsGateway/undecoded/C20000000001', message)).toEqual([
      [
        'home/TheengsGateway',
        'c20000000001',
        1,
        -70,
        '06ff9904051234' + '1321' + 'fb349b5f80000080' + '00100000d2fc0000' + '0102',
      ],
    ]);
  });

  it('Ruuvi Gateway', () => {
    const message = {
      gw_mac: 'C8:25:2D:8E:9C:2C',
      rssi: -62,
      aoa: [],
      gwts: '1659365432',
      ts: '1659365222',
      coords: '',
    };
    const topic = 'ruuvi/C8:25:2D:8E:9C:2C/CB:B8:33:4C:88:4F';
    expect(heard(topic, { ...message, data: RUUVI.toUpperCase() })).toEqual([
      ['C8:25:2D:8E:9C:2C', 'cbb8334c884f', 0, -62, RUUVI],
    ]);
  });

  it('a Shelly with the script of Home Assistant, both versions', () => {
    const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
    const notify = (data: unknown): unknown => ({
      src: 'shellyplus1-a8032abe54dc',
      dst: 'shellyplus1-a8032abe54dc/events',
      method: 'NotifyEvent',
      params: { ts: 1, events: [{ component: 'script:1', id: 1, event: 'ble.scan_result', data, ts: 1 }] },
    });
    const entry = ['aa:bb:cc:dd:ee:ff', -60, base64(MIKROTIK), base64('03094154')];
    const result = ['shellyplus1-a8032abe54dc', 'aabbccddeeff', 0, -60, MIKROTIK + '03094154'];
    expect(heard('shelly/events/rpc', notify([2, [entry, entry]]))).toEqual([result, result]);
    expect(heard('shelly/events/rpc', notify([1, ...entry]))).toEqual([result]);
    expect(heard('shelly/events/rpc', { src: 'x', params: { events: [{ event: 'toggle' }] } })).toEqual([]);
  });

  it('a MikroTik router, with or without a unit behind the RSSI', () => {
    const tag = (rssi: unknown): unknown => ({ id: '2CC81B4BBB0A', ts: 1, rssi, ed: { ad: MIKROTIK } });
    const tags = [-43, '-43', '-24dBm', ' -24 dBm ', 'loud', undefined].map(tag);
    const rssi = heard('devices/x/messages/events/', { t: 0, v: 1, locs: [{ id: '2CC81B000001', tags }] }).map(
      (entry) => (entry as unknown[])[3],
    );
    expect(rssi).toEqual([-43, -43, -24, -24, 127, 127]);
    const values = { id: '2CC81B4BBB0A', rssi: '-43', temp: '1939', ad: MIKROTIK };
    expect(heard('v1/devices/me/telemetry', [{ ts: 1661333913375, values }])).toEqual([
      ['v1/devices/me/telemetry', '2cc81b4bbb0a', 0, -43, MIKROTIK],
    ]);
  });

  it('Tasmota', () => {
    const DetailsBLE = { mac: 'C33130305011/1', a: 'govee', RSSI: -24, p: RUUVI };
    expect(heard('tele/shed/BLE', { DetailsBLE })).toEqual([['tele/shed/BLE', 'c33130305011', 1, -24, RUUVI]]);
  });
});

describe('a message with a fault', () => {
  const id = 'AA:BB:CC:DD:EE:FF';
  it.each([
    ['}', 'the message is not JSON'],
    ['7', 'the message is not an object or a list'],
    ['{}', 'there is no advertisement in it'],
    ['[{}]', 'there is no advertisement in it'],
    ['[7]', 'an entry of the list is not an object'],
    [
      JSON.stringify({ id, model: 'x', tempc: 21 }),
      'it has decoded values only; set pubadvdata of the gateway to true',
    ],
    [JSON.stringify({ id, manufacturerdata: 'xyz1' }), 'manufacturerdata must be an even number of hexadecimal digits'],
    [JSON.stringify({ id, servicedata: '00' }), 'servicedata without servicedatauuid'],
    [JSON.stringify({ id, servicedata: '00', servicedatauuid: '0x12' }), 'servicedatauuid must have 2, 4 or 16 bytes'],
    [JSON.stringify({ id, manufacturerdata: '00'.repeat(255) }), 'an advertisement has at most 255 bytes, got 257'],
    [JSON.stringify({ id: 'AA:BB', manufacturerdata: '00' }), 'the address of a tag must be six bytes in hexadecimal'],
    [JSON.stringify({ gw_mac: 'x', data: '00'.repeat(256) }), 'the address of a tag must be six bytes in hexadecimal'],
    [JSON.stringify({ locs: [{ tags: [null] }] }), 'an entry of tags is not an object'],
    [
      JSON.stringify({ params: { events: [{ event: 'ble.scan_result', data: [2, [[id, 1, '!']]] }] } }),
      'an advertisement must be base64',
    ],
  ])('%s', (payload, fault) => {
    const { advertisements, faults } = readRelayedMessage('ruuvi/x/y', payload);
    expect(advertisements).toEqual([]);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  it('does not keep the others from being heard', () => {
    const tags = [{ id: 'x' }, { id: '2CC81B4BBB0A', ed: { ad: MIKROTIK } }];
    const { advertisements, faults } = readRelayedMessage('x', JSON.stringify({ locs: [{ tags }] }));
    expect([advertisements.length, faults.length]).toEqual([1, 1]);
  });

  it('of any bytes does not throw', () => {
    const values = ['null', '{"locs":{}}', '{"params":{"events":[null,{"event":"ble.scan_result"}]}}', '{"gw_mac":1}'];
    for (const text of [...values, '{"DetailsBLE":{}}', '{"locs":[null,{"tags":7}]}']) readRelayedMessage('x', text);
  });
});

describe('a tag that several gateways hear', () => {
  function make(): { time: VirtualTime; hear: (gateway: string, rssi: number, byte: number) => boolean } {
    const time = new VirtualTime();
    const tags = new RelayedTags(time);
    const address = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const hear = (gateway: string, rssi: number, byte: number): boolean =>
      !tags.isCopy({ gateway, address, addressType: 0, rssi, bytes: Uint8Array.of(byte) });
    return { time, hear };
  }

  it('is heard once, and by whom it is new to', () => {
    const { hear } = make();
    expect(hear('a', -60, 1)).toBe(true);
    expect(hear('b', -70, 1)).toBe(false);
    // The same again from the best gateway tells that the tag is there.
    expect(hear('a', -60, 1)).toBe(true);
    expect(hear('b', -70, 2)).toBe(true);
  });

  it('is not set back by the best gateway when that is late', () => {
    const { hear } = make();
    hear('a', -60, 1);
    expect([hear('b', -70, 2), hear('b', -70, 3)]).toEqual([true, true]);
    expect([hear('a', -60, 2), hear('a', -60, 3), hear('a', -60, 4)]).toEqual([false, true, true]);
  });

  it('goes to a gateway that hears it much better, or when its own is silent', () => {
    const { time, hear } = make();
    hear('a', -60, 1);
    expect(hear('b', -56, 1)).toBe(false);
    expect(hear('b', -54, 1)).toBe(true);
    expect(hear('a', -60, 1)).toBe(false);
    time.run(10001);
    expect(hear('a', -80, 1)).toBe(true);
  });
});
