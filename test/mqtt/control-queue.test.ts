import { describe, expect, it } from 'vitest';
import { ControlQueue } from '../../src/mqtt/control-queue.js';
import { hex } from './bench/bytes.js';

function waiting(queue: ControlQueue): Uint8Array {
  return queue.bytes.slice(queue.from, queue.to);
}

describe('ControlQueue', () => {
  it('is empty at first', () => {
    expect(waiting(new ControlQueue(1))).toHaveLength(0);
  });

  it('keeps the order in which packets were queued [MQTT-4.6.0-2]', () => {
    const queue = new ControlQueue(3);
    queue.puback(0x0102);
    queue.pingreq();
    queue.puback(0xffff);
    queue.disconnect();
    expect(waiting(queue)).toEqual(hex('40020102 c000 4002ffff e000'));
  });

  it.each([1, 2, 8])('has room for exactly %i acknowledgements', (acknowledgements) => {
    const queue = new ControlQueue(acknowledgements);
    let count = 0;
    while (queue.hasRoomForPuback) queue.puback(++count);
    expect(count).toBe(acknowledgements);
  });

  it('always has room for a PINGREQ and a DISCONNECT', () => {
    const queue = new ControlQueue(1);
    queue.puback(1);
    queue.pingreq();
    queue.disconnect();
    expect(waiting(queue)).toEqual(hex('40020001 c000 e000'));
  });

  it('counts a packet when its last byte is sent', () => {
    const queue = new ControlQueue(1);
    const sent = new Uint32Array(16);
    queue.puback(1);
    queue.sent(3, sent);
    expect(sent[4]).toBe(0);
    queue.sent(1, sent);
    expect(sent[4]).toBe(1);
  });

  it('counts each of several packets that were sent together', () => {
    const queue = new ControlQueue(2);
    const sent = new Uint32Array(16);
    queue.puback(1);
    queue.pingreq();
    queue.puback(2);
    queue.sent(10, sent);
    expect([sent[4], sent[12]]).toEqual([2, 1]);
  });

  it('keeps the rest of a packet that is half sent when it makes room', () => {
    const queue = new ControlQueue(2);
    const sent = new Uint32Array(16);
    queue.puback(1);
    queue.puback(2);
    queue.sent(5, sent);
    expect(queue.hasRoomForPuback).toBe(true);
    queue.puback(3);
    queue.pingreq();
    queue.disconnect();
    expect(waiting(queue)).toEqual(hex('020002 40020003 c000 e000'));
  });

  it('loses nothing over any number of packets and any cut', () => {
    for (let cut = 1; cut <= 9; cut++) {
      const queue = new ControlQueue(2);
      const sent = new Uint32Array(16);
      const expected: number[] = [];
      const written: number[] = [];
      for (let id = 1; id <= 50; id++) {
        while (!queue.hasRoomForPuback) {
          const bytes = waiting(queue).slice(0, cut);
          written.push(...bytes);
          queue.sent(bytes.length, sent);
        }
        queue.puback(id);
        expected.push(0x40, 2, 0, id);
      }
      written.push(...waiting(queue));
      expect(written).toEqual(expected);
    }
  });

  it('is empty after reset', () => {
    const queue = new ControlQueue(2);
    queue.puback(1);
    queue.sent(1, new Uint32Array(16));
    queue.reset();
    queue.puback(2);
    expect(waiting(queue)).toEqual(hex('40020002'));
  });
});
