import { number } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'sensirion',
  vectors: ['sensirion', 'other:sensirion'],
  // bleparser rounds.
  words: { temperature: number('temperature', 1, 0.005) },
};

export default vectors;
