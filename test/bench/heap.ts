import { Command } from 'commander';
import { readSizes } from '../xs/sizes.js';
import { heapTable } from './heap-terms.js';

new Command('bench:heap')
  .description('adds up the RAM of an ESP32 that AWS and Azure take with TLS; arithmetic, not measured on hardware')
  .parse();
console.log(heapTable(readSizes()));
