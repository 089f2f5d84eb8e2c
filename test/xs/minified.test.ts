import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { minified } from '../../boards/bundle/steps.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { boardProgram } from './board-program.js';
import { requireXs } from './host/require.js';
import { ROOT } from './host/paths.js';
import { ESP32, ESP8266 } from './chip.js';
import { runHour, startWithConsole } from './measure-firmware.js';
import { measureOperations } from './measure-operations.js';
import type { Cost, Operation } from './measure-operations.js';

/** Minifying on a busy machine. */
const BUILD_MILLISECONDS = 600_000;

/** Enough to see what an operation allocates, and not what the table says: some do more once in a thousand times. */
const COUNT = 100;

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

requireXs(32)('what a board links', () => {
  let costs: Record<Operation, Cost>;

  beforeAll(async () => {
    costs = await measureOperations(32, boardProgram, COUNT);
  }, BUILD_MILLISECONDS);

  it('allocates nothing in any operation of test/sizes.json', () => {
    // A text in the program that repeats an operation is copied once for each call of it; a chip has it in ROM.
    const allocates = ({ slots, chunkBytes }: Cost): boolean => Math.round(slots) !== 0 || Math.round(chunkBytes) !== 0;
    expect(Object.entries(costs).filter(([, cost]) => allocates(cost))).toEqual([]);
    expect(Object.keys(costs).length).toBeGreaterThan(40);
  });

  it('takes no more instructions than the modules of which it is made', async () => {
    const plain = await measureOperations(32, (program) => Promise.resolve(program), COUNT);
    expect(Object.values(plain).every(({ slots, chunkBytes }) => slots === 0 && chunkBytes === 0)).toBe(true);
    const rows = Object.entries(costs) as [Operation, Cost][];
    const slower = rows.filter(([name, { compute }]) => compute > plain[name].compute);
    expect(slower).toEqual([]);
  });

  it.each([ESP8266, ESP32])(
    'delivers every reading of $name in order, with an outage each minute, in a heap of its budget',
    async (chip) => {
      const hour = await runHour(chip, await boardProgram('firmware'));
      const { accepted, dropped, acknowledged, events, arrived, outOfOrder, inFlight, outages } = hour;
      expect({ outages, dropped, acknowledged, arrived, outOfOrder, inFlight }).toEqual({
        outages: 60,
        dropped: 0,
        acknowledged: accepted,
        arrived: accepted - events,
        outOfOrder: 0,
        inFlight: 0,
      });
      expect(hour.answers).toBeGreaterThanOrEqual(hour.calls);
      expect(hour.calls).toBeGreaterThan(60);
    },
    BUILD_MILLISECONDS,
  );

  it(
    'shows the same on a console as the modules of which it is made',
    async () => {
      const lines = 10;
      const shown = async (program: string): Promise<number[]> => {
        const machine = await startWithConsole(program);
        try {
          await machine.call('startEsp32');
          // The host lets promises go on only between two calls, so each call ends one slice of a line.
          for (let i = 0; i < lines * 20; i++) await machine.call('run', 0.5);
          return [await machine.call('typed'), await machine.call('shown')];
        } finally {
          await machine.stop();
        }
      };
      const plain = await shown('firmware-console');
      expect(plain[0]).toBe(lines);
      expect(await shown(await boardProgram('firmware-console'))).toEqual(plain);
    },
    BUILD_MILLISECONDS,
  );
});

const TEXTS = `
  import { encodeUtf8 } from '${join(ROOT, 'build/src/mqtt/utf8.js')}';
  const KEY = 'key';
  export const first = encodeUtf8('"a":');
  export const table = [encodeUtf8('21 °C'), encodeUtf8('"' + KEY + '"'), new Uint8Array(0)];
  export const again = encodeUtf8('"' + 'a' + '":');
  export const empty = new Uint8Array(0);
  export const computed = encodeUtf8(KEY.repeat(2));
  export class Message { bytes = encodeUtf8('"a":'); }
  export function encode() { return encodeUtf8('"a":'); }
`;

it(
  'puts texts that are encoded while modules are loaded into one buffer, and no others',
  async () => {
    const module = await minifiedModule<TextsModule>('texts', TEXTS);
    const { first, table, again, empty, computed } = module;
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    expect([first, ...table, again, empty, computed].map(text)).toEqual([
      '"a":',
      '21 °C',
      '"key"',
      '',
      '"a":',
      '',
      'keykey',
    ]);
    expect([...table, empty].every(({ buffer }) => buffer === first.buffer)).toBe(true);
    expect(again).toBe(first);
    // These can be written: each has an array of its own.
    const own = [new module.Message().bytes, new module.Message().bytes, module.encode(), module.encode(), computed];
    expect(new Set([first, ...own].map(({ buffer }) => buffer)).size).toBe(6);
    expect(own.slice(0, 4).map(text)).toEqual(['"a":', '"a":', '"a":', '"a":']);
  },
  BUILD_MILLISECONDS,
);

it(
  'makes one array of empty ones where nothing is encoded',
  async () => {
    const { none, nothing } = await minifiedModule<{ none: Uint8Array; nothing: Uint8Array }>(
      'empty',
      'export const none = new Uint8Array(0);\nexport const nothing = new Uint8Array(0);\n',
    );
    expect(none).toEqual(new Uint8Array(0));
    expect(nothing).toBe(none);
  },
  BUILD_MILLISECONDS,
);

/** A module of this code, made as the bundles of boards are. */
async function minifiedModule<Module>(name: string, code: string): Promise<Module> {
  writeFileSync(folder.file(`${name}.js`), code);
  const bundle = await rollup({ input: folder.file(`${name}.js`), plugins: minified() });
  await bundle.write({ file: folder.file(`${name}.min.mjs`), format: 'es' });
  await bundle.close();
  return (await import(folder.file(`${name}.min.mjs`))) as Module;
}

interface TextsModule {
  first: Uint8Array;
  table: Uint8Array[];
  again: Uint8Array;
  empty: Uint8Array;
  computed: Uint8Array;
  Message: new () => { bytes: Uint8Array };
  encode: () => Uint8Array;
}
