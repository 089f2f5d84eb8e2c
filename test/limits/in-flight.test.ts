import { expect, it } from 'vitest';
import { DESKTOP_LIMITS } from '../../boards/desktop/limits.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { Firmware, makeTagReporter } from '../../src/device/index.js';
import { parseConfiguration } from '../../src/settings/index.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { mikrotik } from '../device/hand-scanner.js';
import { VirtualBoard } from '../device/virtual-board.js';

const LIMITS = { esp32: ESP32_LIMITS, desktop: DESKTOP_LIMITS };

it.each([
  ['esp32', {}, 16],
  ['esp32', { inFlight: 24, outbox: 1856, tags: 59 }, 24],
  ['desktop', { outbox: 16384 }, 64],
] as const)('the gateway of an %s with %j has %d readings in flight', (board, changes, count) => {
  const limits = LIMITS[board];
  const target = { ...limits, tags: { ...limits.tags, parse: parseTagConfiguration } };
  const raw = {
    ssid: 'home',
    broker: 'mqtt://broker',
    interval: 0,
    heartbeat: 0,
    presence: 0,
    keepAlive: 0,
    health: 0,
  };
  const virtual = new VirtualBoard();
  const features = { makeReporter: makeTagReporter };
  const firmware = Firmware.launch(parseConfiguration({ ...raw, ...changes }, target), virtual.board(), features);
  virtual.run(1000);
  virtual.broker.acknowledges = false;
  for (let i = 0; i < 100; i++) virtual.scanner.hear('DC:2C:6E:0F:C0:3D', mikrotik(i, 5000 + i));
  virtual.run(1000);
  expect(firmware.gateway.reporter!.outbox.inFlightCount).toBe(count);
});
