import type { SpawnSyncReturns } from 'node:child_process';
import { compilerFor, findGccSource } from './build.js';
import type { Core } from './build.js';

/** What emulates a core, and Debian's packages for it. */
const EMULATORS = {
  rv32: {
    program: 'qemu-system-riscv32',
    specs: 'picolibc.specs',
    packages: 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc',
  },
  lx106: {
    program: 'qemu-system-xtensa',
    specs: '/usr/lib/xtensa-lx106-elf/picolibc.specs',
    packages: 'gcc-xtensa-lx106 picolibc-xtensa-lx106-elf gcc-12-source qemu-system-misc',
  },
} as const;

/** Far more than any test or bench takes with one machine. */
const MOST_SECONDS = 900;

const HEADLESS = '-display none -serial none -monitor none';

/** The command that runs a host in its emulator with these arguments; its input and output are the host's. */
export function emulatorCommand(core: Core, host: string, words: string[]): [program: string, args: string[]] {
  const semihosting = 'enable=on,target=native';
  const listed = words.map((word) => `,arg=${word}`).join('');
  // By the instruction, not by the clock: `shift` is the time that an instruction takes, as core/*.c expects it.
  const command = {
    rv32: `qemu-system-riscv32 -M virt -m 256M -icount shift=0,sleep=off ${HEADLESS} -bios none \
      -chardev file,id=out,path=/dev/stdout -semihosting-config ${semihosting},chardev=out${listed} -kernel "$0"`,
    lx106: `qemu-system-xtensa -M sim -cpu lx106 -m 112M -icount shift=6,sleep=off ${HEADLESS} \
      -semihosting-config ${semihosting},arg=host${listed} -kernel "$0"`,
  }[core];
  // Pipes: the host of rv32 opens /dev/stdin and /dev/stdout, and those that Node makes are sockets. The time is for a
  // core that hangs, which would not notice that nobody asks it any more.
  return ['sh', ['-c', `cat | timeout ${MOST_SECONDS} ${command} | cat`, host]];
}

/** What the host of a core needs and this machine lacks, and how to get it; undefined: nothing. */
export function missingForCore(
  core: Core,
  run: (program: string, args: string[], input?: string) => SpawnSyncReturns<Buffer>,
): string | undefined {
  const { program, specs, packages } = EMULATORS[core];
  const install = `(Debian: apt-get install ${packages})`;
  const compiler = compilerFor(core);
  for (const name of [compiler, program]) {
    if (run(name, ['--version']).status !== 0) return `${name} is not on PATH ${install}`;
  }
  const included = run(compiler, [`--specs=${specs}`, '-E', '-'], '#include <stdio.h>\n');
  if (included.status !== 0) return `${compiler} has no picolibc ${install}`;
  if (core === 'lx106' && findGccSource() === undefined) return `GCC's sources are not in /usr/src/gcc-12 ${install}`;
  return undefined;
}
