import { expect, it } from 'vitest';
import { Machine } from './host/machine.js';

/** Few enough that nothing is collected meanwhile. */
const COUNT = 8;

it('to mount a full log on flash allocates no more than to make one on empty flash', async () => {
  const machine = await Machine.start(32, 'flash-log');
  try {
    const cost = async (name: string): Promise<{ slots: number; chunkBytes: number }> => {
      // The first ones may fill a cache of the engine.
      await machine.call(name, COUNT);
      await machine.collect();
      const begin = await machine.meter();
      expect(await machine.call(name, COUNT)).toBe(COUNT);
      const end = await machine.meter();
      expect(end.collections).toBe(begin.collections);
      return { slots: end.slots - begin.slots, chunkBytes: end.chunkBytes - begin.chunkBytes };
    };
    const empty = await cost('mountEmpty');
    expect(empty.chunkBytes).toBeGreaterThan(COUNT * 1000);
    expect(await cost('mountFull')).toEqual(empty);
  } finally {
    await machine.stop();
  }
});
