import { describe, expect, test } from 'vitest';
import {
  binarySensorClasses,
  Component,
  fieldComponents,
  sensorClasses,
  sensorStateClasses,
  sensorUnits,
  stateClassNames,
} from '../../../src/cloud/home-assistant/components.js';
import { DiscoveryWriter, TRAIT_STATES, TRAIT_WORDS } from '../../../src/cloud/home-assistant/discovery.js';
import { fieldNames, fieldUnits } from '../../../src/tags/field-names.js';
import { Field, FIELD_COUNT, State, STATE_COUNT } from '../../../src/tags/field.js';
import { formats } from '../../../src/tags/formats/index.js';
import {
  binarySensorClasses as knownBinaryClasses,
  sensorClassUnits,
  sensorStateClasses as allowedStateClasses,
} from './device-classes.js';
import { check } from './discovery-schema.js';

interface Message {
  dev: { [key: string]: unknown };
  avty: { [key: string]: unknown }[];
  stat_t: string;
  cmps: { [name: string]: { [key: string]: unknown } };
}

const address = Uint8Array.of(0xdc, 0x2c, 0x6e, 0x0f, 0xc0, 0x3d);
const options = {
  gateway: 'shed-1',
  base: 'tagwire/shed-1',
  firmware: '0.1.0',
  board: 'esp32',
  presence: true,
  commands: true,
};
const ruuvi5 = formats.find((format) => format.name === 'ruuvi5')!.number;

function traits(fields: readonly Field[], states: readonly State[] = []): Uint32Array {
  const words = new Uint32Array(TRAIT_WORDS);
  for (const field of fields) words[field >> 5]! |= 1 << (field & 31);
  for (const state of states) words[TRAIT_STATES + (state >> 5)]! |= 1 << (state & 31);
  return words;
}

function tagText(writer: DiscoveryWriter, words: Uint32Array, expireAfter: number, window = 100000): string {
  const length = writer.tagLength(address, 0, ruuvi5, words, 0, expireAfter);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += window) {
    writer.readTag(at, bytes, at, Math.min(at + window, length), address, 0, ruuvi5, words, 0, expireAfter);
  }
  return new TextDecoder().decode(bytes);
}

function tagMessage(words: Uint32Array, expireAfter = 0, settings = options): Message {
  return JSON.parse(tagText(new DiscoveryWriter(settings), words, expireAfter)) as Message;
}

const everyField = Array.from({ length: FIELD_COUNT }, (_, field) => field as Field);
const everyState = Array.from({ length: STATE_COUNT }, (_, state) => state as State);

describe('the message of a tag', () => {
  const message = tagMessage(traits([Field.temperature, Field.humidity2, Field.batteryVoltage]), 900);

  test('names the device, and the gateway that hears it', () => {
    expect(message.dev).toEqual({
      ids: ['DC2C6E0FC03D'],
      cns: [['bluetooth', 'DC:2C:6E:0F:C0:3D']],
      name: 'ruuvi5 C03D',
      via_device: 'shed-1',
    });
  });

  test('has a sensor for each field, with class, unit and statistics', () => {
    expect(Object.keys(message.cmps)).toEqual(['rssi', 'temperature', 'batteryVoltage', 'humidity2']);
    expect(message.cmps.temperature).toEqual({
      p: 'sensor',
      uniq_id: 'shed-1_DC2C6E0FC03D_temperature',
      def_ent_id: 'sensor.shed_1_dc2c6e0fc03d_temperature',
      name: 'Temperature',
      dev_cla: 'temperature',
      unit_of_meas: '°C',
      stat_cla: 'measurement',
      val_tpl: "{{value_json.temperature|default('')}}",
      exp_aft: 900,
    });
    expect(message.cmps.humidity2!.name).toBe('Humidity 2');
    expect(message.cmps.batteryVoltage).toMatchObject({ name: 'Battery voltage', ent_cat: 'diagnostic' });
    expect(message.stat_t).toBe('tagwire/shed-1/tags/DC2C6E0FC03D');
  });

  test('is available when the gateway is online and the tag is here', () => {
    expect(message.avty).toEqual([
      { t: 'tagwire/shed-1/status', val_tpl: '{{value_json.status}}' },
      {
        t: 'tagwire/shed-1/presence/DC2C6E0FC03D',
        val_tpl: '{{value_json.presence}}',
        pl_avail: 'arrived',
        pl_not_avail: 'away',
      },
    ]);
    expect(tagMessage(traits([]), 0, { ...options, presence: false }).avty).toHaveLength(1);
  });

  test('leaves out what only tells one packet from another', () => {
    expect(Object.keys(tagMessage(traits([Field.sequence, Field.company, Field.states])).cmps)).toEqual(['rssi']);
  });

  test('makes events of buttons and of what happens, states of what lasts', () => {
    const { cmps } = tagMessage(traits([Field.button, Field.events], [State.door, State.safe]));
    expect(cmps.button).toMatchObject({ p: 'event', dev_cla: 'button' });
    expect(cmps.button!.evt_typ).toContain('doublePress');
    expect(cmps.button!.evt_typ).not.toContain('none');
    expect(cmps.button!.val_tpl).toBe(
      `{% if value_json.button|default('none')!='none' %}{"event_type":"{{value_json.button}}"}{% endif %}`,
    );
    expect(cmps.events).toMatchObject({ p: 'event', evt_typ: ['tilt', 'freeFall', 'impactX', 'impactY', 'impactZ'] });
    expect(cmps.reedSwitch).toMatchObject({ p: 'binary_sensor', pl_on: 'True', pl_off: 'False' });
    expect(cmps.door).toMatchObject({ dev_cla: 'door', pl_on: 'True', pl_off: 'False' });
    // Home Assistant calls it on when it is unsafe.
    expect(cmps.safe).toMatchObject({ dev_cla: 'safety', pl_on: 'False', pl_off: 'True' });
  });

  test('is what the schema allows, with everything that a tag can say', () => {
    check(message);
    check(tagMessage(traits(everyField, everyState), 86400));
  });

  test('comes in pieces of any length', () => {
    const writer = new DiscoveryWriter(options);
    const words = traits([Field.temperature, Field.events, Field.button2], [State.door]);
    const whole = tagText(writer, words, 60);
    for (const window of [1, 7, 64, 1000]) expect(tagText(writer, words, 60, window)).toBe(whole);
  });
});

describe('the message of the gateway', () => {
  function gatewayMessage(commands: boolean): Message {
    const writer = new DiscoveryWriter({ ...options, commands });
    const bytes = new Uint8Array(writer.gatewayLength());
    writer.readGateway(0, bytes, 0, bytes.length);
    return JSON.parse(new TextDecoder().decode(bytes)) as Message;
  }

  test('is what the schema allows', () => {
    check(gatewayMessage(true));
    check(gatewayMessage(false));
  });

  test('offers commands as calls, where there are any', () => {
    const { cmps } = gatewayMessage(true);
    expect(cmps.restart).toMatchObject({ p: 'button', cmd_t: 'tagwire/shed-1/cmd/home-assistant' });
    expect(JSON.parse(cmps.restart!.pl_prs as string)).toEqual({ method: 'reboot' });
    expect(JSON.parse(cmps.scan!.pl_off as string)).toEqual({ method: 'scan', params: { on: false } });
    expect(Object.values(gatewayMessage(false).cmps).every(({ p }) => p === 'sensor')).toBe(true);
  });
});

describe('the tables', () => {
  test.each(everyField.filter((field) => fieldComponents[field] !== Component.none))('field %i', (field) => {
    const deviceClass = sensorClasses[field]!;
    const unit = sensorUnits[field]!;
    const statistics = stateClassNames[sensorStateClasses[field]!]!;
    if (deviceClass !== '') {
      expect(sensorClassUnits[deviceClass]).toContain(unit);
      expect(allowedStateClasses[deviceClass] ?? ['measurement']).toContain(statistics);
    }
    // Our own unit, but for two that Home Assistant has a word for.
    const words: { [name: string]: string } = { heartRate: 'bpm', rotationalSpeed: 'rpm', timestamp: '' };
    expect(unit).toBe(words[fieldNames[field]!] ?? fieldUnits[field]);
  });

  test('know the classes of binary sensors', () => {
    for (const deviceClass of binarySensorClasses)
      if (deviceClass !== '') expect(knownBinaryClasses).toContain(deviceClass);
  });
});
