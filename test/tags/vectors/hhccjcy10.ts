import { notOurs } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'hhccjcy10',
  vectors: ['hhcc', 'other:xiaomi/vegtrug', 'mibeacon'],
  select: (vector) => vector.format !== 'mibeacon' || /HHCCJCY10/.test(String(vector.service_uuid)),
  // The collection has the name of the service alone.
  advertisement: ({ service_data }) => '0c1650fd' + service_data!,
  words: { packet: notOurs },
};

export default vectors;
