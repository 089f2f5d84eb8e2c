import type { GatewayState, Meter as PageMeter } from '../page/protocol.js';
import { RecordTap } from '../virtual/index.js';
import type { BoardName, EndCause, SimulatedWorld, Tap, TappedParts, TappedStart } from '../virtual/index.js';
import { findLockstepProgram } from './engine-paths.js';
import { heapArguments, LONGEST_GIFT, MachineEnded, XsMachine } from './machine.js';
import type { Heap, Meter } from './machine.js';

/** A gateway on XS as the page shows it. */
type XsState = NonNullable<GatewayState['xs']>;

/** The places of boards in lockstep-program.ts. */
const BOARDS: readonly BoardName[] = ['esp32', 'esp8266'];
/** Each takes a process, some 12 MB, and half a second until it runs. */
const MOST_GATEWAYS = 8;
const SLOT = 16;

/** Slots of an ESP8266's block for its stack, as its manifest has it, and what the engine itself takes. */
const BLOCK = 34_816;
const BLOCK_STACK = 512;
const ENGINE_SLOTS = 28;

/** What the heaps of a chip have at its start. Both grow when they are full, by what mcconfig of the SDK lets them. */
const START: { readonly [board: string]: { chunkBytes: number; slots: number } } = {
  esp32: { chunkBytes: 32_768, slots: 2048 - ENGINE_SLOTS },
  // It has one block for both: this is how its firmware shares it.
  esp8266: { chunkBytes: 8192, slots: 1000 },
};
/** Room for the program, which is in ROM on a chip, and for the garbage of loading it. */
const ROOM: Heap = {
  chunkBytes: 6 << 20,
  chunkIncrement: 1024,
  slots: 80_000,
  slotIncrement: 64,
  stack: 4096,
  blockBytes: 0,
};

/**
 * The firmware of one device on XS, in lockstep with the same firmware in a world on Node: it is given the same
 * inputs, and after each event its state is compared. So its memory is what the firmware takes on a chip, in slots and
 * chunks of the same size, and everything else of the world is as without it.
 */
export class Lockstep {
  readonly tap: Tap;

  private readonly recording: RecordTap;
  private readonly blocks: Uint8Array[] = [];
  private isHeader = true;
  private readonly machine: XsMachine;
  private readonly ready: Promise<void>;
  /** What the machine held before the firmware. */
  private base: Meter | undefined;
  /** What stands in for the hardware: no chip has it. */
  private hardware = { slots: 0, chunkBytes: 0 };
  private shown: XsState = { meters: [], text: 'XS is starting.' };
  private over = false;

  /** `host`: see `findXsHost`. `device`: its place in the world. */
  constructor(
    host: string,
    private readonly device: number,
    private readonly board: BoardName,
  ) {
    this.recording = new RecordTap((bytes) => {
      // When XS has stopped, the start that it followed goes on, and nobody takes what is recorded of it.
      if (!this.over) this.blocks.push(Uint8Array.from(bytes));
    });
    this.tap = this.makeTap();
    this.machine = new XsMachine(host, heapArguments(ROOM));
    this.ready = this.load();
    // Told by `follow`.
    this.ready.catch(() => undefined);
  }

  get state(): XsState {
    return this.shown;
  }

  /** Does what has happened in the world since the last call. Returns why it ended, when it did; once. */
  async follow(): Promise<string | undefined> {
    if (this.over) return undefined;
    this.recording.flush();
    const blocks = this.blocks.splice(0);
    try {
      await this.ready;
      for (const block of blocks) {
        if (block.length > LONGEST_GIFT) throw new Error(`an event has ${block.length} bytes, more than it takes`);
        await this.machine.give(this.isHeader ? 'begin' : 'follow', block);
        this.isHeader = false;
      }
      if (blocks.length > 0 || this.shown.meters.length === 0) await this.measure();
      const failure = blocks.length === 0 ? '' : await this.machine.callForText('failure');
      if (failure !== '') throw new Error(`it differs from the firmware on Node: ${failure}`);
      return undefined;
    } catch (error) {
      if (this.over) return undefined;
      const text = `XS has stopped: ${error instanceof MachineEnded ? error.reason : (error as Error).message}`;
      this.shown = { meters: [], text, failed: true };
      await this.stop();
      return text;
    }
  }

  /** Ends the process; legal twice. */
  async stop(): Promise<void> {
    this.over = true;
    await this.machine.stop();
  }

  private async load(): Promise<void> {
    const { machine, board } = this;
    const place = BOARDS.indexOf(board);
    await machine.load(findLockstepProgram());
    await machine.call('makeFlash', place);
    const without = await machine.live();
    await machine.call('makeHardware', place);
    const withIt = await machine.live();
    await machine.call('dropHardware');
    const hardware = { slots: withIt.slots - without.slots, chunkBytes: withIt.chunkBytes - without.chunkBytes };
    const { chunkBytes, slots } = START[board]!;
    await machine.leaveFree(chunkBytes + hardware.chunkBytes, slots + hardware.slots);
    this.hardware = hardware;
    this.base = await machine.meter();
  }

  private async measure(): Promise<void> {
    const { base, hardware, machine, board } = this;
    const meter = await machine.meter();
    const slots = Math.max(0, meter.slots - base!.slots - hardware.slots);
    const chunkBytes = Math.max(0, meter.chunkBytes - base!.chunkBytes - hardware.chunkBytes);
    const used = { slots, chunkBytes, freeSlots: meter.freeSlots, freeChunkBytes: meter.freeChunkBytes };
    const collections = meter.collections - base!.collections;
    const events = await machine.call('events');
    const meters = board === 'esp8266' ? blockMeters(used) : heapMeters(used);
    meters.push({ id: 'xs-collections', name: 'collections', value: collections, unit: '' });
    this.shown = {
      meters,
      text:
        `XS for 32 bits runs the same firmware with the same inputs: ${events} events so far, and the same state ` +
        'after each. Garbage counts until it is collected, so that the least in the history is what is held. What ' +
        `stands in for the hardware (${hardware.slots} slots) is left out; up to 250 slots are of this comparison.`,
    };
  }

  /** Records this device, and no other. */
  private makeTap(): Tap {
    const { recording, device } = this;
    return {
      wrap: <P extends TappedParts>(parts: P, start: TappedStart): P =>
        start.device === device && !this.over ? recording.wrap(parts, start) : parts,
      launched: (start) => recording.launched(start),
      ended: (start: TappedStart, cause: EndCause) => recording.ended(start, cause),
    };
  }
}

type Used = Pick<Meter, 'slots' | 'chunkBytes' | 'freeSlots' | 'freeChunkBytes'>;

/** Without a maximum: a heap that is full grows, so that it is nearly full most of the time. */
function heapMeters({ slots, chunkBytes, freeSlots, freeChunkBytes }: Used): PageMeter[] {
  const free = freeSlots * SLOT + freeChunkBytes;
  return [
    { id: 'xs-slots', name: 'slots', value: slots, unit: 'slots' },
    { id: 'xs-chunks', name: 'chunks', value: chunkBytes, unit: 'B' },
    { id: 'xs-free', name: 'free', value: free, unit: 'B' },
    { id: 'xs-heap', name: 'heaps, grown to', value: slots * SLOT + chunkBytes + free, unit: 'B' },
  ];
}

/** Of the one block with slots, chunks and stack, which the machine here has not: what they would take of it. */
function blockMeters({ slots, chunkBytes }: Used): PageMeter[] {
  const used = (BLOCK_STACK + ENGINE_SLOTS + slots) * SLOT + chunkBytes;
  return [
    { id: 'xs-slots', name: 'slots', value: slots, unit: 'slots' },
    { id: 'xs-chunks', name: 'chunks', value: chunkBytes, unit: 'B' },
    { id: 'xs-block', name: 'with stack', value: used, unit: 'B' },
    { id: 'xs-free', name: 'free', value: Math.max(0, BLOCK - used), unit: 'B' },
  ];
}

/** The gateways of a world on XS: of those that are chips the first ones. */
export class LockstepWorld {
  readonly taps: readonly Tap[];
  private readonly gateways = new Map<number, Lockstep>();

  constructor(host: string, { gateways }: SimulatedWorld) {
    for (const [device, { board }] of gateways.entries()) {
      if (this.gateways.size === MOST_GATEWAYS || !BOARDS.includes(board)) continue;
      this.gateways.set(device, new Lockstep(host, device, board));
    }
    this.taps = [...this.gateways.values()].map(({ tap }) => tap);
  }

  /** By its place; undefined: it does not run on XS. */
  stateOf(gateway: number): XsState | undefined {
    return this.gateways.get(gateway)?.state;
  }

  /** Does what has happened in the world since the last call. `told` hears which gateway has stopped, and why. */
  async follow(told: (gateway: number, text: string) => void): Promise<void> {
    await Promise.all(
      Array.from(this.gateways, async ([gateway, lockstep]) => {
        const text = await lockstep.follow();
        if (text !== undefined) told(gateway, text);
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.gateways.values(), (lockstep) => lockstep.stop()));
  }
}
