import type { Command } from 'commander';
import { AdvertisementDecoder, describeReading, Reading } from '../../src/tags/index.js';
import { BadInput, showValue } from '../bad-input.js';

const EXAMPLES = `
HEX are the AD structures of one advertisement, as RouterOS prints them in the column DATA; spaces, colons and hyphens
between bytes are allowed, and a 0x in front.

Examples:
  $ tagwire decode 15ff4f090100669dfcff0600fcff6117f1e50f000064
  $ tagwire decode "02 01 06 03 03 aa fe 11 16 aa fe 20 00 0b 70 15 49 02 35 32 d8 02 38 4f 46"
`;

/** The longest payload of an extended advertisement (Core 5.4, Vol 4, Part E, 7.8.54). */
const LONGEST = 1650;

/** Adds `tagwire decode`. */
export function addDecodeCommand(program: Command): void {
  program
    .command('decode')
    .description('decode an advertisement and print its format and fields as one JSON object')
    .argument('<hex>', 'the advertisement in hexadecimal')
    .addHelpText('after', EXAMPLES)
    .action((text: string) => {
      process.stdout.write(JSON.stringify(decodeHex(text)) + '\n');
    });
}

function decodeHex(text: string): object {
  const digits = text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new BadInput(`hex ${showValue(text)} is not hexadecimal; allowed: an even number of digits 0-9 a-f`);
  }
  const bytes = Buffer.from(digits, 'hex');
  if (bytes.length > LONGEST) {
    throw new BadInput(`hex of ${bytes.length} bytes; an advertisement has at most ${LONGEST}`);
  }
  const reading = new Reading();
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, reading);
  return describeReading(reading);
}
