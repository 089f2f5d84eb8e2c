import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The heap of a machine. */
export interface Heap {
  chunkBytes: number;
  /** Bytes by which the chunk heap grows when it is full; 0: it does not. */
  chunkIncrement: number;
  slots: number;
  /** Slots by which the slot heap grows when it is full; 0: it does not. */
  slotIncrement: number;
  /** Slots of the stack. */
  stack: number;
  /** Above 0: chunks, slots and stack lie in one block of so many bytes, and no further one is taken. */
  blockBytes: number;
}

/** The arguments of host.c for a heap. */
export function heapArguments(heap: Heap): string[] {
  const { chunkBytes, chunkIncrement, slots, slotIncrement, stack, blockBytes } = heap;
  return [chunkBytes, chunkIncrement, slots, slotIncrement, stack, blockBytes].map(String);
}

/** What a machine holds and has done. */
export interface Meter {
  /** In use, what is garbage and not yet collected included. */
  slots: number;
  chunkBytes: number;
  /** The most since the last `collect`. */
  peakSlots: number;
  peakChunkBytes: number;
  /** In the heaps as they are now; one that may grow is larger when it is full. */
  freeSlots: number;
  freeChunkBytes: number;
  /** Garbage collections since the machine was made, forced ones included. */
  collections: number;
  /** Bytecode instructions executed; wraps at 2^32. 0 on a core. */
  compute: number;
  /** Instructions of the core executed in calls. 0 on the desktop. */
  native: number;
  /** Bytes of a slot: 16 on 32 bits, 32 on 64. */
  slotSize: number;
}

/** Exit code of a host whose engine found no memory any more. */
export const MEMORY_FULL = 11;
/** Exit code of a host whose engine found no stack any more. */
export const STACK_OVERFLOW = 12;

/** The host has ended, and will answer nothing more. */
export class MachineEnded extends Error {
  constructor(
    /** `MEMORY_FULL`, `STACK_OVERFLOW`, or another code; null when a signal ended it. */
    readonly code: number | null,
    /** The host's own words. */
    readonly reason: string,
  ) {
    super(`the XS host ended with ${code ?? 'a signal'}: ${reason}`);
  }
}

/** Bytes that `give` takes. */
export const LONGEST_GIFT = 16384;

/** An XS machine in a process of its own. A command that it refuses rejects with its error. */
export class XsMachine {
  private readonly waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  private readonly closed: Promise<void>;
  private ended: MachineEnded | undefined;

  private readonly process: ChildProcessWithoutNullStreams;

  /** Starts the program `path` of host.c with these arguments. */
  constructor(path: string, args: readonly string[]) {
    // In a process group of its own: Ctrl-C is for this process. When that is gone, the host reads the end of its pipe.
    const child = spawn(path, args, { stdio: 'pipe', detached: true });
    this.process = child;
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    createInterface(child.stdout).on('line', (line) => this.answered(line));
    // A host that ended reads no more; what was asked of it is rejected below.
    child.stdin.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      child.once('close', (code) => {
        this.ended = new MachineEnded(code, errors.trim());
        for (const { reject } of this.waiting.splice(0)) reject(this.ended);
        resolve();
      });
    });
  }

  /** Loads a program: the path of a module, whose exports can be called. */
  async load(path: string): Promise<void> {
    await this.ask(`load ${path}`);
  }

  /** Calls an export of the program and resolves to the number that it returns. */
  async call(name: string, argument = 0): Promise<number> {
    return Number(await this.ask(`call ${name} ${argument}`));
  }

  /** Calls an export with an ArrayBuffer of `bytes`, at most `LONGEST_GIFT`, and resolves to the number it returns. */
  async give(name: string, bytes: Uint8Array): Promise<number> {
    return Number(await this.ask(`give ${name} ${Buffer.from(bytes).toString('hex')}`));
  }

  /** Calls an export that returns a text of one line. */
  callForText(name: string): Promise<string> {
    return this.ask(`call ${name} 0`);
  }

  /** Collects all garbage, and begins the peaks anew. */
  async collect(): Promise<void> {
    await this.ask('collect');
  }

  async meter(): Promise<Meter> {
    return JSON.parse(await this.ask('meter')) as Meter;
  }

  /** What is in use when all garbage is collected. */
  async live(): Promise<Meter> {
    await this.collect();
    return this.meter();
  }

  /** From now on the stack has so many slots, as a chip's has. */
  async limitStack(slots: number): Promise<void> {
    await this.ask(`stack ${slots}`);
  }

  /**
   * From now on so many bytes of its block are left, and nothing in the heaps themselves: what loading has left free
   * there is taken out of use. Only for a machine with a block.
   */
  async limitBlock(bytes: number): Promise<void> {
    await this.ask(`block ${bytes}`);
  }

  /** From now on so many bytes of chunks and so many slots are free, and neither heap grows. */
  async fixHeap(chunkBytes: number, slots: number): Promise<void> {
    await this.ask(`fix ${chunkBytes} ${slots}`);
  }

  /** From now on so many bytes of chunks and so many slots are free; a heap that is full grows. */
  async leaveFree(chunkBytes: number, slots: number): Promise<void> {
    await this.ask(`leave ${chunkBytes} ${slots}`);
  }

  /** Ends the process; legal twice. */
  async stop(): Promise<void> {
    this.process.stdin.end();
    await this.closed;
  }

  protected ask(command: string): Promise<string> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.process.stdin.write(`${command}\n`);
    });
  }

  private answered(line: string): void {
    const question = this.waiting.shift();
    if (line.startsWith('ok')) question?.resolve(line.slice(3));
    else question?.reject(new Error(line.replace(/^error /, '')));
  }
}
