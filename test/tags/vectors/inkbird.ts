import { notOurs } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'inkbird',
  vectors: ['inkbird'],
  select: ({ expected }) => !/^iBBQ/.test(String(expected.model ?? expected.type)),
  words: {
    // It is told by the field: a plugged probe is the second temperature.
    extprobe: notOurs,
  },
};

export default vectors;
