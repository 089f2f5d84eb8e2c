import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'ibbq',
  vectors: ['inkbird', 'other:inkbird/tenergy'],
  select: ({ expected }) => /^iBBQ/.test(String(expected.model ?? expected.type)),
};

export default vectors;
