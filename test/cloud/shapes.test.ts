import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import { EspresenseProfile } from '../../src/cloud/espresense/profile.js';
import { OpenMqttGatewayProfile } from '../../src/cloud/openmqttgateway/profile.js';
import { RuuviProfile } from '../../src/cloud/ruuvi/profile.js';
import type { ShapeProfile } from '../../src/cloud/shape-profile.js';
import { readRelayedMessage } from '../../sim/scanner/mqtt-advertisements.js';
import { HealthReport, ReportKind } from '../../src/telemetry/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { expectWholeOrRefused, MIKROTIK, payload, reportOf } from './reports.js';

/** Data format 5, from docs.ruuvi.com. */
const RUUVI = '0201061bff99040512fc5394c37c0004fffc040cac364200cdcbb8334c884f';
const IBEACON = '1aff4c000215b2b98de4c81c47c2b14e791b3e5587ec00010002c5';
const ALTBEACON = '1bff1801beacb2b98de4c81c47c2b14e791b3e5587ecffffffffc500';
const EDDYSTONE = '1516aafe00eeedd1ebeac04e5defa0170123456789ab';
const PVVX = '12161a183dc00f6e2cdc2209b41400b01a4b0104';
const PRESS = '0616d2fc443a01';
const THERMOMETER = '0616d2fc402d01';

const OMG = new OpenMqttGatewayProfile('home/shed');
const GATEWAY = new RuuviProfile('ruuvi/C8:25:2D:8E:9C:2C/', 'C8:25:2D:8E:9C:2C');
const ROOM = new EspresenseProfile('espresense/', 'kitchen');

function message(profile: ShapeProfile, report: Report): [string, unknown] {
  const topic = payload((into, from, to) => profile.writeTopic(report, 0, into, from, to)).toString();
  expect(topic.length).toBeLessThanOrEqual(profile.maxTopicLength);
  const text = payload((into, from, to) => profile.writePayload(report, 0, into, from, to)).toString();
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
  expect(profile.messages(report)).toBe(1);
  return [topic, JSON.parse(text)];
}

describe('a message', () => {
  it('of OpenMQTTGateway has the names of Theengs Decoder', () => {
    expect(message(OMG, reportOf(RUUVI))).toEqual([
      'home/shed/BTtoMQTT/DC2C6E0FC03D',
      {
        id: 'DC:2C:6E:0F:C0:3D',
        rssi: -61,
        brand: 'Ruuvi',
        model: 'RuuviTag',
        model_id: 'RuuviTag_RAWv2',
        tempc: 24.3,
        tempf: 75.74,
        hum: 53.49,
        pres: 1000.44,
        accx: 0.039,
        accy: -0.039,
        accz: 10.16,
        volt: 2.977,
        tx: 4,
        seq: 205,
        mov: 66,
      },
    ]);
    expect(message(OMG, reportOf(IBEACON))[1]).toEqual({
      id: 'DC:2C:6E:0F:C0:3D',
      rssi: -61,
      brand: 'GENERIC',
      model: 'iBeacon',
      model_id: 'IBEACON',
      mfid: '4c00',
      uuid: 'b2b98de4c81c47c2b14e791b3e5587ec',
      txpower: -59,
      major: 1,
      minor: 2,
    });
    expect(message(OMG, reportOf(THERMOMETER))[1]).toMatchObject({ open: true, window: true });
    expect(message(OMG, reportOf(MIKROTIK))[1]).toMatchObject({ freeFall: true });
    expect(message(OMG, reportOf(PRESS))[1]).toMatchObject({ button: 'press' });
  });

  it('of Ruuvi Gateway is heard as the tag itself', () => {
    const [topic, json] = message(GATEWAY, reportOf(RUUVI));
    expect([topic, json]).toEqual([
      'ruuvi/C8:25:2D:8E:9C:2C/DC:2C:6E:0F:C0:3D',
      {
        gw_mac: 'C8:25:2D:8E:9C:2C',
        rssi: -61,
        aoa: [],
        gwts: 1790000000,
        ts: 1790000000,
        data: RUUVI.toUpperCase(),
        coords: '',
      },
    ]);
    const { advertisements } = readRelayedMessage(topic, JSON.stringify(json));
    expect(Buffer.from(advertisements[0]!.bytes).toString('hex')).toBe(RUUVI);
    const report = reportOf(RUUVI);
    report.unixTime = 0;
    report.sequence = 7;
    expect(message(GATEWAY, report)[1]).toMatchObject({ cnt: 7 });
    // There is no advertisement to be made of it.
    expect(GATEWAY.messages(reportOf(IBEACON))).toBe(0);
  });

  it('of ESPresense has a distance', () => {
    expect(message(ROOM, reportOf(MIKROTIK))).toEqual([
      'espresense/devices/dc2c6e0fc03d/kitchen',
      {
        mac: 'dc2c6e0fc03d',
        id: 'dc2c6e0fc03d',
        'rssi@1m': -71,
        rssi: -61,
        rxAdj: 0,
        distance: 0.43,
        batt: 100,
        temp: 23.38,
      },
    ]);
    const beacon = reportOf(IBEACON);
    beacon.distance = 2.449;
    const id = 'iBeacon:b2b98de4-c81c-47c2-b14e-791b3e5587ec-1-2';
    expect(message(ROOM, beacon)).toEqual([
      `espresense/devices/${id}/kitchen`,
      { mac: 'dc2c6e0fc03d', id, 'rssi@1m': -59, rssi: -61, rxAdj: 0, distance: 2.45 },
    ]);
    expect(message(ROOM, reportOf(RUUVI))[1]).toMatchObject({ mV: 2977, temp: 24.3, rh: 53.49 });
  });

  it.each([
    ['iBeacon:b2b98de4-c81c-47c2-b14e-791b3e5587ec-65535-65535', IBEACON.replace('00010002', 'ffffffff')],
    ['altBeacon:b2b98de4-c81c-47c2-b14e-791b3e5587ec-65535-65535', ALTBEACON],
    // Its fifth byte twice: src/BleFingerprint.cpp of ESPresense.
    ['eddy:edd1ebeac0c04e5defa017-0123456789ab', EDDYSTONE],
    ['miTherm:dc2c6e0fc03d', PVVX],
  ])('of ESPresense calls a tag %s', (id, advertisement) => {
    const [topic, json] = message(ROOM, reportOf(advertisement));
    expect([topic, json]).toEqual([`espresense/devices/${id}/kitchen`, expect.objectContaining({ id })]);
  });

  it('of OpenMQTTGateway says who arrived and who is away, as Theengs Gateway too', () => {
    const topic = 'home/shed/BTtoMQTT/DC2C6E0FC03D';
    const report = reportOf(RUUVI);
    report.kind = ReportKind.arrived;
    const arrived = { id: 'DC:2C:6E:0F:C0:3D', rssi: -61, presence: 'present' };
    expect(message(OMG, report)).toEqual([topic, arrived]);
    report.kind = ReportKind.away;
    const away = { id: 'DC:2C:6E:0F:C0:3D', presence: 'absent', state: 'offline' };
    expect(message(OMG, report)).toEqual([topic, away]);
    expectWholeOrRefused((into, from, to) => OMG.writePayload(report, 0, into, from, to));
  });

  it.each([
    ['Ruuvi Gateway', GATEWAY],
    ['ESPresense', ROOM],
  ])('of %s does not exist for presence', (_, profile) => {
    const report = reportOf(RUUVI);
    report.kind = ReportKind.away;
    expect(profile.messages(report)).toBe(0);
    report.kind = ReportKind.arrived;
    expect(profile.messages(report)).toBe(0);
  });
});

describe.each([OMG, GATEWAY, ROOM])('the profile %#', (profile) => {
  it('writes what fits, or nothing', () => {
    const report = reportOf(RUUVI);
    expectWholeOrRefused((into, from, to) => profile.writeTopic(report, 0, into, from, to));
    expectWholeOrRefused((into, from, to) => profile.writePayload(report, 0, into, from, to));
    expectWholeOrRefused((into, from, to) => profile.writeBirth({} as never, into, from, to));
    expectWholeOrRefused((into, from, to) => profile.writeWill({} as never, into, from, to));
    const texts = ['', 'm', 's', '7.9'].map(encodeUtf8) as [never, never, never, never];
    const health = new HealthReport(...texts);
    if (!profile.health) return;
    expectWholeOrRefused((into, from, to) => profile.writeHealth(health, into, from, to));
    JSON.parse(payload((into, from, to) => profile.writeHealth(health, into, from, to)).toString());
  });
});

it('a base topic must be a topic', () => {
  const raw = { cloud: 'espresense', broker: 'mqtt://127.0.0.1', gateway: 'shed', baseTopic: 'a/#' };
  expect(() => parseForDesktop(raw, false)).toThrow('baseTopic: ');
});
