import fc from 'fast-check';
import { Layout } from '../../src/mqtt/layout.js';
import { PacketType } from '../../src/mqtt/packet.js';
import { BenchArena } from './bench/bench-arena.js';
import { describe, expect, it } from 'vitest';

/** A PUBLISH of `size` bytes (at least 7) that carries `packetId` and a mark; QoS 0 for identifier 0. */
function packet(size: number, packetId: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(mark);
  bytes.set([packetId > 0 ? 0x32 : 0x30, size - 2, 0, 1, 0x61]);
  if (packetId > 0) bytes.set([packetId >> 8, packetId & 255], 5);
  return bytes;
}

function put(arena: BenchArena, bytes: Uint8Array, packetId: number): boolean {
  const start = arena.room(bytes.length);
  if (start < 0) return false;
  arena.bytes.set(bytes, start);
  arena.commit(start, start + bytes.length, packetId);
  return true;
}

/** Writes up to `limit` bytes. */
function write(arena: BenchArena, limit = Infinity): number[] {
  const written: number[] = [];
  while (limit > 0 && arena.next(false) > 0) {
    const count = Math.min(limit, arena.to - arena.from);
    written.push(...arena.bytes.slice(arena.from, arena.from + count));
    arena.sent(count, 0);
    limit -= count;
  }
  return written;
}

describe('TransmitArena', () => {
  it('takes a packet of its own size', () => {
    expect(put(new BenchArena(16, 2), packet(16, 1, 9), 1)).toBe(true);
  });

  it('has no room for one byte more', () => {
    expect(new BenchArena(16, 2).room(17)).toBe(-1);
  });

  it('has no room when all records are taken', () => {
    const arena = new BenchArena(64, 1);
    put(arena, packet(8, 1, 1), 1);
    expect(arena.room(1)).toBe(-1);
  });

  it('offers packets that lie one behind the other together', () => {
    const arena = new BenchArena(64, 4);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(9, 2, 2), 2);
    arena.next(false);
    expect(arena.to - arena.from).toBe(17);
  });

  it('finds a message behind a request that ended with its connection, whatever lies between', () => {
    const arena = new BenchArena(128, 8);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(8, 0, 2), 0);
    put(arena, Uint8Array.of(0x82, 6, 0, 2, 0, 1, 0x61, 0), 2);
    put(arena, packet(8, 3, 3), 3);
    write(arena, 8);
    arena.rewind(false);
    write(arena);
    expect(arena.has(2)).toBe(false);
    expect(arena.acknowledge(3, 5)).toBe(5);
    expect(arena.acknowledge(1, 5)).toBe(5);
  });

  it('finishes only the packet that is half written when a control packet waits', () => {
    const arena = new BenchArena(64, 4);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(9, 2, 2), 2);
    write(arena, 3);
    arena.control(PacketType.pingreq, 0);
    arena.next(false);
    expect(arena.to - arena.from).toBe(5);
  });

  it('finishes only the packet that is half written when the connection ends', () => {
    const arena = new BenchArena(64, 4);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(9, 2, 2), 2);
    write(arena, 3);
    expect(arena.next(true)).toBe(1);
    arena.sent(arena.to - arena.from, 0);
    expect(arena.next(true)).toBe(0);
  });

  it('offers the same bytes again until they are sent', () => {
    const arena = new BenchArena(64, 4);
    put(arena, packet(8, 1, 1), 1);
    arena.next(false);
    arena.next(false);
    expect([arena.from, arena.to]).toEqual([0, 8]);
  });

  it('keeps a QoS 1 packet until it is acknowledged', () => {
    const arena = new BenchArena(8, 4);
    put(arena, packet(8, 1, 1), 1);
    write(arena);
    expect(arena.room(8)).toBe(-1);
    arena.acknowledge(1, 0);
    expect(arena.room(8)).toBe(0);
  });

  it('frees a QoS 0 packet when it is written', () => {
    const arena = new BenchArena(8, 4);
    put(arena, packet(8, 0, 1), 0);
    write(arena, 7);
    expect(arena.room(8)).toBe(-1);
    write(arena);
    expect(arena.room(8)).toBe(0);
  });

  it('does not take the place of the oldest packet when the ring is full to the byte', () => {
    const arena = new BenchArena(24, 6);
    for (const id of [1, 2, 3]) put(arena, packet(8, id, id), id);
    write(arena);
    arena.acknowledge(1, 0);
    expect(put(arena, packet(8, 4, 4), 4)).toBe(true);
    expect(put(arena, packet(8, 5, 5), 5)).toBe(false);
    expect(arena.room(1)).toBe(-1);
  });

  it('does not take an acknowledgement of what is half written', () => {
    const arena = new BenchArena(8, 4);
    put(arena, packet(8, 1, 1), 1);
    write(arena, 7);
    expect(arena.acknowledge(1, 0)).toBe(-1);
  });

  it('does not take an acknowledgement twice', () => {
    const arena = new BenchArena(16, 4);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(8, 2, 1), 2);
    write(arena);
    arena.acknowledge(2, 0);
    expect(arena.acknowledge(2, 0)).toBe(-1);
  });

  it('says how long an acknowledgement took', () => {
    const arena = new BenchArena(16, 4);
    put(arena, packet(8, 1, 1), 1);
    arena.next(false);
    arena.sent(8, 100);
    expect(arena.acknowledge(1, 130)).toBe(30);
  });

  it('wraps packet identifiers from 65535 to 1 [MQTT-2.3.1-1]', () => {
    const arena = new BenchArena(16, 2);
    arena.words[Layout.lastId] = 65534;
    expect(arena.nextPacketId()).toBe(65535);
    arena.words[Layout.lastId] = 65535;
    expect(arena.nextPacketId()).toBe(1);
    arena.words[Layout.pendingId] = 1;
    expect(arena.nextPacketId()).toBe(2);
  });

  it('does not give an identifier that is in the arena or taken elsewhere [MQTT-2.3.1-2]', () => {
    const arena = new BenchArena(32, 4);
    put(arena, packet(8, 1, 1), 1);
    put(arena, packet(8, 3, 1), 3);
    arena.words[Layout.pendingId] = 2;
    expect(arena.nextPacketId()).toBe(4);
  });
});

interface ModelPacket {
  bytes: Uint8Array;
  packetId: number;
  written: boolean;
  done: boolean;
}

/** The arena as it would be with growing memory: a list. Room is the only thing that it does not know. */
class Model {
  packets: ModelPacket[] = [];
  partial = 0;

  put(bytes: Uint8Array, packetId: number): void {
    this.packets.push({ bytes: bytes.slice(), packetId, written: false, done: false });
  }

  write(limit: number): number[] {
    const bytes: number[] = [];
    for (const item of this.packets) {
      if (item.written || item.done) continue;
      const count = Math.min(item.bytes.length - this.partial, limit);
      bytes.push(...item.bytes.slice(this.partial, this.partial + count));
      limit -= count;
      this.partial += count;
      if (this.partial < item.bytes.length) break;
      this.partial = 0;
      item.written = true;
      item.done = item.packetId === 0;
    }
    return bytes;
  }

  acknowledge(packetId: number): boolean {
    const item = this.packets.find((other) => other.packetId === packetId && other.written && !other.done);
    if (item) item.done = true;
    return item !== undefined;
  }

  rewind(cleanSession: boolean): number {
    let redelivered = 0;
    let partial = this.partial;
    for (const item of this.packets) {
      if (item.done) continue;
      const attempted = item.written || partial > 0;
      if (!item.written) partial = 0;
      if (item.packetId > 0) {
        if (cleanSession) item.bytes[0]! &= ~8;
        else if (attempted) item.bytes[0]! |= 8;
        if (attempted) redelivered++;
      }
      item.written = false;
    }
    this.partial = 0;
    return redelivered;
  }

  get live(): ModelPacket[] {
    return this.packets.filter((item) => !item.done);
  }
}

type Step =
  | { act: 'put'; size: number; qos: number }
  | { act: 'write'; limit: number }
  | { act: 'acknowledge'; which: number }
  | { act: 'rewind'; clean: boolean };

describe('TransmitArena against a list', () => {
  // Sizes that divide the arena make it full to the byte.
  const size = fc.oneof(fc.integer({ min: 7, max: 40 }), fc.constantFrom(20, 25, 50));
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ act: fc.constant('put' as const), size, qos: fc.integer({ min: 0, max: 1 }) }),
    },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('write' as const), limit: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('acknowledge' as const), which: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('rewind' as const), clean: fc.boolean() }) },
  );

  it('writes, keeps and frees the same under any steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const arena = new BenchArena(100, 6);
        const model = new Model();
        let mark = 0;
        for (const current of steps) {
          if (current.act === 'put') {
            const packetId = current.qos > 0 ? arena.nextPacketId() : 0;
            const bytes = packet(current.size, packetId, ++mark & 255);
            const roomBefore = model.live.length === 0;
            const taken = put(arena, bytes, packetId);
            if (roomBefore) expect(taken).toBe(true);
            if (packetId > 0) expect(model.live.some((item) => item.packetId === packetId)).toBe(false);
            if (taken) model.put(bytes, packetId);
          } else if (current.act === 'write') {
            expect(write(arena, current.limit)).toEqual(model.write(current.limit));
          } else if (current.act === 'acknowledge') {
            const waiting = model.live.filter((item) => item.packetId > 0);
            const packetId = waiting[current.which]?.packetId ?? 60000;
            expect(arena.acknowledge(packetId, 0) >= 0).toBe(model.acknowledge(packetId));
          } else {
            expect(arena.rewind(current.clean)).toBe(model.rewind(current.clean));
          }
          expect(arena.inFlight).toBe(model.live.filter((item) => item.packetId > 0).length);
          expect(arena.midPacket).toBe(model.partial > 0);
          const size = model.live.reduce((sum, item) => sum + item.bytes.length, 0);
          expect(size).toBeLessThanOrEqual(100);
        }
        expect(write(arena)).toEqual(model.write(Infinity));
        for (const item of model.live) expect(arena.acknowledge(item.packetId, 0)).toBeGreaterThanOrEqual(0);
        expect(arena.empty).toBe(true);
        expect(arena.room(100)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});

/** An arena that counts how often it looks at a record. */
class CountingArena extends BenchArena {
  looks = 0;

  override record(i: number): number {
    this.looks++;
    return super.record(i);
  }
}

/** How many records are looked at to take and to acknowledge a message, with `inFlight` others in flight. */
function looksWith(inFlight: number, between: number): number[] {
  const size = 8;
  const arena = new CountingArena(size * (inFlight + 1) * (1 + between), (inFlight + 1) * (1 + between));
  const take = (qos: number): void => {
    const id = qos > 0 ? arena.nextPacketId() : 0;
    const start = arena.room(size);
    arena.bytes.set([0x30 | (qos << 1), size - 2, 0, 1, 97, id >> 8, id & 255, 0], start);
    arena.commit(start, start + size, id);
  };
  for (let i = 0; i < inFlight; i++) {
    take(1);
    for (let k = 0; k < between; k++) take(0);
  }
  while (arena.next(false) > 0) arena.sent(arena.to - arena.from, 0);
  const before = arena.looks;
  take(1);
  const taken = arena.looks - before;
  const acknowledging = [inFlight, Math.ceil(inFlight / 2), 2].map((id) => {
    const start = arena.looks;
    expect(arena.acknowledge(id, 0)).toBe(0);
    return arena.looks - start;
  });
  return [taken, ...acknowledging];
}

describe('in-flight bookkeeping', () => {
  it('costs the same with 16 as with 16,384 messages in flight', () => {
    expect(looksWith(16384, 0)).toEqual(looksWith(16, 0));
  });

  it('grows with the logarithm when QoS 0 messages lie between', () => {
    const [taken, ...acknowledging] = looksWith(8192, 1);
    expect(taken).toBe(looksWith(16, 1)[0]);
    for (const looks of acknowledging) expect(looks).toBeLessThan(40);
  });

  it('finds each of any mixture of packets, and none that is not there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), fc.array(fc.nat(3), { maxLength: 40 }), (lastId, kinds) => {
        const arena = new BenchArena(8 * 41, 41);
        arena.words[Layout.lastId] = lastId;
        const ids = new Set<number>();
        for (const kind of kinds) {
          // 0: QoS 0; 1: QoS 1; 2: SUBSCRIBE; 3: QoS 1 after an identifier that was left out.
          if (kind === 3) arena.words[Layout.pendingId] = lastId === 65535 ? 1 : lastId + 1;
          const id = kind === 0 ? 0 : arena.nextPacketId();
          const start = arena.room(8);
          arena.bytes.set([kind === 2 ? 0x82 : kind === 0 ? 0x30 : 0x32, 6, 0, 1, 97, id >> 8, id & 255, 0], start);
          arena.commit(start, start + 8, id);
          if (id > 0) ids.add((lastId = id));
        }
        for (let id = 1; id <= 65535; id += id > 50 && id < 65400 ? 97 : 1) expect(arena.has(id)).toBe(ids.has(id));
        for (const id of ids) expect(arena.has(id)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
