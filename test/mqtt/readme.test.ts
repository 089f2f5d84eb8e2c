import { readFileSync } from 'node:fs';
import { Session } from '../../src/mqtt/session.js';
import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import { join, utf8 } from './bench/bytes.js';
import { connack, names, packetsOf } from './bench/codec.js';
import { Recorder } from './bench/recorder.js';
import { describe, expect, it } from 'vitest';

interface Program {
  write(): void;
  tick(): void;
}

/** The program of the README, as it stands there. */
function run(names: { [name: string]: unknown }): Program {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const block = /```ts\n(import [^\n]* from 'tagwire\/mqtt';\n[\s\S]*?)```/.exec(readme)![1]!;
  const body = block.replace(/^import [^\n]*\n/, '') + '\nreturn { write, tick };';
  return new Function(...Object.keys(names), body)(...Object.values(names)) as Program;
}

/** A transport that takes as many bytes as it has room for. */
class SlowTransport {
  room = 0;
  calls = 0;
  wire: Uint8Array = new Uint8Array(0);
  onWritable: () => void = () => undefined;
  onReceive: (bytes: Uint8Array) => number = () => 0;

  write(bytes: Uint8Array, from: number, to: number): number {
    if (++this.calls > 1000) throw new Error('the program spins');
    const count = Math.min(this.room, to - from);
    this.room -= count;
    this.wire = join(this.wire, bytes.slice(from, from + count));
    return count;
  }
}

describe('the program of the README', () => {
  it('waits while the transport takes nothing, and goes on when it has room', () => {
    const transport = new SlowTransport();
    const handler = new Recorder();
    const clock = { now: () => 0 };
    const program = run({ Session, encodeUtf8, handler, clock, transport, payload: utf8('open') });
    for (let i = 0; i < 10; i++) program.tick();
    expect(transport.calls).toBeLessThan(20);
    expect(transport.wire).toHaveLength(0);
    for (let i = 0; i < 100; i++) {
      transport.room = 1;
      transport.onWritable();
    }
    expect(names(packetsOf(transport.wire))).toBe('connect');
    const answer = connack();
    expect(transport.onReceive(answer)).toBe(answer.length);
    transport.room = 1000;
    transport.onWritable();
    expect(names(packetsOf(transport.wire))).toBe('connect publish');
  });
});
