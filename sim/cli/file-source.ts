import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { MAX_REMAINING_LENGTH } from '../../src/mqtt/index.js';
import type { PayloadSource } from '../../src/mqtt/index.js';
import { BadInput, showValue, unreadable } from '../bad-input.js';

/** A payload of known length. */
export interface Payload {
  source: PayloadSource;
  length: number;
  close(): void;
}

/** Bytes in memory as a payload. */
export function bytesPayload(bytes: Uint8Array): Payload {
  return {
    length: bytes.length,
    source: {
      read(offset, into, from, to) {
        const count = Math.min(to - from, bytes.length - offset);
        into.set(bytes.subarray(offset, offset + count), from);
        return count;
      },
    },
    close() {},
  };
}

/**
 * A file as a payload. An ordinary file is read while it is sent; a pipe is read at once, because its length is
 * not known. Throws `BadInput` when it cannot be read or is too long.
 */
export function filePayload(path: string): Payload {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw unreadable('-f', path, error);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      const bytes = readFileSync(descriptor);
      closeSync(descriptor);
      return bytesPayload(bytes);
    }
    if (status.size > MAX_REMAINING_LENGTH) {
      throw new BadInput(
        `-f ${showValue(path)} has ${status.size} bytes; it must have at most ${MAX_REMAINING_LENGTH}`,
      );
    }
    return {
      length: status.size,
      source: {
        read(offset, into, from, to) {
          try {
            // Nothing read: the file has become shorter meanwhile.
            return readSync(descriptor, into, from, to - from, offset) || -1;
          } catch {
            return -1;
          }
        },
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    if (error instanceof BadInput) throw error;
    throw unreadable('-f', path, error);
  }
}
