import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BadInput, showValue } from '../bad-input.js';
import { writeFlashPage } from '../flash/flash-page.js';
import { builtFolder, CHIP_FAMILIES, readImage } from '../flash/image.js';
import type { ChipFamily, FirmwareImage } from '../flash/image.js';
import { serveFolder } from '../flash/serve-folder.js';
import { thisWorkshop } from '../flash/workshop.js';
import type { FlashPageContents } from '../page/flash-page/contents.js';
import { ExitCode } from './failures.js';
import { onInterrupt, warn } from './terminal.js';

interface FlashPageFlags {
  image?: string[];
  chip?: string;
  serve?: boolean;
  port?: string;
  json?: boolean;
}

const EXAMPLES = `
The page is a folder of plain files, for any server with https, or for this computer with --serve. It flashes over USB
with Chrome or Edge (Web Serial, ESP Web Tools), and then gives the device its Wi-Fi, broker and other settings. Build a
release without settings for it: what is built in is in the files of the page, passwords too. See docs/flashing.md.

Examples:
  $ mcconfig -m -p esp32 -t build && tagwire flash-page page --serve
  $ tagwire flash-page page --chip ESP32-C3
  $ tagwire flash-page page --image ~/sdk/build/bin/esp32/release/shed --image ~/sdk/build/bin/esp/release/shed
  $ tagwire flash-page page --serve --port 8080 --json

Exit codes: 0 written, or ended by Ctrl-C, 2 bad input.
`;

/** Adds `tagwire flash-page`. */
export function addFlashPageCommand(program: Command): void {
  program
    .command('flash-page')
    .description('write a page that flashes an image from a browser and sets the device up')
    .argument('<folder>', 'new or empty folder, or one that this command has written')
    .option(
      '--image <path>',
      'folder into which mcconfig built it, once for each chip; default: that of this package',
      add,
    )
    .option(
      '--chip <name>',
      `only an image for this chip: ${CHIP_FAMILIES.join(', ')}; default: ESP32, or any with --image`,
    )
    .option('--serve', 'serve the page on this computer, until Ctrl-C')
    .option('--port <number>', 'TCP port for --serve, 1 to 65535; default: a free one')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, flags: FlashPageFlags) => {
      process.exitCode = await run(resolve(folder), flags);
    });
}

function add(path: string, all: string[] = []): string[] {
  return [...all, path];
}

async function run(folder: string, flags: FlashPageFlags): Promise<number> {
  const port = readPort(flags);
  const images = readImages(flags);
  const contents = writeFlashPage(folder, images);
  for (const { chip, improv } of images) {
    if (!improv && chip !== 'ESP8266')
      warn(`${chip}: a debug build takes no settings over its serial line; build a release`);
  }
  if (!flags.serve) {
    print(folder, contents, undefined, flags);
    return ExitCode.success;
  }
  const server = await serveFolder(folder, port);
  const ended = new Promise<void>((resolve) => void onInterrupt(resolve));
  print(folder, contents, server.url, flags);
  await ended;
  await server.close();
  if (!flags.json) process.stdout.write(`ended; the page stays in ${folder}\n`);
  return ExitCode.success;
}

function readImages({ image: paths = [], chip: name }: FlashPageFlags): FirmwareImage[] {
  const workshop = thisWorkshop();
  const chip = name === undefined ? undefined : readChip(name);
  if (paths.length === 0) {
    const built = chip ?? 'ESP32';
    return [readImage(builtFolder(built, workshop), built, workshop)];
  }
  const images = paths.map((path) => readImage(resolve(path), chip, workshop));
  const chips = images.map((image) => image.chip);
  const twice = chips.find((each, i) => chips.indexOf(each) !== i);
  if (twice !== undefined) throw new BadInput(`two images are for ${twice}: the page chooses one by the chip`);
  return images;
}

function readChip(name: string): ChipFamily {
  const chip = CHIP_FAMILIES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (chip === undefined) throw new BadInput(`--chip must be ${CHIP_FAMILIES.join(', ')}, got ${showValue(name)}`);
  return chip;
}

function readPort({ port, serve }: FlashPageFlags): number {
  if (port === undefined) return 0;
  if (!serve) throw new BadInput('--port has no effect without --serve');
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65535) return number;
  throw new BadInput(`--port must be an integer from 1 to 65535, got ${showValue(port)}`);
}

function print(folder: string, contents: FlashPageContents, url: string | undefined, flags: FlashPageFlags): void {
  if (flags.json) {
    process.stdout.write(JSON.stringify({ folder, ...(url !== undefined && { url }), ...contents }) + '\n');
    return;
  }
  for (const { chip, built, parts } of contents.builds) {
    process.stdout.write(`${chip}${built === '' ? '' : `, built ${built}`}\n`);
    for (const { path, offset, bytes } of parts) {
      process.stdout.write(
        `  0x${offset.toString(16).padStart(6, '0')}  ${String(bytes).padStart(9)} bytes  ${path}\n`,
      );
    }
  }
  process.stdout.write(`written to ${folder}\n`);
  if (url !== undefined) process.stdout.write(`open ${url} in Chrome or Edge; Ctrl-C ends\n`);
}
