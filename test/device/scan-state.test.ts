import { describe, expect, it } from 'vitest';
import {
  nextScanState,
  SCAN_EVENT_COUNT,
  SCAN_STATE_COUNT,
  ScanEvent,
  scanEventNames,
  ScanState,
  scanStateNames,
  ScanStep,
} from '../../src/device/scan-state.js';

const { stopped, waiting, starting, scanning, paused, silent } = {
  stopped: ScanState.stopped,
  waiting: ScanState.waiting,
  starting: ScanState.starting,
  scanning: ScanState.scanning,
  paused: ScanState.paused,
  silent: ScanState.silent,
};
const x = ScanStep.none;

/** Rows are states; columns: wait, begin, heard, pause, resume, overdue, stop. */
const table: number[][] = [
  [waiting, starting, x, x, x, x, x],
  [x, starting, x, x, x, starting, stopped],
  [x, x, scanning, paused, x, silent, stopped],
  [x, x, x, paused, x, silent, stopped],
  [x, x, x, x, starting, starting, stopped],
  [x, x, scanning, paused, x, silent, stopped],
];

describe('scanner states', () => {
  it('are all in the table, and have names', () => {
    expect([table.length, table[0]!.length]).toEqual([SCAN_STATE_COUNT, SCAN_EVENT_COUNT]);
    expect([scanStateNames.length, scanEventNames.length]).toEqual([SCAN_STATE_COUNT, SCAN_EVENT_COUNT]);
    expect(scanStateNames[ScanState.silent]).toBe('silent');
    expect(scanEventNames[ScanEvent.stop]).toBe('stop');
  });

  const cells = table.flatMap((row, state) => row.map((next, event) => [state, event, next] as const));
  it.each(cells)('state %i, event %i: %i', (state, event, next) => {
    expect(nextScanState(state as ScanState, event as ScanEvent)).toBe(next);
  });
});
