import { flag, notOurs, number } from './vector.js';
import type { Expectation, FormatVectors, Vector } from './vector.js';

const KG_PER_LB = 0.45359237;

/** Theengs gives the mass in the unit that is shown; bleparser does so too. */
const mass = (value: number, vector: Vector): Expectation => {
  const unit = vector.expected.unit ?? vector.expected['weight unit'];
  return { mass: unit === 'lb' ? value * KG_PER_LB : value };
};

const vectors: FormatVectors = {
  format: 'mi-scale',
  vectors: ['miscale', 'other:xiaomi', 'mibeacon'],
  select: (vector) => vector.format !== 'mibeacon' || /SCALE/.test(String(vector.service_uuid)),
  // The collection has the name of the service alone.
  advertisement: ({ service_uuid, service_data }) => {
    const service = service_uuid === '<SERVICE_SCALE1>' ? '1d18' : '1b18';
    const length = service_data!.length / 2 + 3;
    return length.toString(16).padStart(2, '0') + '16' + service + service_data!;
  },
  words: {
    packet: notOurs,
    'weight unit': notOurs,
    unit: notOurs,
    weighing_mode: notOurs,
    weight: mass,
    'non-stabilized weight': mass,
    mass: number('mass'),
    mass_non_stabilized: number('mass'),
    'weight removed': flag('massRemoved'),
    stabilized: flag('stabilized'),
    impedance: number('impedance'),
  },
  // Theengs has neither, xiaomi-ble not whether the mass is gone.
  leftOut: ['stabilized', 'massRemoved'],
};

export default vectors;
