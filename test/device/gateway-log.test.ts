import { expect, it } from 'vitest';
import { NorFlash } from '../../sim/hal/nor-flash.js';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const REPORTS = 0;

it('writes a reading to the log in time, with nothing else to do and no broker', () => {
  const virtual = new VirtualBoard();
  const flash = new NorFlash({ blocks: 4, blockLength: 4096, random: () => 0 });
  const options = {
    connection: { clientId: 'shed', endpoints: [{ host: 'away', port: 1883 }] },
    profile: new PlainTagProfile({ gateway: 'shed' }),
    rules: [{ minimumInterval: 0, maximumInterval: 0 }],
    outbox: { persistSeconds: 5 },
    flashLog: new FlashLog(flash) as never,
  };
  const handler = {
    onConnected: () => {},
    onFailed: () => {},
    onStopped: () => {},
    onTag: () => {},
    onPublished: () => {},
    onNotice: () => {},
  };
  const board = virtual.board();
  const reporter = new TagReporter(options, board, handler);
  const gateway = new Gateway(options, board, handler, reporter);
  gateway.start();
  virtual.run(60_000);
  virtual.scanner.hear(TAG, mikrotik(1, 5000));
  virtual.run(4999);
  expect(new FlashLog(flash).waiting(REPORTS)).toBe(0);
  virtual.run(1);
  expect(new FlashLog(flash).waiting(REPORTS)).toBe(1);
});
