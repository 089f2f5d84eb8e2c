import { DeviceConsole } from '../../../src/console/bindings/device-console.js';
import type { LineEditor } from '../../../src/console/line-editor.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { launchEsp32, world } from './firmware.js';

export { makePartition, run } from './firmware.js';

/*
 * The firmware of an ESP32 with a console at which somebody types a line every ten seconds. A slice of what a line does
 * is done when `run` ends, since the host lets promises go on only between two calls.
 */

const SECOND = 1000;
const PAUSE = 10 * SECOND;
const LINES = [
  '/system resource print',
  '/iot mqtt brokers print',
  '/log print',
  '/iot bluetooth peripheral-devices print where rssi>-70',
  '/system script add name=a source={:put "hello"}; /system script run a; /system script remove a',
  '/iot bluetooth decode-ad data=15ff4f090100ec5f0000ffffffff851ac8fa38000061',
  ':foreach i in=(1,2,3) do={:put ($i * 2)}',
  '/iot bluetooth scanners print',
].map((line) => encodeUtf8(line + '\r'));

const timer = world.time.create(typeLine);
let editor: LineEditor | undefined;
let next = 0;
let written = 0;

export function startEsp32(): number {
  const started = launchEsp32((reporter, _configuration, board, flashLog) => {
    const identity = { name: 'shed', version: '0.1.0' };
    const device = new DeviceConsole({ board, identity, flashLog, ...(reporter && { reporter }) });
    editor = device.attach({ write: (text) => (written += text.length) }, { terminal: {}, history: 8 });
    return [device];
  });
  editor?.start();
  timer.start(PAUSE);
  return started;
}

/** Lines that were typed, and UTF-16 units that the console wrote. */
export function typed(): number {
  return next;
}

export function shown(): number {
  return written;
}

function typeLine(): void {
  timer.start(PAUSE);
  const line = LINES[next++ % LINES.length]!;
  editor?.receive(line, 0, line.length);
}
