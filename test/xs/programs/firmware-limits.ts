import { ESP32_LIMITS } from '../../../boards/esp32/limits.js';
import { DeviceConsole } from '../../../src/console/bindings/device-console.js';
import type { LineEditor } from '../../../src/console/line-editor.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { launchEsp32, world } from './firmware.js';

export { acknowledged, dropped, makePartition, run } from './firmware.js';

/*
 * The firmware of an ESP32 with as many scripts and jobs as its limits allow, beside 64 tags with deltas and an outage
 * each minute. Each job runs every minute. Somebody types a line every five seconds.
 */

const PAUSE = 5000;
const { maxJobs, maxScripts } = ESP32_LIMITS.console;

const timer = world.time.create(typeLine);
let device: DeviceConsole | undefined;
let editor: LineEditor | undefined;
let next = 0;

export function startEsp32(): number {
  const started = launchEsp32((reporter, _configuration, board, flashLog) => {
    const identity = { name: 'shed', version: '0.1.0' };
    device = new DeviceConsole({ board, identity, flashLog, maxJobs, maxScripts, ...(reporter && { reporter }) });
    editor = device.attach({ write: () => {} });
    return [device];
  });
  timer.start(PAUSE);
  return started;
}

export function scripts(): number {
  return device!.bindings.scripts!.list.length;
}

/** Jobs that ran at least once. */
export function jobs(): number {
  return device!.bindings.schedules!.list.filter((job) => Number(job.property('run-count')) > 0).length;
}

function typeLine(): void {
  const i = next++;
  if (i < maxScripts) type('/system script add name=s' + i + ' source=":local x ' + i + '; /log info \\"script $x\\""');
  else type('/system scheduler add name=j' + i + ' interval=1m on-event=s' + (i - maxScripts));
  if (next < maxScripts + maxJobs) timer.start(PAUSE);
}

function type(line: string): void {
  const bytes = encodeUtf8(line + '\n');
  editor!.receive(bytes, 0, bytes.length);
}
