import { writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeUnless } from '../../support/require.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import type { TemporaryFolder } from '../../support/temp.js';
import { measure, measureNative } from '../measure-operations.js';
import { buildHost } from './build.js';
import type { Bits } from './build.js';
import { LARGE, Machine, MEMORY_FULL, STACK_OVERFLOW } from './machine.js';
import type { Heap } from './machine.js';
import { requireCore, requireXs } from './require.js';
import { probe } from './support.js';
import type { Support } from './support.js';

const FIXED: Heap = { ...LARGE, chunkBytes: 100_000, chunkIncrement: 0, slots: 8000, slotIncrement: 0 };

describe.each([
  { bits: 32, slotSize: 16, chunkHeader: 8 },
  { bits: 64, slotSize: 32, chunkHeader: 16 },
] as const)('a machine of $bits bits', ({ bits, slotSize, chunkHeader }) => {
  requireXs(bits)('', () => {
    let machine: Machine | undefined;

    beforeAll(async () => {
      await buildHost(bits);
    }, 300_000);

    afterEach(() => machine?.stop());

    async function start(heap?: Heap): Promise<Machine> {
      machine = await Machine.start(bits as Bits, 'prices', heap);
      return machine;
    }

    it('has slots of the right size', async () => {
      expect((await (await start()).meter()).slotSize).toBe(slotSize);
    });

    it('sees that nothing is allocated', async () => {
      expect(await measure(await start(), 'nothing')).toMatchObject({ slots: 0, chunkBytes: 0 });
    });

    it('sees an object literal, though it is garbage at once', async () => {
      expect(await measure(await start(), 'objectLiteral')).toMatchObject({ slots: 3, chunkBytes: 0 });
    });

    it('sees a typed array', async () => {
      expect(await measure(await start(), 'typedArray')).toMatchObject({ slots: 7, chunkBytes: 64 + chunkHeader });
    });

    it('counts the same instructions each time', async () => {
      const first = await measure(await start(), 'objectLiteral');
      expect(await measure(machine!, 'objectLiteral')).toEqual(first);
    });

    it('tells a collection', async () => {
      const before = await (await start()).meter();
      await machine!.collect();
      expect((await machine!.meter()).collections).toBe(before.collections + 1);
    });

    it('collects by itself when the heap is small, which a measurement refuses', async () => {
      await start(FIXED);
      await expect(measure(machine!, 'typedArray')).rejects.toThrow('typedArray: garbage was collected');
    });

    it('refuses an operation that did not happen', async () => {
      await start();
      const said = 'seldom was to happen 1000 times, and 500 times it did';
      await expect(measure(machine!, 'seldom')).rejects.toThrow(said);
    });

    it('ends when a fixed heap is full', async () => {
      await start(FIXED);
      await expect(machine!.call('hoard', 10_000)).rejects.toMatchObject({
        code: MEMORY_FULL,
        reason: expect.stringMatching(/^memory full: \d+ slots of 7999 and \d+ chunk bytes of 100000 are in use$/),
      });
      await expect(machine!.meter()).rejects.toThrow('the XS host ended with 11: memory full');
    });

    it('ends when a block is full', async () => {
      const baseline = await (await start()).live();
      await machine!.stop();
      const { slots, chunkBytes } = baseline;
      const blockBytes = (slots + 4096) * slotSize + chunkBytes + 20_000;
      await start({ chunkBytes, chunkIncrement: 512, slots, slotIncrement: 64, stack: 4096, blockBytes });
      expect(await machine!.call('hoard', 100)).toBe(100);
      await expect(machine!.call('hoard', 10_000)).rejects.toMatchObject({ code: MEMORY_FULL });
    });

    it('ends when the stack is full', async () => {
      await start();
      expect(await machine!.call('deep', 100)).toBe(100);
      await machine!.limitStack(256);
      expect(await machine!.call('deep', 5)).toBe(5);
      await expect(machine!.call('deep', 100)).rejects.toMatchObject({
        code: STACK_OVERFLOW,
        reason: 'stack overflow',
      });
    });

    it('tells the error of a call, and goes on', async () => {
      await start();
      await expect(machine!.call('fail')).rejects.toThrow('RangeError: kept is undefined');
      await expect(machine!.call('missing')).rejects.toThrow('TypeError');
      expect(await machine!.call('nothing', 3)).toBe(3);
    });
  });
});

describe.each(['rv32', 'lx106'] as const)('a machine on the core %s', (core) => {
  requireCore(core)('', () => {
    let machine: Machine | undefined;

    beforeAll(async () => {
      await buildHost(core);
    }, 300_000);

    beforeEach(async () => {
      machine = await Machine.start(core, 'prices');
    }, 60_000);

    afterEach(() => machine?.stop());

    it('has the slots of a chip, and allocates as the desktop does', async () => {
      const begin = await machine!.live();
      expect(begin).toMatchObject({ slotSize: 16, compute: 0 });
      await machine!.call('typedArray', 10);
      const end = await machine!.meter();
      expect(end.slots - begin.slots).toBeGreaterThanOrEqual(70);
    });

    it('counts the same instructions each time, also in another machine', async () => {
      const first = await measureNative(machine!, 'objectLiteral', 10);
      expect(await measureNative(machine!, 'objectLiteral', 10)).toBe(first);
      const other = await Machine.start(core, 'prices');
      try {
        expect(await measureNative(other, 'objectLiteral', 10)).toBe(first);
      } finally {
        await other.stop();
      }
    });

    it('counts some for doing nothing but a turn of a loop, and more for an object', async () => {
      const nothing = await measureNative(machine!, 'nothing', 10);
      expect(nothing).toBeGreaterThan(50);
      expect(nothing).toBeLessThan(2000);
      expect(await measureNative(machine!, 'objectLiteral', 10)).toBeGreaterThan(nothing);
    });

    it('counts nothing between calls', async () => {
      const before = await machine!.meter();
      await machine!.collect();
      expect((await machine!.meter()).native).toBe(before.native);
    });

    it('refuses an operation that did not happen', async () => {
      await expect(measureNative(machine!, 'seldom', 100)).rejects.toThrow('seldom was to happen 100 times');
    });

    it('tells the error of a call, and goes on', async () => {
      await expect(machine!.call('missing')).rejects.toThrow('TypeError');
      expect(await machine!.call('nothing', 3)).toBe(3);
    });
  });
});

describe('a program', () => {
  it('that is not compiled is named', async () => {
    await expect(Machine.start(64, 'nowhere')).rejects.toThrow('nowhere.js is not compiled: run npm run build');
  });
});

describe('how the host can be built and run', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = makeTemporaryFolder();
    // It always links, and what it makes does not run.
    program('gcc', 'for word; do case $last in -o) echo "exit 7" >$word; chmod +x $word;; esac; last=$word; done');
    for (const name of ['make', 'flock']) program(name, '');
  });

  afterEach(() => folder.remove());

  function program(name: string, script: string): void {
    writeFileSync(folder.file(name), `#!/bin/sh\nPATH=${process.env['PATH']}\n${script}\n`, { mode: 0o755 });
  }

  const found = (variables: Record<string, string> = {}): Support => probe(32, { PATH: folder.path, ...variables });

  it('needs a compiler', () => {
    expect(probe(32, { PATH: '/nowhere' }).missing).toBe(
      'gcc is not on PATH (Debian: apt-get install build-essential util-linux)',
    );
  });

  it('needs a compiler that links', () => {
    program('gcc', 'test "$1" = --version');
    expect(found().missing).toMatch(/^gcc -m32 does not link a program .*apt-get install gcc-multilib\)$/);
  });

  it('needs an emulator where the kernel does not execute what was linked', () => {
    expect(found()).toEqual({
      missing:
        'this kernel executes no 32-bit programs, and qemu-i386 is not on PATH (Debian: apt-get install qemu-user)',
      runner: '',
    });
  });

  it('takes the emulator there, and not where it fails', () => {
    program('qemu-i386', 'test -x "$1"');
    expect(found()).toEqual({ missing: undefined, runner: 'qemu-i386' });
    program('qemu-i386', 'exit 1');
    expect(found().missing).toContain('apt-get install qemu-user');
  });

  it('needs a compiler, a library and an emulator for a core', () => {
    const missing = (): string | undefined => probe('rv32', { PATH: folder.path }).missing;
    const packages = 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc';
    const install = `(Debian: apt-get install ${packages})`;
    program('gcc', '');
    expect(missing()).toBe(`riscv64-unknown-elf-gcc is not on PATH ${install}`);
    program('riscv64-unknown-elf-gcc', 'test "$1" = --version');
    expect(missing()).toBe(`qemu-system-riscv32 is not on PATH ${install}`);
    program('qemu-system-riscv32', '');
    expect(missing()).toBe(`riscv64-unknown-elf-gcc has no picolibc ${install}`);
    program('riscv64-unknown-elf-gcc', '');
    expect(missing()).toBeUndefined();
  });

  it('needs none where the kernel executes it', () => {
    program('gcc', 'for word; do case $last in -o) echo "exit 0" >$word; chmod +x $word;; esac; last=$word; done');
    program('qemu-i386', 'exit 1');
    expect(found()).toEqual({ missing: undefined, runner: '' });
  });

  it('obeys TAGWIRE_XS_RUNNER, or says that it cannot', () => {
    program('emulator', 'test -x "$1"');
    expect(found({ TAGWIRE_XS_RUNNER: 'emulator' })).toEqual({ missing: undefined, runner: 'emulator' });
    expect(found({ TAGWIRE_XS_RUNNER: 'nowhere' }).missing).toBe(
      'TAGWIRE_XS_RUNNER: nowhere is not on PATH or does not run 32-bit programs',
    );
  });
});

describe('describeUnless', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('fails with CI=true where something is missing, and else skips and says what', () => {
    vi.stubEnv('CI', 'true');
    expect(() => describeUnless('no emulator (Debian: apt-get install qemu-user)')).toThrow('qemu-user');
    expect(describeUnless(undefined)).toBe(describe);
    vi.stubEnv('CI', '');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(describeUnless('no emulator')).not.toBe(describe);
    expect(said).toHaveBeenCalledWith('skipped: no emulator\n');
  });
});
