import type { Store } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import type { Calls } from './calls.js';
import { Call, CallOffset } from './channel.js';

/** The host's store. Reading and writing allocate: they are rare. */
export class ChannelStore implements Store {
  private readonly calls: Calls;

  constructor(calls: Calls) {
    this.calls = calls;
  }

  read(key: string, into: Uint8Array): number {
    const name = encodeUtf8(key);
    this.calls.bytes.set(name, CallOffset.body);
    const answer = this.calls.issue(Call.readStore, 0, 0, into.length, name.length);
    const length = new DataView(answer).getInt32(0, true);
    if (length > 0 && length <= into.length) into.set(new Uint8Array(answer, 4));
    return length;
  }

  /** A value may be longer than the buffer for calls, so it goes in a buffer of its own. */
  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    const name = encodeUtf8(key);
    const command = new Uint8Array(CallOffset.body + name.length + to - from);
    command[CallOffset.call] = Call.writeStore;
    command[CallOffset.small] = name.length;
    command.set(name, CallOffset.body);
    command.set(bytes.subarray(from, to), CallOffset.body + name.length);
    return issueCommand(command.buffer).byteLength === 0;
  }

  remove(key: string): void {
    this.calls.issueText(Call.removeStore, 0, key);
  }
}
