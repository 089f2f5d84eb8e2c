import { describe, expect, it } from 'vitest';
import { HealthReporter } from '../../src/device/health-reporter.js';
import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import { EPOCH, VirtualBoard } from './virtual-board.js';

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe('HealthReporter', () => {
  it('asks the board for all that it can tell', () => {
    const virtual = new VirtualBoard();
    const board = {
      ...virtual.board(),
      health: {
        freeChunkBytes: () => 9000,
        freeSlotBytes: () => 8000,
        rssi: () => -61,
        restartReason: 'power on',
        model: 'esp32',
        serial: 'A1B2C3',
        peakChunkBytes: () => 1,
        peakSlotBytes: () => 2,
        freeMemory: () => 3,
        usedMemory: () => 4,
        largestFreeBlock: () => 5,
        load: () => 6,
      },
    };
    const reporter = new HealthReporter(board, 60, encodeUtf8('0.1.0'));
    reporter.start(virtual.platform.time.now());
    virtual.run(5000);
    const report = reporter.make(virtual.platform.time.now());
    expect([text(report.model), text(report.serial), text(report.firmware)]).toEqual(['esp32', 'A1B2C3', '0.1.0']);
    expect(report).toMatchObject({
      uptime: 5,
      unixTime: EPOCH + virtual.platform.time.now(),
      freeChunkBytes: 9000,
      rssi: -61,
      peakChunkBytes: 1,
      peakSlotBytes: 2,
      freeMemory: 3,
      usedMemory: 4,
      largestFreeBlock: 5,
      load: 6,
    });
  });

  it('tells nothing that the board does not know', () => {
    const virtual = new VirtualBoard();
    const report = new HealthReporter(virtual.board(false), 60).make(0);
    expect(report).toMatchObject({ freeChunkBytes: -1, peakChunkBytes: -1, freeMemory: -1, load: -1, rssi: 0 });
    expect(text(report.model)).toBe('');
  });

  it('is never due by itself with 0 seconds', () => {
    const reporter = new HealthReporter(new VirtualBoard().board(), 0);
    reporter.start(0);
    reporter.connected(0);
    expect(reporter.deadline).toBe(Infinity);
    reporter.schedule(5);
    expect(reporter.deadline).toBe(Infinity);
  });

  it.each([0.5, -1, 86401, NaN])('refuses %d seconds', (seconds) => {
    expect(() => new HealthReporter(new VirtualBoard().board(), seconds)).toThrow(
      /^healthSeconds must be a number from 1 to 86400/,
    );
  });
});
