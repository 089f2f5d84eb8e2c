import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import { CallOffset, ChannelSize } from './channel.js';
import type { Call } from './channel.js';

/**
 * Commands to the host. They are written into one buffer that takes the length of each command, because
 * `issueCommand` sends a whole ArrayBuffer; so a call costs only the engine's ArrayBuffer for the answer (3 slots).
 */
export class Calls {
  /** The body of the next call goes to `bytes[CallOffset.body..)`, or to `view`; both count from the call's start. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly buffer = new ArrayBuffer(ChannelSize.command, { maxByteLength: ChannelSize.command });

  constructor() {
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
  }

  /** Issues a call whose body has `length` bytes, and returns the answer. */
  issue(call: Call, small: number, index: number, number: number, length: number): ArrayBuffer {
    const { buffer, view } = this;
    view.setUint8(CallOffset.call, call);
    view.setUint8(CallOffset.small, small);
    view.setUint16(CallOffset.index, index, true);
    view.setUint32(CallOffset.number, number, true);
    buffer.resize(CallOffset.body + length);
    const answer = issueCommand(buffer);
    buffer.resize(ChannelSize.command);
    return answer;
  }

  /** Issues a call whose body is `bytes[from..to)`; what does not fit is cut off. */
  issueBytes(call: Call, small: number, index: number, bytes: Uint8Array, from: number, to: number): ArrayBuffer {
    const most = from + ChannelSize.command - CallOffset.body;
    const end = to < most ? to : most;
    const into = this.bytes;
    let at = CallOffset.body;
    for (let i = from; i < end; i++) into[at++] = bytes[i]!;
    return this.issue(call, small, index, 0, end - from);
  }

  /** Issues a call whose body is text. Allocates. */
  issueText(call: Call, index: number, text: string): ArrayBuffer {
    const bytes = encodeUtf8(text);
    return this.issueBytes(call, 0, index, bytes, 0, bytes.length);
  }
}
