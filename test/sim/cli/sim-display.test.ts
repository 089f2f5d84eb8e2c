import { afterEach, expect, it, vi } from 'vitest';
import { TextDisplay } from '../../../sim/cli/sim-display.js';
import type { SimFigures } from '../../../sim/cli/sim-display.js';

const FIGURES: SimFigures = {
  engine: 'node',
  seconds: 10,
  tags: 3,
  reconnections: 0,
  advertisements: 100,
  readings: 60,
  published: 50,
  acknowledged: 40,
  notCarried: 0,
  inFlight: 10,
  waiting: 0,
  dropped: 0,
  droppedBy: {},
  persisted: 0,
};

afterEach(() => void vi.restoreAllMocks());

function progress(figures: Partial<SimFigures>): string {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  new TextDisplay(false).progress({ ...FIGURES, ...figures });
  return write.mock.calls.join('');
}

it('tells what the outbox drops, while connected too', () => {
  expect(progress({})).toContain('5.0 readings/s, 10 in flight, 40 acknowledged');
  expect(progress({ waiting: 9, dropped: 7 })).toContain('5.0 readings/s, 9 waiting, 7 dropped, 10 in flight');
  const memory = { slots: 1, peakSlots: 2, engineSlots: 3, computePerReading: 4000 };
  expect(progress({ dropped: 7, memory })).toContain('5.0 readings/s, 7 dropped, 40 acknowledged');
});

it('says at the end by which rules readings were dropped', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  new TextDisplay(false).summary({ ...FIGURES, dropped: 7, droppedBy: { full: 5, age: 2 } }, 20);
  expect(write.mock.calls.join('')).toContain('40 acknowledged, 20 lost (dropped: full 5, age 2), 0 reconnections');
});
