import { describe, expect, it } from 'vitest';
import { join, pattern, utf8 } from './bench/bytes.js';
import { names, packetsOf, pingresp, puback, publish, suback } from './bench/codec.js';
import { connected } from './bench/desk.js';
import type { Desk } from './bench/desk.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';

const large = pattern(300);

/** Queues a bit of everything, with nothing written between. */
function script(): Desk {
  const desk = connected({ keepAliveSeconds: 4, transmitArenaSize: 256 });
  desk.publish('a/b', 'first', 1);
  desk.subscribe('c/#', 1);
  desk.publish('a/b', pattern(40), 0);
  publishStream(
    desk.session,
    utf8('s'),
    {
      read: (offset, into, from, to) => {
        const length = Math.min(to - from, 33);
        for (let i = 0; i < length; i++) into[from + i] = large[offset + i]!;
        return length;
      },
    },
    300,
    1,
    false,
  );
  desk.publish('z', '', 1);
  return desk;
}

/** Everything of `script`, with `cut` bytes at first and the rest when the broker and the clock have spoken. */
function wireOf(cut: number): Uint8Array {
  const desk = script();
  const before = desk.writeBytes(cut);
  desk.give(publish('x', 'y', 1, 9), publish('x', 'z', 1, 10));
  desk.now = 3000;
  desk.session.tick(desk.now);
  return join(before, desk.writeBytes());
}

/** The stream's packets without those of the control queue, and these alone. */
function split(bytes: Uint8Array): { arena: unknown[]; control: unknown[] } {
  const packets = packetsOf(bytes);
  const isControl = (cmd: string): boolean => cmd === 'puback' || cmd === 'pingreq';
  return {
    arena: packets.filter(({ cmd }) => !isControl(cmd)).map((packet) => JSON.stringify(packet)),
    control: packets.filter(({ cmd }) => isControl(cmd)).map((packet) => JSON.stringify(packet)),
  };
}

describe('a short write at any byte', () => {
  const total = script().writeBytes().length;

  it('leaves the bytes on the wire as they are', () => {
    const whole = script().writeBytes();
    for (let cut = 1; cut < total; cut++) {
      const desk = script();
      const bytes = join(desk.writeBytes(cut), desk.writeBytes());
      expect(bytes).toEqual(whole);
    }
  });

  it('leaves the bytes on the wire as they are, whatever the size of all writes', () => {
    const whole = script().writeBytes();
    for (let size = 1; size < 40; size++) {
      const desk = script();
      for (let i = 0; i <= total; i++) desk.writeBytes(size);
      expect(desk.wire.slice(-total)).toEqual(whole);
    }
  });

  it('lets no control packet into another packet', () => {
    const reference = split(wireOf(0));
    expect(reference.control).toHaveLength(3);
    for (let cut = 1; cut <= total; cut++) {
      const found = split(wireOf(cut));
      expect(found.arena).toEqual(reference.arena);
      expect(found.control).toEqual(reference.control);
    }
  });

  it('lets control packets go as soon as the packet is complete', () => {
    const desk = script();
    desk.writeBytes(3);
    desk.give(publish('x', 'y', 1, 9));
    expect(names(packetsOf(desk.wire.length ? join(desk.wire, desk.writeBytes()) : desk.wire))).toMatch(
      /^connect publish puback subscribe publish publish publish$/,
    );
  });

  it('of CONNECT sends it once', () => {
    for (let cut = 1; cut < 18; cut++) {
      const desk = connected();
      desk.session.lost();
      desk.open();
      desk.writeBytes(cut);
      desk.writeBytes();
      expect(names(packetsOf(desk.wire))).toBe('connect');
    }
  });

  it('of control packets leaves them whole', () => {
    for (let cut = 1; cut < 14; cut++) {
      const desk = connected({ keepAliveSeconds: 4 });
      desk.give(publish('x', 'y', 1, 9));
      desk.now = 3000;
      desk.session.tick(desk.now);
      const begin = desk.writeBytes(cut);
      desk.give(publish('x', 'y', 1, 10));
      desk.session.disconnect(desk.now);
      const found = names(packetsOf(join(begin, desk.writeBytes())));
      expect(['puback pingreq puback disconnect', 'puback puback pingreq disconnect']).toContain(found);
    }
  });
});

describe('what arrives in pieces', () => {
  /** Everything that a broker may send, to a session that waits for it. */
  const stream = join(
    publish('a/b', 'hello', 1, 7),
    puback(1),
    publish('long', pattern(60), 0),
    suback(2, 1),
    pingresp,
    publish('t'.repeat(40), 'skipped', 1, 8),
    publish('e', '', 1, 9, { dup: true, retain: true }),
    puback(99),
  );

  function callsFor(cuts: number[]): string[] {
    const desk = connected({ receiveBufferSize: 80, maxPendingAcknowledgements: 20 });
    desk.publish('p', 'x', 1);
    desk.subscribe('s', 1);
    desk.write();
    let from = 0;
    for (const to of [...cuts, stream.length]) {
      expect(desk.session.receive(stream, from, to, 0)).toBe(to - from);
      from = to;
    }
    return [...desk.heard.calls, names(desk.write())];
  }

  it('makes the same calls, cut at any byte', () => {
    const whole = callsFor([]);
    for (let cut = 1; cut < stream.length; cut++) expect(callsFor([cut])).toEqual(whole);
  });

  it('makes the same calls, cut at any two bytes next to each other', () => {
    const whole = callsFor([]);
    for (let cut = 1; cut + 1 < stream.length; cut++) expect(callsFor([cut, cut + 1])).toEqual(whole);
  });

  it('makes the same calls byte by byte', () => {
    expect(callsFor(Array.from(stream.keys()))).toEqual(callsFor([]));
  });
});
