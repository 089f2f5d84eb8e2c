import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { BadRecording, readRing, writeRing } from '../../../sim/virtual/index.js';
import { WorldScanner } from '../../../sim/scanner/world-scanner.js';
import { simBoard } from '../../../sim/sim-board.js';
import { defaultWorld } from '../../../sim/world/default-world.js';
import { World } from '../../../sim/world/world.js';
import { makeTagReporter } from '../../../src/device/index.js';
import { Firmware } from '../../../src/device/firmware.js';
import { makeRecorder } from '../../../src/device/recorder.js';
import { makeRpc } from '../../../src/rpc/make-rpc.js';
import { parseConfiguration, parseTagConfiguration } from '../../../src/settings/index.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folder = makeTemporaryFolder();
const brokers: EmbeddedBroker[] = [];
const devices: Firmware[] = [];
afterEach(async () => {
  await killCommands();
  for (const device of devices.splice(0)) device.gateway.close();
  for (const broker of brokers.splice(0)) await broker.close();
});
afterAll(() => folder.remove());

/** A device with a recorder of so many bytes at a broker; resolves once it has heard something. */
async function startDevice(recorder: number): Promise<EmbeddedBroker> {
  const broker = await startEmbeddedBroker();
  brokers.push(broker);
  const board = simBoard((clock, timers) => new WorldScanner(new World(defaultWorld, { seed: 1 }), clock, timers));
  const configuration = parseConfiguration(
    { broker: `mqtt://127.0.0.1:${broker.port}`, gateway: 'shed', interval: 0, recorder },
    { recorder: true, tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } },
  );
  const features = { makeReporter: makeTagReporter, makeRecorder, makeRpc };
  await new Promise<void>((resolve) => {
    class Told extends Firmware {
      override onConnected(): void {
        resolve();
      }
    }
    const device = new Told(configuration, board, features);
    devices.push(device);
    device.start();
  });
  return broker;
}

describe('tagwire dump', () => {
  it('says at Ctrl-C that nothing is written', async () => {
    const broker = await startEmbeddedBroker();
    brokers.push(broker);
    const asked = new Promise<void>((resolve) => broker.aedes.once('subscribe', () => resolve()));
    const command = startTagwire(['dump', '-p', String(broker.port), '--gateway', 'shed', folder.file('none.ring')]);
    await asked;
    command.process.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'tagwire: interrupted after 0 bytes; the file is not written\n',
    });
    expect(existsSync(folder.file('none.ring'))).toBe(false);
  });

  it('fetches the ring of a device, which tagwire sim --replay gives to a firmware', async () => {
    const { port } = await startDevice(4096);
    const path = folder.file('shed.ring');
    const { code, stdout, stderr } = await runTagwire(['dump', '-p', String(port), '--gateway', 'shed', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/^\d+ inputs of \d+\.\d s, \d+ bytes, written to .*shed\.ring\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { description, entries } = readRing(readFileSync(path));
    expect(description).toMatchObject({ gateway: 'shed' });
    expect(entries.some(({ topic }) => topic?.startsWith('tagwire/shed/cmd/dump-'))).toBe(true);

    const flags = ['--json', '--set', 'interval=0', '--board', 'desktop', '--pcap', folder.file('ring.pcap')];
    const recording = folder.file('ring.tagwire');
    const replayed = await runTagwire(['sim', '--replay', path, ...flags, '--record', recording]);
    expect({ code: replayed.code, stderr: replayed.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = replayed.stdout.toString().trimEnd().split('\n');
    const summary = JSON.parse(lines.at(-1)!) as Record<string, number>;
    expect(summary).toMatchObject({ event: 'summary', entries: entries.length, leftOut: 0 });
    const answers = lines.filter((line) => line.includes('publishes to tagwire/shed/res/dump-'));
    expect(answers.length).toBeGreaterThan(0);
    if (summary['advertisements']! > 0) {
      expect(lines.some((line) => line.includes('publishes to tagwire/shed/tags/'))).toBe(true);
    }
    const again = await runTagwire(['sim', '--replay', recording]);
    expect(again.stdout.toString()).toContain('all states equal');
    expect(statSync(folder.file('ring.pcap')).size).toBeGreaterThan(1000);
  });

  it('says what a device without a recorder answers, and when nobody does', async () => {
    const { port } = await startDevice(0);
    const path = folder.file('none.ring');
    const refused = await runTagwire(['dump', '-p', String(port), '--gateway', 'shed', path]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^tagwire: unknown method recorder\.dump; methods are /);
    const silent = await runTagwire(['dump', '-p', String(port), '--gateway', 'barn', '--timeout', '0.2', path]);
    expect({ code: silent.code, stderr: silent.stderr }).toEqual({ code: 1, stderr: 'tagwire: no answer from barn\n' });
  });

  it('refuses a name that is no level of a topic', async () => {
    const { code, stderr } = await runTagwire(['dump', '--gateway', 'a/b', folder.file('x')]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'tagwire: --gateway and --prefix must be levels of a topic, got "tagwire/a/b"\n',
    });
  });
});

describe('the file of a ring', () => {
  const ring = Uint8Array.of(7, 0, 3, 0xff, 0xff, 0xff, 0xff, 16, 0, 1, 5, 0, 0, 0, 200, 1, 1, 2, 3, 4, 5, 6, 9);
  const entry = Buffer.from(ring);
  entry[7] = 16;
  const file = writeRing({ gateway: 'shed', now: 5, time: 0 }, entry);

  it('is read, also where the clock of 32 bits begins anew', () => {
    const { entries } = readRing(file);
    expect(entries.map(({ at }) => at)).toEqual([0, 6]);
    expect(entries[1]!.advertisement).toMatchObject({ rssi: -56, addressType: 1, bytes: Uint8Array.of(9) });
  });

  it('is refused at every length but its own, and with every bit flipped', () => {
    for (let length = 8; length < file.length; length++) {
      expect(() => readRing(file.subarray(0, length)), String(length)).toThrow(BadRecording);
    }
    for (let at = 7; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at]! ^= 0x10;
      expect(() => readRing(damaged), String(at)).toThrow(/^at offset \d+: /);
    }
  });

  it('is refused by the command with what is wrong', async () => {
    const path = folder.file('damaged.ring');
    writeFileSync(path, file.subarray(0, -1));
    const { code, stderr } = await runTagwire(['sim', '--replay', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tagwire: recording ".*": at offset 8: the file is damaged or cut short: its CRC does not match\n$/,
    );
  });
});
