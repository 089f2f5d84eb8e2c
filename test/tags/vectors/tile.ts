import { toHex } from '../hex.js';
import { notOurs } from './vector.js';
import type { FormatVectors } from './vector.js';

const vectors: FormatVectors = {
  format: 'tile',
  vectors: ['other:tile'],
  words: { device: notOurs },
  // Some have nothing but the name.
  advertisement: ({ local_name }) => '0509' + toHex(Buffer.from(local_name!)),
};

export default vectors;
