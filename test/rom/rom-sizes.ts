import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOP } from '../support/folders.js';
import { CLOUD_NAMES, measureClouds, writeBundleFor } from './clouds.js';
import type { CloudSizes } from './clouds.js';
import { boardImage, partCode, RomLinker, usesBuiltIns } from './link.js';
import type { Image } from './link.js';

/**
 * The parts that a project includes, in the order of their imports: each is measured on top of those before it. `parts`
 * are modules of dist/moddable/release/parts.
 */
const PARTS = {
  'mqtt: core': ['mqtt/core/index'],
  'mqtt: the rest': ['mqtt/index'],
  connection: ['hal/index', 'connection/index'],
  ecma419: ['ecma419/index'],
  'tags: decoders': ['tags/core/index'],
  'tags: the rest': ['tags/index'],
  telemetry: ['telemetry/index'],
  settings: ['bytes/index', 'settings/index'],
  rpc: ['rpc/index'],
  cloud: ['cloud/index'],
  device: ['device/index'],
  schedule: ['schedule/index'],
  brokers: ['brokers/index'],
  console: ['console/index'],
} as const;

/** What mcconfig links: for a platform of the SDK, by a manifest, from a folder of dist/moddable. */
interface ImageOf {
  platform: string;
  manifest: string;
  bundle?: string;
  /** Links this cloud only, see docs/moddable.md. */
  cloud?: string;
}

/** The images of boards. */
const IMAGES = {
  esp32: { platform: 'esp32', manifest: 'boards/esp32/manifest.json' },
  'esp32 without console': { platform: 'esp32', manifest: 'boards/esp32/manifest_without_console.json' },
  esp32c3: { platform: 'esp32/esp32c3', manifest: 'boards/esp32/manifest.json' },
  esp32c6: { platform: 'esp32/esp32c6', manifest: 'boards/esp32/manifest.json' },
  esp32s3: { platform: 'esp32/esp32s3', manifest: 'boards/esp32/manifest.json' },
  esp8266: { platform: 'esp', manifest: 'boards/esp8266/manifest.json' },
  'esp32 with plain only': { platform: 'esp32', manifest: 'boards/esp32/manifest.json', cloud: 'plain' },
  'esp32 with aws only': { platform: 'esp32', manifest: 'boards/esp32/manifest.json', cloud: 'aws' },
  'esp32 not minified': { platform: 'esp32', manifest: 'boards/esp32/manifest.json', bundle: 'debug' },
} as const;

export type Part = keyof typeof PARTS;
export type Board = keyof typeof IMAGES;

export const PART_NAMES = Object.keys(PARTS) as Part[];
export { CLOUD_NAMES };
export const BOARD_NAMES = Object.keys(IMAGES) as Board[];

/** Bytes that a part, and an image, are to take at most. */
export const BUDGETS: { readonly [name: string]: number | undefined } = {
  'mqtt: core': 25_000,
  connection: 9_000,
  'tags: decoders': 110_000,
  console: 120_000,
  esp32: 800_000,
  'esp32 without console': 620_000,
};

/** Objects in an image that are not frozen, at most. */
export const ALIASES = 40;

/** What a part adds. */
export interface PartSize {
  bytes: number;
  /** Bytes of it that are bytecode: what no renaming makes less. */
  bytecode: number;
}

/** The table test/rom-sizes.json. */
export interface RomSizes {
  parts: Record<Part, PartSize>;
  /** What each cloud adds to what all share. */
  clouds: CloudSizes;
  images: Record<Board, Image>;
}

/** How to write down what changed. */
export const UPDATE = 'npm run bench:rom -- --update';

/** A figure that differs by more is to be written down. Every change of the code moves them a little. */
const TOLERANCE = 0.01;

const PATH = join(TOP, 'test', 'rom-sizes.json');

/** Links everything; takes a minute or two. */
export async function measureRom(): Promise<RomSizes> {
  const folder = mkdtempSync(join(tmpdir(), 'tagwire-rom-'));
  try {
    const clouds = await measureClouds(join(folder, 'clouds'));
    return { parts: measureParts(folder), clouds, images: await measureImages(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureParts(folder: string): Record<Part, PartSize> {
  const linker = new RomLinker(folder);
  const codes = new Map(PART_NAMES.flatMap((name) => PARTS[name].map((part) => [part as string, partCode(part)])));
  linker.compile('main', usesBuiltIns([...codes.values()]));
  const linked = ['main'];
  let before = linker.link(linked).bytes;
  const sizes = PART_NAMES.map((name): [Part, PartSize] => {
    const bytecode = PARTS[name].reduce((sum, part) => sum + linker.compile(part, codes.get(part)!), 0);
    linked.push(...PARTS[name]);
    const { bytes } = linker.link(linked);
    const added = bytes - before;
    before = bytes;
    return [name, { bytes: added, bytecode }];
  });
  return Object.fromEntries(sizes) as Record<Part, PartSize>;
}

async function measureImages(folder: string): Promise<Record<Board, Image>> {
  const images: [Board, Image][] = [];
  for (const name of BOARD_NAMES) {
    const { platform, manifest, bundle = 'release', cloud }: ImageOf = IMAGES[name];
    const made = cloud === undefined ? bundle : await writeBundleFor(cloud, join(folder, cloud));
    images.push([name, boardImage(platform, manifest, made, join(folder, `image${images.length}`))]);
  }
  return Object.fromEntries(images) as Record<Board, Image>;
}

/** The committed table. Throws an Error of one line when it cannot be read. */
export function readRomSizes(): RomSizes {
  try {
    return JSON.parse(readFileSync(PATH, 'utf8')) as RomSizes;
  } catch (error) {
    throw new Error(`test/rom-sizes.json cannot be read: ${(error as Error).message}; ${UPDATE} writes it`);
  }
}

export function writeRomSizes(sizes: RomSizes): void {
  writeFileSync(PATH, `${JSON.stringify(sizes, null, 2)}\n`);
}

/** Where `measured` is not what the table says, one line each. */
export function romDifferences(measured: RomSizes, table: RomSizes): string[] {
  const said = new Map(figures(table));
  return figures(measured)
    .filter(([name, figure]) => Math.abs(figure - (said.get(name) ?? 0)) > figure * TOLERANCE)
    .map(([name, figure]) => `${name}: measured ${figure}, the table says ${said.get(name) ?? 'nothing'}`);
}

function figures({ parts, clouds, images }: RomSizes): [string, number][] {
  return [
    ...Object.entries(parts).map(([name, { bytes }]): [string, number] => [name, bytes]),
    ...Object.entries(clouds).map(([name, { bytes }]): [string, number] => [`cloud ${name}`, bytes]),
    ...Object.entries(images).flatMap(([name, { bytes, aliases }]): [string, number][] => [
      [`image of ${name}`, bytes],
      [`aliases of ${name}`, aliases],
    ]),
  ];
}
