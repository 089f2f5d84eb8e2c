import { AdvertisementDecoder, describeReading, KeyTable, Reading, setKeyText } from '../../src/tags/index.js';
import { BadInput } from '../bad-input.js';
import { addressOf, parseHex, readDecodeInputs } from '../decode/decode-input.js';
import type { DecodeInput } from '../decode/decode-input.js';
import { TABLE_HEAD, tableLine, tableSummary } from '../decode/decode-table.js';
import type { Decoded } from '../decode/decode-table.js';
import { formatAddress } from './terminal.js';
import type { Command } from 'commander';

interface DecodeFlags {
  address?: string;
  key?: string;
  name?: string;
  file?: string;
  json?: boolean;
}

const EXAMPLES = `
HEX is the AD structures of one advertisement, as RouterOS prints them in the column DATA. It may begin with 0x and have
spaces, colons or hyphens between bytes. The output is one JSON object.

FILE is a capture (btsnoop, pcap or pcapng, also compressed by gzip), or a list with HEX or ADDRESS,HEX on each line.
The output is a table, or with --json one object on each line.

A key decrypts the advertisements of one tag, so it needs --address. Other users of this computer can see it in the list
of processes.

Examples:
  $ tagwire decode 15ff4f090100669dfcff0600fcff6117f1e50f000064
  $ tagwire decode "02 01 06 03 03 aa fe 11 16 aa fe 20 00 0b 70 15 49 02 35 32 d8 02 38 4f 46"
  $ tagwire decode 10ff640001590002a20d4c005e --name sps --address AA:BB:CC:DD:EE:FF
  $ tagwire decode --file btsnoop_hci.log
  $ tagwire decode --file list.txt --address A4:C1:38:8D:18:B2 --key 231d39c1d7cc1ab1aee224cd096db932 --json

Exit codes: 0 success, 2 bad input.
`;

const COMPLETE_LOCAL_NAME = 0x09;
const LONGEST_NAME = 248;

/** Adds `tagwire decode`. */
export function addDecodeCommand(program: Command): void {
  program
    .command('decode')
    .description('decode advertisements and print their formats and fields')
    .argument('[hex]', 'one advertisement in hexadecimal')
    .option('--address <mac>', 'address of the tag: AA:BB:CC:DD:EE:FF')
    .option('--key <hex>', 'key of the tag: 32 hexadecimal digits, or 24 for MiBeacon versions 2 and 3')
    .option('--name <name>', 'local name of the tag, if the advertisement has none')
    .option('--file <file>', 'decode the advertisements of a list or a capture')
    .option('--json', 'with --file: print each advertisement as a JSON object; HEX is always printed so')
    .addHelpText('after', EXAMPLES)
    .action((hex: string | undefined, flags: DecodeFlags) => {
      if ((hex === undefined) === (flags.file === undefined)) {
        throw new BadInput('decode takes either HEX or --file, and one of them; see tagwire decode --help');
      }
      const decode = makeDecode(flags);
      if (hex !== undefined) {
        const { address: _, ...decoded } = decode({ bytes: parseHex(hex, 'hex') });
        process.stdout.write(JSON.stringify(decoded) + '\n');
      } else {
        decodeFile(flags.file!, decode, flags.json === true);
      }
    });
}

/** Decodes with the key, name and address that the user gave. Throws `BadInput`. */
function makeDecode(flags: DecodeFlags): (input: DecodeInput) => Decoded {
  const address = flags.address === undefined ? undefined : addressOf(flags.address, '--address:');
  const name = flags.name === undefined ? undefined : localName(flags.name);
  const keys = new KeyTable();
  if (flags.key !== undefined) {
    if (flags.address === undefined) throw new BadInput('--key needs --address: a key belongs to one tag');
    try {
      setKeyText(keys, flags.address, flags.key);
    } catch (error) {
      throw new BadInput(`--key: ${(error as Error).message}`);
    }
  }
  const decoder = new AdvertisementDecoder(keys);
  decoder.presence = true;
  const reading = new Reading();
  return ({ bytes, address: heard, rssi }) => {
    const whole = name === undefined ? bytes : Buffer.concat([bytes, name]);
    const advertiser = heard ?? address;
    decoder.decode(whole, 0, whole.length, reading, advertiser);
    const decoded: Decoded = describeReading(reading);
    if (advertiser) decoded.address = formatAddress(advertiser);
    if (rssi !== undefined && rssi !== 127) decoded.rssi = rssi;
    return decoded;
  };
}

/** The name as an AD structure. */
function localName(name: string): Uint8Array {
  const text = Buffer.from(name, 'utf8');
  if (text.length === 0 || text.length > LONGEST_NAME) {
    throw new BadInput(`--name must have 1 to ${LONGEST_NAME} bytes, got ${text.length}`);
  }
  return Buffer.concat([Uint8Array.of(text.length + 1, COMPLETE_LOCAL_NAME), text]);
}

function decodeFile(path: string, decode: (input: DecodeInput) => Decoded, json: boolean): void {
  const counts = new Map<string, number>();
  let first = true;
  for (const input of readDecodeInputs(path)) {
    const decoded = decode(input);
    if (json) {
      process.stdout.write(JSON.stringify(decoded) + '\n');
      continue;
    }
    if (first) process.stdout.write(TABLE_HEAD + '\n');
    first = false;
    process.stdout.write(tableLine(decoded) + '\n');
    const what =
      decoded.state === 'ok' || decoded.format === 'unknown' ? decoded.format : `${decoded.format} (${decoded.state})`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  if (!json) process.stdout.write(`${tableSummary(counts)}\n`);
}
