import { describe, expect, it } from 'vitest';
import { FileFlash } from '../../../../boards/desktop/file-flash.js';
import { FlashStore } from '../../../../boards/moddable/flash-store.js';
import { PartitionFlash } from '../../../../boards/moddable/partition-flash.js';
import {
  ESP32_PREFERENCES,
  ESP8266_PREFERENCES,
  PreferenceStore,
} from '../../../../boards/moddable/preference-store.js';
import type { Store } from '../../../../src/hal/index.js';
import { DiskFile } from '../../../../sim/virtual/memory/disk-file.js';
import { DiskStore } from '../../../../sim/virtual/memory/disk-store.js';
import { NorFlash, PowerCut } from '../../../../sim/virtual/memory/nor-flash.js';
import { Partition } from '../../../../sim/virtual/memory/partition.js';
import { PowerSupply } from '../../../../sim/virtual/memory/power.js';
import { NVS_SIZE, Preferences, SECTOR_SIZE } from '../../../../sim/virtual/memory/preferences.js';
import { SeededRandom } from '../../../../sim/world/random.js';
import { NodeTimers } from '../../../../sim/hal/platform.js';
import { VirtualTime } from '../../../support/virtual-time.js';
import { flashContract } from '../../../contracts/flash.contract.js';
import { storeContract } from '../../../contracts/store.contract.js';

/** The memories of a device, and the stores over them as the boards make them at each start. */
class Memories {
  readonly power = new PowerSupply();
  readonly random: SeededRandom;
  readonly nvs: Preferences;
  readonly sector: Preferences;
  readonly partition: Partition;
  readonly disk: DiskStore;
  readonly file: DiskFile;
  readonly complaints: string[] = [];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    const { power, random } = this;
    this.nvs = new Preferences(NVS_SIZE, power, random);
    this.sector = new Preferences(SECTOR_SIZE, power, random);
    const chip = new NorFlash({ blocks: 16, blockLength: 4096, unit: 4, random: () => random.unit() });
    this.partition = new Partition('storage', chip, power, (text) => this.complaints.push(text));
    this.disk = new DiskStore(power, random);
    this.file = new DiskFile(power, random);
  }
}

const STORES: { [name: string]: (memories: Memories) => Store } = {
  'preferences of an ESP32': ({ nvs }) => new PreferenceStore(nvs, ESP32_PREFERENCES),
  'preferences of an ESP8266': ({ sector }) => new PreferenceStore(sector, ESP8266_PREFERENCES),
  'a partition of an ESP32': ({ partition }) => new FlashStore(partition),
  'what people write in that partition': ({ partition }) => new FlashStore(partition).user,
  'the disk of a desktop': ({ disk }) => disk,
};

for (const [name, open] of Object.entries(STORES)) {
  // A value of an ESP8266 has less than the contract asks for.
  if (!name.includes('ESP8266')) storeContract(name, () => open(new Memories(1)));

  it(`${name}: a value that it does not remove is there, also after a restart, and it says so`, () => {
    const memories = new Memories(1);
    const { nvs, sector, partition, disk } = memories;
    let store = open(memories);
    const into = new Uint8Array(100);
    expect(store.write('key', into.fill(7), 0, 100)).toBe(true);
    for (const memory of [nvs, sector, partition, disk]) memory.broken = true;
    expect([store.remove('key'), store.remove('none'), store.read('key', into)]).toEqual([false, true, 100]);
    store = open(memories);
    expect([store.remove('key'), store.read('key', into)]).toEqual([false, 100]);
    for (const memory of [nvs, sector, partition, disk]) memory.broken = false;
    expect([store.remove('key'), store.read('key', into)]).toEqual([true, -1]);
    expect(open(memories).read('key', into)).toBe(-1);
  });

  describe(`${name}, with power cuts within writes`, () => {
    it.each([1, 2, 3, 4, 5])('has the old value or the new one, with seed %d', (seed) => {
      const memories = new Memories(seed);
      const { power, random } = memories;
      let store = open(memories);
      const kept = new Map<string, number>();
      for (let round = 0; round < 300; round++) {
        const key = 'key-' + (random.uint32() % 5);
        const old = kept.get(key) ?? -1;
        const value = random.uint32() & 0xff;
        const bytes = new Uint8Array(1 + (random.uint32() % 150)).fill(value);
        if (random.unit() < 0.4) power.cutWithin(1 + (random.uint32() % 4));
        const removes = random.unit() < 0.1;

        try {
          if (removes) store.remove(key);
          else if (!store.write(key, bytes, 0, bytes.length)) expect(power.on).toBe(false);
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
        }
        const cut = !power.on;
        power.restore();
        if (cut) store = open(memories);
        const into = new Uint8Array(200);
        const found = store.read(key, into) < 0 ? -1 : into[0]!;
        const wanted = removes ? -1 : value;
        if (cut) expect([old, wanted]).toContain(found);
        else expect(found).toBe(wanted);
        kept.set(key, found);
      }
      expect(memories.complaints).toEqual([]);
    });
  });
}

flashContract('a partition', () => ({ flash: new PartitionFlash(new Memories(1).partition, 16) }));
flashContract('the file of a desktop', () => {
  const { file } = new Memories(1);
  const make = (): FileFlash => new FileFlash(file.files, 'tagwire-outbox', 16, new NodeTimers());
  return { flash: make(), reopen: make };
});

describe('the file of a desktop', () => {
  it('keeps what was synchronized, and of the rest any pages', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { file } = new Memories(seed);
      const time = new VirtualTime(0);
      const flash = new FileFlash(file.files, 'tagwire-outbox', 4, time);
      const bytes = new Uint8Array(64).fill(1);
      flash.erase(0);
      flash.program(0, bytes, 0, 64);
      let done = 0;
      flash.sync(() => done++);
      time.run(10);
      expect(done).toBe(1);
      flash.program(64, bytes.fill(2), 0, 64);
      file.lose();
      const again = new FileFlash(file.files, 'tagwire-outbox', 4, time);
      const into = new Uint8Array(128);
      again.read(0, into, 0, 128);
      expect([...into.subarray(0, 64)].every((byte) => byte === 1)).toBe(true);
      expect([2, 255]).toContain(into[64]);
    }
  });
});

describe('preferences', () => {
  it('refuses what has no room', () => {
    const { nvs } = new Memories(1);
    let keys = 0;
    expect(() => {
      for (; keys < 100; keys++) nvs.set('tagwire-a0', 'key-' + keys, new ArrayBuffer(4000));
    }).toThrow('no room');
    expect(keys).toBe(4);
    expect(nvs.get('tagwire-a0', 'key-0')).toBeDefined();
    expect(nvs.refused).toBe(1);
  });
});
