import { Machine } from './host/machine.js';

/** What something holds. */
export interface Size {
  slots: number;
  /** Bytes of chunks, their headers included. */
  chunkBytes: number;
}

/** QoS 1 messages that the client has in flight. */
const IN_FLIGHT = 8;

/**
 * What a connected session with buffers of 512 bytes and 8 messages in flight adds to a 32-bit machine. The two
 * buffers are left out: their bytes, and the 7 slots of each typed array.
 */
export async function measureClient(): Promise<Size> {
  const machine = await Machine.start(32, 'client');
  try {
    const before = await machine.live();
    const inFlight = await machine.call('connect', IN_FLIGHT);
    if (inFlight !== IN_FLIGHT) throw new Error(`the client has ${inFlight} messages in flight, not ${IN_FLIGHT}`);
    const connected = await machine.live();
    await machine.call('buffers');
    const buffers = await machine.live();
    return {
      slots: connected.slots - before.slots - (buffers.slots - connected.slots),
      chunkBytes: connected.chunkBytes - before.chunkBytes - (buffers.chunkBytes - connected.chunkBytes),
    };
  } finally {
    await machine.stop();
  }
}
