import { PacketType } from '../../src/mqtt/packet.js';
import { BenchArena } from './bench/bench-arena.js';
import { hex } from './bench/bytes.js';
import { describe, expect, it } from 'vitest';

/** An arena whose ring stays empty. */
function queueOf(acknowledgements: number): BenchArena {
  return new BenchArena(16, 1, acknowledgements);
}

function waiting(queue: BenchArena): Uint8Array {
  return queue.controlBytes;
}

/** `count` bytes of what waits are written. */
function sent(queue: BenchArena, count: number): number {
  queue.next(false);
  return queue.sent(count, 0);
}

describe('the control packets', () => {
  it('are none at first', () => {
    expect(waiting(queueOf(1))).toHaveLength(0);
  });

  it('keep the order in which they were queued [MQTT-4.6.0-2]', () => {
    const queue = queueOf(3);
    queue.control(PacketType.puback, 0x0102);
    queue.control(PacketType.pingreq, 0);
    queue.control(PacketType.puback, 0xffff);
    queue.control(PacketType.disconnect, 0);
    expect(waiting(queue)).toEqual(hex('40020102 c000 4002ffff e000'));
  });

  it.each([1, 2, 8])('have room for exactly %i acknowledgements', (acknowledgements) => {
    const queue = queueOf(acknowledgements);
    let count = 0;
    while (queue.hasRoomForPuback) queue.control(PacketType.puback, ++count);
    expect(count).toBe(acknowledgements);
  });

  it('always have room for a PINGREQ and a DISCONNECT', () => {
    const queue = queueOf(1);
    queue.control(PacketType.puback, 1);
    queue.control(PacketType.pingreq, 0);
    queue.control(PacketType.disconnect, 0);
    expect(waiting(queue)).toEqual(hex('40020001 c000 e000'));
  });

  it('are counted when the last byte is sent', () => {
    const queue = queueOf(1);
    queue.control(PacketType.puback, 1);
    sent(queue, 3);
    expect(queue.count(4)).toBe(0);
    sent(queue, 1);
    expect(queue.count(4)).toBe(1);
  });

  it('are told by type when they are finished', () => {
    const queue = queueOf(2);
    queue.control(PacketType.puback, 1);
    queue.control(PacketType.pingreq, 0);
    expect(sent(queue, 5)).toBe(1 << PacketType.puback);
    expect(sent(queue, 1)).toBe(1 << PacketType.pingreq);
  });

  it('are each counted when several are sent together', () => {
    const queue = queueOf(2);
    queue.control(PacketType.puback, 1);
    queue.control(PacketType.pingreq, 0);
    queue.control(PacketType.puback, 2);
    sent(queue, 10);
    expect([queue.count(4), queue.count(12)]).toEqual([2, 1]);
  });

  it('keep the rest of one that is half sent when they make room', () => {
    const queue = queueOf(2);
    queue.control(PacketType.puback, 1);
    queue.control(PacketType.puback, 2);
    sent(queue, 5);
    expect(queue.hasRoomForPuback).toBe(true);
    queue.control(PacketType.puback, 3);
    queue.control(PacketType.pingreq, 0);
    queue.control(PacketType.disconnect, 0);
    expect(waiting(queue)).toEqual(hex('020002 40020003 c000 e000'));
  });

  it('are never lost over any number of packets and any cut', () => {
    for (let cut = 1; cut <= 9; cut++) {
      const queue = queueOf(2);
      const expected: number[] = [];
      const written: number[] = [];
      for (let id = 1; id <= 50; id++) {
        while (!queue.hasRoomForPuback) {
          const bytes = waiting(queue).slice(0, cut);
          written.push(...bytes);
          sent(queue, bytes.length);
        }
        queue.control(PacketType.puback, id);
        expected.push(0x40, 2, 0, id);
      }
      written.push(...waiting(queue));
      expect(written).toEqual(expected);
    }
  });

  it('are forgotten with the connection', () => {
    const queue = queueOf(2);
    queue.control(PacketType.puback, 1);
    sent(queue, 1);
    queue.rewind(false);
    queue.control(PacketType.puback, 2);
    expect(waiting(queue)).toEqual(hex('40020002'));
  });
});
