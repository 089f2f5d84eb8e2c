import { MemoryStore } from '../../../sim/hal/index.js';
import type { Store } from '../../../src/hal/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { VirtualDevice } from './virtual-device.js';
import { describe, expect, it } from 'vitest';

const TAG = 'DC:2C:6E:0F:C0:3D';
const OTHER = '2C:C8:1B:4B:BB:0A';
const SCANNERS = '/iot bluetooth scanners';

/** A store that can be full. */
class FullStore extends MemoryStore implements Store {
  full = false;

  override write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    return !this.full && super.write(key, bytes, from, to);
  }

  override remove(key: string): boolean {
    return !this.full && super.remove(key);
  }
}

describe('what is kept over a restart', () => {
  it('scripts, jobs, brokers and the name', async () => {
    const store = new MemoryStore();
    const first = new VirtualDevice({}, store);
    await first.type('/system script add name=a source=":log info \\"from a\\""');
    await first.type('/system script add name=b source=":put 2" comment=old');
    await first.type('/system script set b comment=new');
    await first.type('/system script add name=gone source=x');
    await first.type('/system script remove gone');
    await first.type('/system scheduler add name=j interval=10s on-event=a');
    await first.type('/system scheduler add name=gone interval=10s on-event=b');
    await first.type('/system scheduler remove gone');
    await first.type('/iot mqtt brokers add name=x address=broker client-id=x auto-connect=yes');
    await first.type('/system identity set name="the hall"');
    const prints = [
      '/system script print',
      '/system scheduler print',
      '/iot mqtt brokers print',
      '/system identity print',
    ];
    const shown: string[] = [];
    await first.run(1000);
    for (const print of prints) shown.push(await first.type(print));
    expect(shown[0]).toContain('0 name="a"');
    expect(shown[0]).toContain('comment="new"');
    expect(shown.join()).not.toContain('gone');

    const second = new VirtualDevice({}, store);
    await second.run(2000);
    for (const print of prints) expect(await second.type(print)).toBe(shown.shift());
    await second.run(10_000);
    expect(second.lines).toEqual(['script,info from a']);
  });

  it('nothing that the store did not take, and the console says so', async () => {
    const store = new FullStore();
    const device = new VirtualDevice({}, store);
    await device.type('/system script add name=a source=":put 1"');
    await device.type('/system scheduler add name=j interval=10s on-event=a');
    store.full = true;
    expect(await device.type('/system script add name=b source=":put 1"')).toMatch(
      /^script not stored: no room for \d+ bytes/,
    );
    expect(await device.type('/system script set a source=":put 2"')).toContain('script not stored');
    expect(await device.type('/system scheduler set j interval=20s')).toContain('job not stored');
    expect(await device.type('/system identity set name=x')).toContain('identity not stored');
    expect(await device.type(':put [/system script find]; /system script run a')).toBe('*0\n1\n');
    expect(await device.type('/system scheduler print')).toContain('interval=10s');
    expect(await device.type('/system identity print')).toBe('  name: shed\n');
  });

  it('what the store did not remove, and the console says so', async () => {
    const store = new FullStore();
    const prints = ['/system script print', '/system scheduler print', '/iot mqtt brokers print'];
    const device = new VirtualDevice({}, store);
    await device.type('/system script add name=a source=":log info ran"');
    await device.type('/system scheduler add name=j interval=10s on-event=a');
    await device.type('/iot mqtt brokers add name=x address=broker client-id=x');
    const shown: string[] = [];
    for (const print of prints) shown.push(await device.type(print));
    expect(shown.map((text) => text.length > 0)).toEqual([true, true, true]);
    store.full = true;
    expect(await device.type('/system script remove a')).toBe('script not removed: the store failed\n');
    expect(await device.type('/system scheduler remove j')).toBe('job not removed: the store failed\n');
    expect(await device.type('/iot mqtt brokers remove x')).toBe('broker not removed: the store failed\n');
    const second = new VirtualDevice({}, store);
    for (const { type } of [device, second].map((each) => ({ type: each.type.bind(each) }))) {
      for (let i = 0; i < prints.length; i++) expect(await type(prints[i]!)).toBe(shown[i]);
    }
    await device.run(10_000);
    expect(device.lines).toEqual(['script,info ran']);
    store.full = false;
    for (const item of ['script remove a', 'scheduler remove j']) expect(await device.type('/system ' + item)).toBe('');
    expect(await device.type('/iot mqtt brokers remove x')).toBe('');
    for (const print of prints) expect(await device.type(print)).toBe('');
  });

  it('what is damaged is left out with a line in the log', async () => {
    const store = new MemoryStore();
    const first = new VirtualDevice({}, store);
    for (const name of ['a', 'b', 'c']) await first.type(`/system script add name=${name} source=x`);
    store.write('script-1', Uint8Array.of(1, 2, 3, 4, 5, 6), 0, 6);
    const bytes = new Uint8Array(100);
    const length = store.read('script-2', bytes);
    bytes[0] = 9;
    store.write('script-2', bytes, 0, length);
    const second = new VirtualDevice({}, store);
    expect(await second.type('/system script print')).toBe('0 name="a" source="x"\n');
    expect(second.lines).toEqual([
      'system,warning stored script 1 ignored: its checksum is wrong',
      'system,warning stored script 2 ignored: its checksum is wrong',
    ]);
  });

  it('as many scripts and jobs as are allowed', async () => {
    const device = new VirtualDevice({}, new MemoryStore(), { maxScripts: 2, maxJobs: 1 });
    for (const name of ['a', 'b']) expect(await device.type(`/system script add name=${name} source=x`)).toBe('');
    expect(await device.type('/system script add name=c source=x')).toBe('too many scripts (at most 2)\n');
    await device.type('/system scheduler add name=j on-event=a');
    expect(await device.type('/system scheduler add name=k on-event=a')).toBe('too many jobs (at most 1)\n');
    expect(() => new VirtualDevice({}, new MemoryStore(), { maxJobs: 65 })).toThrow(/maxJobs must be .*65/);
  });
});

describe('the scheduler', () => {
  it('runs at intervals, rests while disabled, and counts', async () => {
    const device = new VirtualDevice();
    await device.type('/system scheduler add name=j interval=10s on-event={:log info tick}');
    for (let i = 0; i < 3; i++) await device.run(10_000);
    expect(device.lines).toHaveLength(3);
    expect(await device.type('/system scheduler print')).toBe(
      '0 name="j" start-time=startup interval=10s on-event=":log info tick" run-count=3\n',
    );
    await device.type('/system scheduler set j disabled=yes');
    await device.run(30_000);
    await device.type('/system scheduler set j disabled=no interval=30s name=k');
    for (let i = 0; i < 3; i++) await device.run(10_000);
    expect(device.lines).toHaveLength(4);
  });

  it('runs at the start what has no interval', async () => {
    const store = new MemoryStore();
    const first = new VirtualDevice({}, store);
    await first.type('/system scheduler add name=j on-event={:log info began}');
    await first.run(60_000);
    expect(first.lines).toEqual([]);
    const second = new VirtualDevice({}, store);
    await second.run(60_000);
    expect(second.lines).toEqual(['script,info began']);
  });

  it('says what failed, and what was still running', async () => {
    const device = new VirtualDevice();
    expect(await device.type('/system scheduler add name=j interval=10s on-event={:bad}')).toMatch(/^bad command name/);
    expect(await device.type('/system scheduler add name=j interval=31d on-event={}')).toContain(
      'interval must be 0s, or from 1s to 30d',
    );
    await device.type('/system scheduler add name=j interval=10s on-event={:delay 15s; :put (1/0)}');
    await device.run(10_000);
    await device.run(10_000);
    await device.run(5_000);
    expect(device.lines).toEqual([
      'script,warning job j: run skipped, the one before has not ended',
      'script,error job j: division by zero',
    ]);
    // Runs again.
    await device.run(5_000);
    expect(await device.type(':put [/system scheduler get j run-count]')).toBe('2\n');
  });

  it('ends scripts that wait when the device stops', async () => {
    const device = new VirtualDevice();
    await device.type('/system scheduler add name=j interval=10s on-event={:delay 1d; :log info late}');
    await device.run(10_000);
    device.gateway.stop();
    await device.run(86_400_000);
    expect(device.lines).toEqual(['script,error job j: device stopping']);
  });

  it('names a job, and changes one whose script is gone', async () => {
    const device = new VirtualDevice();
    await device.type('/system script add name=a source=":log info ran"');
    for (const name of ['schedule2', '', '']) {
      expect(await device.type(`/system scheduler add name="${name}" interval=10s on-event=a`)).toBe('');
    }
    await device.type('/system script remove a');
    expect(await device.type('/system scheduler set schedule1 disabled=yes')).toBe('');
    expect(await device.type('/system scheduler set schedule1 on-event=a')).toMatch(/^bad command name a /);
    expect(await device.type('/system scheduler print where disabled')).toMatch(/^0 name="schedule1" [^\n]*\n$/);
    expect(await device.type('/system scheduler print count-only where name=schedule3')).toBe('1\n');
  });
});

describe('the system', () => {
  it('tells what the board knows, and 0 for what it does not', async () => {
    const device = new VirtualDevice();
    await device.run(60_000);
    expect(await device.type('/system resource print')).toBe(
      '        uptime: 1m1s\n       version: 1.2.3\n   free-memory: 17000\n  total-memory: 17000\n' +
        '      cpu-load: 0\n    board-name: virtual\n      platform: Tagwire\n',
    );
    expect(await device.type('/system routerboard print')).toBe(
      '             model: virtual\n  current-firmware: 1.2.3\n',
    );
    expect(await device.type(':put [/system package get [find name~"^routeros"] version]')).toBe('1.2.3\n');
    expect(await device.type('/system identity set name=""')).toContain('name must have 1 to 64 characters, got 0');
  });

  it('runs functions of the application', async () => {
    const runs: string[] = [];
    const device = new VirtualDevice({}, new MemoryStore(), {}, (console) => {
      console.registerScript('lamp', () => void runs.push('lamp'));
    });
    expect(await device.type('/system script run lamp')).toBe('');
    await device.type('/system scheduler add name=j interval=10s on-event=lamp');
    await device.run(10_000);
    expect(runs).toEqual(['lamp', 'lamp']);
    expect(await device.type('/system script add name=lamp source=x')).toBe('name lamp is already in use\n');
  });

  it('serves several at once, each with a menu of its own', async () => {
    const device = new VirtualDevice();
    let other = '';
    const editor = device.console.attach({ write: (text) => void (other += text) }, { terminal: {}, user: 'ann' });
    editor.start();
    await device.type('/iot mqtt');
    expect(other).toContain('[ann@shed] > ');
    expect(await device.type('brokers print')).toBe('');
    editor.receive(Buffer.from('brokers print\r'), 0, 14);
    await editor.idle();
    expect(other).toContain('bad command name brokers');
  });
});

describe('Bluetooth', () => {
  const hear = (device: VirtualDevice, address: string, uptime: number, rssi = -60): void => {
    device.virtual.scanner.hear(address, mikrotik(uptime, 5120 + uptime), rssi);
    device.virtual.run(1000);
  };

  it('says when an advertisement was heard, also of one that came before the clock was set', async () => {
    const device = new VirtualDevice();
    const { virtual } = device;
    virtual.clockSet = false;
    hear(device, TAG, 0);
    expect(await device.type(SCANNERS + ' advertisements print')).not.toMatch(/epoch=\d/);
    virtual.run(5000);
    virtual.clockSet = true;
    const { clock } = virtual.board();
    const heardAt = clock.unixTime() - (clock.now() - device.reporter.ring!.heardAt[0]!);
    expect(await device.type(SCANNERS + ' advertisements print')).toContain(` epoch=${heardAt} `);
    expect(clock.unixTime() - heardAt).toBeGreaterThanOrEqual(6000);
  });

  it('shows the advertisements and the tags', async () => {
    const device = new VirtualDevice();
    hear(device, TAG, 0);
    hear(device, OTHER, 256, -80);
    hear(device, TAG, 512, -61);
    const [first, ...more] = (await device.type(SCANNERS + ' advertisements print where rssi>-70')).split('\n');
    expect(first).toMatch(
      /^0 device=bt1 time=\S+ \S+ epoch=\d{13} address-type=public address=DC:2C:6E:0F:C0:3D rssi=-60 length=22 data="15ff/,
    );
    expect(more).toHaveLength(2);
    await device.type(SCANNERS + ' set filter-duplicates=keep-newest');
    expect(await device.type(SCANNERS + ' advertisements print count-only')).toBe('2\n');
    expect(await device.type(SCANNERS + ' advertisements print')).toMatch(/^0 .* rssi=-80 .*\n1 .* rssi=-61 /);
    const tags = await device.type('/iot bluetooth peripheral-devices print where temperature>20.5');
    expect(tags).toMatch(/ address=DC:2C:6E:0F:C0:3D beacon-types=mikrotik rssi=-61 last-seen=2026-\S+ \S+ /);
    expect(tags).toMatch(/ format=mikrotik state=ok temperature=22 /);
    expect(tags.split('\n')).toHaveLength(3);
    expect(await device.type(':put [/iot bluetooth peripheral-devices get 0 rssi]')).toBe('-61\n');
    await device.type(SCANNERS + ' advertisements clear');
    expect(await device.type(SCANNERS + ' advertisements print count-only')).toBe('0\n');
    expect(await device.type('/iot bluetooth peripheral-devices print count-only')).toBe('2\n');
  });

  it('decodes what is given', async () => {
    const device = new VirtualDevice();
    expect(await device.type('/iot bluetooth decode-ad 15ff4f090100669dfcff0600fcff6117f1e50f000064')).toContain(
      '     temperature: 23.38\n',
    );
    expect(await device.type('/iot bluetooth decode-ad data=0409414243')).toBe(
      '  format: unknown\n   state: unknown\n    name: ABC\n',
    );
  });

  it('scans as it is told, at once', async () => {
    const device = new VirtualDevice({ activeScan: false });
    const { scanner } = device.virtual;
    const scan = (intervalMilliseconds: number, windowMilliseconds: number, active: boolean): unknown => ({
      intervalMilliseconds,
      windowMilliseconds,
      active,
    });
    await device.type(SCANNERS + ' set type=active');
    expect(scanner.options).toMatchObject({ active: true });
    await device.type(SCANNERS + ' set interval=200 window=50');
    expect(scanner.options).toEqual(scan(200, 50, true));
    expect(await device.type(SCANNERS + ' set interval=20')).toBe(
      'window must be at most the interval (20 ms), got 50 ms\n',
    );
    expect(await device.type(SCANNERS + ' set filter-duplicates=x type=passive')).toMatch(/filter-duplicates/);
    expect(scanner.options).toEqual(scan(200, 50, true));
    await device.type(SCANNERS + ' set disabled=yes');
    expect(scanner.scanning).toBe(false);
    expect(await device.type(SCANNERS + ' print')).toBe(
      '0 name="bt1" type=active interval=200 window=50 filter-policy=default filter-duplicates=off disabled=yes\n',
    );
    await device.type(SCANNERS + ' set disabled=no');
    expect([scanner.scanning, scanner.options]).toEqual([true, scan(200, 50, true)]);
  });

  it('hears only the whitelist, when that is the policy', async () => {
    const device = new VirtualDevice({ rssiFloor: -90 });
    const heard = async (): Promise<string[]> => {
      await device.type(SCANNERS + ' advertisements clear');
      hear(device, TAG, 1);
      hear(device, OTHER, 2);
      hear(device, TAG, 3, -95);
      const lines = (await device.type(SCANNERS + ' advertisements print')).split('\n').slice(0, -1);
      return lines.map((line) => / address=(\S+)/.exec(line)![1]! + (/filter-comment=("[^"]*")/.exec(line)?.[1] ?? ''));
    };
    expect(await heard()).toEqual([TAG, OTHER]);
    await device.type('/iot bluetooth whitelist add address=DC:2C:* comment=hall');
    expect(await heard()).toEqual([TAG, OTHER]);
    await device.type(SCANNERS + ' set filter-policy=whitelist');
    expect(await heard()).toEqual([TAG + '"hall"']);
    await device.type('/iot bluetooth whitelist add address=2CC81B4BBB0A address-type=public');
    expect(await heard()).toEqual([TAG + '"hall"', OTHER]);
    await device.type('/iot bluetooth whitelist set 0 disabled=yes');
    expect(await heard()).toEqual([OTHER]);
    expect(await device.type('/iot bluetooth whitelist print')).toBe(
      '0 device=bt1 address=DC:2C:*:*:*:* comment="hall" disabled=yes\n' +
        '1 device=bt1 address=2C:C8:1B:4B:BB:0A address-type=public\n',
    );
    for (const [command, said] of [
      ['add address=AA:*:BB:*:*:*', 'must not have a byte after a wildcard'],
      ['add comment=x', 'address is missing'],
      ['add address=DC:2C:*', 'is already on the whitelist'],
      ['add address="AA:*,BB:*"', 'must be AA:BB:CC:DD:EE:FF'],
      ['add address=AA:* device=bt2', 'device must be bt1'],
    ]) {
      expect(await device.type('/iot bluetooth whitelist ' + command)).toContain(said);
    }
    await device.type('/iot bluetooth whitelist remove 0,1');
    expect(await heard()).toEqual([]);
    await device.type(SCANNERS + ' set filter-policy=default');
    expect(await heard()).toEqual([TAG, OTHER]);
  });

  it('begins with what is configured', async () => {
    const device = new VirtualDevice({ allow: 'DC:2C:* = hall', duplicates: 'keep-unique' });
    expect(await device.type('/iot bluetooth whitelist print')).toBe(
      '0 device=bt1 address=DC:2C:*:*:*:* comment="hall"\n',
    );
    expect(await device.type(SCANNERS + ' print')).toContain('filter-policy=whitelist filter-duplicates=keep-unique');
    hear(device, TAG, 1);
    hear(device, TAG, 1);
    hear(device, OTHER, 1);
    expect(await device.type(SCANNERS + ' advertisements print count-only')).toBe('1\n');
    await device.type(SCANNERS + ' set filter-duplicates=off');
    hear(device, TAG, 1);
    expect(await device.type(SCANNERS + ' advertisements print count-only')).toBe('2\n');
  });
});
