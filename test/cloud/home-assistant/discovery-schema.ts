import { Ajv } from 'ajv';
import { expect } from 'vitest';

/**
 * Home Assistant's device discovery message as a JSON Schema, written from its documentation (home-assistant.io, MQTT:
 * "Device discovery payload", and the pages of the platforms). `full` keys only: see `unabbreviated`.
 */
const topic = { type: 'string', minLength: 1, maxLength: 65535, pattern: '^[^#+\\u0000]+$' };
const text = { type: 'string', minLength: 1 };
const id = { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' };

const availability = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['topic'],
    additionalProperties: false,
    properties: {
      topic,
      payload_available: text,
      payload_not_available: text,
      value_template: text,
    },
  },
};

const shared = {
  platform: { enum: ['sensor', 'binary_sensor', 'event', 'button', 'switch'] },
  unique_id: id,
  default_entity_id: { type: 'string', pattern: '^(sensor|binary_sensor|event|button|switch)\\.[a-z0-9_]+$' },
  name: text,
  entity_category: { enum: ['diagnostic', 'config'] },
  device_class: text,
  state_topic: topic,
  value_template: text,
  expire_after: { type: 'integer', minimum: 1 },
};

/** A member that only some platforms have, by platform. */
const own = {
  sensor: { unit_of_measurement: text, state_class: { enum: ['measurement', 'total', 'total_increasing'] } },
  binary_sensor: { payload_on: text, payload_off: text },
  event: { event_types: { type: 'array', minItems: 1, uniqueItems: true, items: text } },
  button: { command_topic: topic, payload_press: text },
  switch: { command_topic: topic, payload_on: text, payload_off: text, state_on: text, state_off: text },
};
const required: { [platform: string]: string[] } = {
  event: ['event_types'],
  button: ['command_topic'],
  switch: ['command_topic'],
};

const discoverySchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['device', 'origin', 'components'],
  additionalProperties: false,
  properties: {
    device: {
      type: 'object',
      anyOf: [{ required: ['identifiers'] }, { required: ['connections'] }],
      additionalProperties: false,
      properties: {
        identifiers: { type: 'array', minItems: 1, items: id },
        connections: { type: 'array', items: { type: 'array', minItems: 2, maxItems: 2, items: text } },
        name: text,
        manufacturer: text,
        model: text,
        sw_version: text,
        via_device: id,
      },
    },
    origin: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: { name: text, sw_version: text, support_url: text },
    },
    availability,
    availability_mode: { enum: ['all', 'any', 'latest'] },
    state_topic: topic,
    components: {
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        oneOf: Object.entries(own).map(([platform, members]) => ({
          type: 'object',
          required: ['platform', 'unique_id', ...(required[platform] ?? [])],
          additionalProperties: false,
          properties: { ...shared, ...members, platform: { const: platform } },
        })),
      },
    },
  },
};

const abbreviations: { [key: string]: string } = {
  avty: 'availability',
  avty_mode: 'availability_mode',
  cmd_t: 'command_topic',
  cmps: 'components',
  cns: 'connections',
  def_ent_id: 'default_entity_id',
  dev: 'device',
  dev_cla: 'device_class',
  ent_cat: 'entity_category',
  evt_typ: 'event_types',
  exp_aft: 'expire_after',
  ids: 'identifiers',
  mdl: 'model',
  mf: 'manufacturer',
  o: 'origin',
  p: 'platform',
  pl_avail: 'payload_available',
  pl_not_avail: 'payload_not_available',
  pl_off: 'payload_off',
  pl_on: 'payload_on',
  pl_prs: 'payload_press',
  stat_cla: 'state_class',
  stat_off: 'state_off',
  stat_on: 'state_on',
  stat_t: 'state_topic',
  sw: 'sw_version',
  t: 'topic',
  uniq_id: 'unique_id',
  unit_of_meas: 'unit_of_measurement',
  val_tpl: 'value_template',
};

/** The message with full keys, as Home Assistant expands it. Names of components are not keys. */
function unabbreviated(value: unknown, ofComponents = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => unabbreviated(entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const full = ofComponents ? key : (abbreviations[key] ?? key);
      return [full, unabbreviated(entry, full === 'components')];
    }),
  );
}

const validate = new Ajv({ allErrors: true }).compile(discoverySchema);

/** Expects a message to be what the schema allows. */
export function check(message: unknown): void {
  expect(validate(unabbreviated(message)), JSON.stringify(validate.errors)).toBe(true);
}
