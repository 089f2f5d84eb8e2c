import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { MemoryStore } from '../../sim/hal/index.js';
import { VirtualDevice } from '../console/bindings/virtual-device.js';
import { expect, it } from 'vitest';

const { maxJobs, maxScripts } = ESP32_LIMITS.console;
/** Each character of it takes two bytes in the store. */
const SOURCE = '#' + '"'.repeat(8191);

function listsOf({ console }: VirtualDevice): unknown[] {
  const { scripts, schedules } = console.bindings;
  const names = ['name', 'owner', 'policy', 'comment', 'source', 'on-event', 'interval', 'disabled'];
  return [...scripts.list, ...schedules!.list].map((entry) => names.map((name) => entry.property(name)));
}

it('restores as many scripts and jobs of the greatest length as an ESP32 takes, and refuses more', async () => {
  const store = new MemoryStore();
  const first = new VirtualDevice({}, store, { maxJobs, maxScripts });
  const { scripts, schedules } = first.console.bindings;
  for (let i = 0; i < maxScripts; i++) {
    scripts.add({ name: 'script' + i, owner: 'admin', policy: 'read', comment: 'c'.repeat(200), source: SOURCE });
  }
  for (let i = 0; i < maxJobs; i++) {
    schedules!.add({ name: 'job' + i, interval: '2592000', 'on-event': SOURCE, comment: 'c'.repeat(200) });
  }
  await first.type('/system identity set name=' + 'n'.repeat(64));
  expect(() => scripts.add({ source: '' })).toThrow(`too many scripts (at most ${maxScripts})`);
  expect(() => schedules!.add({ interval: '60' })).toThrow(`too many jobs (at most ${maxJobs})`);
  const second = new VirtualDevice({}, store, { maxJobs, maxScripts });
  expect(listsOf(second)).toEqual(listsOf(first));
  expect(await second.type(':put [/system identity get name]')).toBe('n'.repeat(64) + '\n');
  expect(second.lines).toEqual([]);
});

it.each<[string, (device: VirtualDevice) => void]>([
  ['a script', ({ console }) => void console.bindings.scripts.add({ name: 'x', source: '#'.repeat(8193) })],
  ['a name', ({ console }) => void console.bindings.scripts.add({ name: 'a'.repeat(70_000), source: '' })],
  ['a comment', ({ console }) => void console.bindings.schedules!.add({ comment: '"'.repeat(40_000) })],
  ['an interval', ({ console }) => void console.bindings.schedules!.add({ interval: '2592001' })],
])('stores nothing that the next start would leave out: %s', (_what, change) => {
  const store = new MemoryStore();
  const device = new VirtualDevice({}, store);
  expect(() => change(device)).toThrow(/must have at most|must be/);
  expect(listsOf(device)).toEqual([]);
  expect(listsOf(new VirtualDevice({}, store))).toEqual([]);
});
