import { describe, expect, it } from 'vitest';
import { ConnectionState } from '../../../src/connection/index.js';
import { connectionMachine } from '../../../sim/page/parts/machines.js';
import { ageOf, deadlineText, stepsOf } from '../../../sim/page/parts/state-text.js';
import { StateTrail } from '../../../sim/page/parts/state-trail.js';

const resolving = ConnectionState.resolving;
const connecting = ConnectionState.connecting;
const handshaking = ConnectionState.handshaking;
const connected = ConnectionState.connected;
const waiting = ConnectionState.waiting;

function trail(limit?: number): StateTrail {
  return new StateTrail(connectionMachine.steps, limit);
}

describe('StateTrail', () => {
  it('takes what it is told', () => {
    const way = trail();
    way.take({ now: 100, state: waiting });
    way.take({
      now: 200,
      state: handshaking,
      entered: [
        { time: 120, state: resolving },
        { time: 130, state: connecting },
        { time: 140, state: handshaking },
      ],
    });
    expect(way.entered).toEqual([
      { time: 100, state: waiting },
      { time: 120, state: resolving },
      { time: 130, state: connecting },
      { time: 140, state: handshaking },
    ]);
  });

  it('infers the shortest way of the table where nobody told of it', () => {
    const way = trail();
    way.take({ now: 100, state: waiting });
    way.take({ now: 350, state: connected });
    expect(way.entered).toEqual([
      { time: 100, state: waiting },
      { time: 350, state: resolving, inferred: true },
      { time: 350, state: connecting, inferred: true },
      { time: 350, state: handshaking, inferred: true },
      { time: 350, state: connected },
    ]);
    expect(stepsOf(connectionMachine, way.entered).map(({ text }) => text)).toEqual([
      'handshaking → connected (CONNACK accepts)',
      'connecting → handshaking (TCP and TLS open; not observed)',
      'resolving → connecting (address found; not observed)',
      'waiting → resolving (wait over; not observed)',
    ]);
  });

  it('stays as it is while nothing changes, and begins anew without power', () => {
    const way = trail();
    way.take({ now: 100, state: connected });
    way.take({ now: 200, state: connected });
    expect(way.last).toEqual({ time: 100, state: connected });
    way.take({ now: 300 });
    expect(way.entered).toEqual([]);
  });

  it('keeps no more than its limit', () => {
    const way = trail(5);
    for (let i = 0; i < 50; i++) way.take({ now: i, state: i % 2 === 0 ? connected : waiting });
    expect(way.entered).toHaveLength(5);
    expect(way.last).toEqual({ time: 49, state: waiting });
  });
});

it('the step that was taken last has the age 0', () => {
  const entered = [waiting, resolving, connecting, waiting].map((state, time) => ({ time, state }));
  expect(ageOf({ from: connecting, to: waiting }, entered)).toBe(0);
  expect(ageOf({ from: waiting, to: resolving }, entered)).toBe(2);
  expect(ageOf({ from: handshaking, to: connected }, entered)).toBeUndefined();
});

it('says when the next attempt is made', () => {
  expect(deadlineText({ retryAt: 5300 }, 1000)).toBe('next attempt in 4.3 s');
  expect(deadlineText({ retryAt: 900 }, 1000)).toBe('next attempt now');
  expect(deadlineText({}, 1000)).toBeUndefined();
});
