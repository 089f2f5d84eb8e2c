import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));

const PROGRAM = `
import { Session, encodeUtf8, CloseReason } from 'tagwire/mqtt';
import { AdvertisementDecoder, Field, Reading } from 'tagwire/tags';
import { Connection } from 'tagwire/connection';
import { Gateway } from 'tagwire';
import { nodePlatform } from 'tagwire/sim';

const reading = new Reading();
const bytes = Uint8Array.from([0x15, 0xff, 0x4f, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 21, 0, 0, 0, 0, 0, 99]);
new AdvertisementDecoder().decode(bytes, 0, bytes.length, reading);
const reason: CloseReason = CloseReason.refused;
console.log(reading.get(Field.temperature), typeof Session, typeof Connection, typeof Gateway, typeof nodePlatform);
console.log(reason, encodeUtf8('a').length);
`;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tagwire-consumer-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(top, join(folder, 'node_modules/tagwire'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2022',
        strict: true,
        isolatedModules: true,
        lib: ['ES2022', 'DOM'],
        types: [],
        skipLibCheck: false,
      },
      include: ['program.ts'],
    }),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a project with isolatedModules compiles against the package, and runs', () => {
  const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript'))), 'tsc.js');
  const compiled = spawnSync(process.execPath, [tsc], { cwd: folder, encoding: 'utf8' });
  expect(compiled.stdout).toBe('');
  const run = spawnSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.stdout).toBe('21.5 function function function function\n3 1\n');
});

it('every entry of exports exists', () => {
  const { exports } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
  };
  for (const entry of Object.values(exports)) {
    for (const path of typeof entry === 'string' ? [entry] : Object.values(entry)) {
      expect(readFileSync(join(top, path)).length, path).toBeGreaterThan(0);
    }
  }
});
