import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { simBoard } from '../../sim/index.js';
import { CLOUDS } from '../../src/cloud/index.js';
import { parseConfiguration, parseTagConfiguration } from '../../src/settings/index.js';
import type { ConfigurationTarget, RawConfiguration } from '../../src/settings/index.js';
import { HandScanner } from '../device/hand-scanner.js';

/** What `memory` may leave out. */
const SMALL = 512;

const target: ConfigurationTarget = {
  clouds: CLOUDS,
  tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' },
  resource: () => new Uint8Array(8),
};
const all: RawConfiguration = { shadow: 'named', jobs: true, createDevices: true };

function example(cloud: string, more: RawConfiguration): RawConfiguration {
  const raw = JSON.parse(readFileSync(`test/clouds/${cloud}/example.json`, 'utf8')) as RawConfiguration;
  for (const name of ['certificate', 'key']) if (raw[name] !== undefined) raw[name] = `${name}.der`;
  const { keys } = CLOUDS.find(({ name }) => name === cloud)!;
  for (const { name } of keys) if (all[name] !== undefined) raw[name] = all[name];
  return { ...raw, ...more };
}

/** Bytes of all typed arrays that can be reached from `value`, but for what belongs to the board. */
function heldBytes(value: unknown, board: object): number {
  const seen = new Set<unknown>([board]);
  const bytesOf = (of: unknown): number => {
    if (typeof of !== 'object' || of === null || seen.has(of)) return 0;
    seen.add(of);
    if (of instanceof ArrayBuffer) return of.byteLength;
    if (ArrayBuffer.isView(of)) return bytesOf(of.buffer);
    return Reflect.ownKeys(of).reduce((sum, key) => sum + bytesOf((of as Record<PropertyKey, unknown>)[key]), 0);
  };
  return bytesOf(value);
}

describe.each(CLOUDS.map((cloud) => [cloud.name, cloud] as const))('the memory of cloud=%s', (name, cloud) => {
  it.each([8, 128])('is what its tables and buffers take with %i tags', (tags) => {
    const configuration = parseConfiguration(example(name, { tags }), target);
    const board = simBoard(() => new HandScanner());
    const device = { board, firmware: '1', remote: undefined, restart: () => undefined, notice: () => undefined };
    const held = heldBytes(cloud.make(configuration, device), board);
    const told = cloud.memory?.(configuration) ?? 0;
    expect(held - told).toBeLessThanOrEqual(SMALL);
    expect(told - held).toBeLessThanOrEqual(SMALL);
  });

  it('counts with what it raises, on a board whose memory is full without it', () => {
    const parsed = parseConfiguration(example(name, {}), target);
    const { maxPayload, connection } = parsed;
    const buffers = maxPayload + connection.transmitArenaSize! + connection.receiveBufferSize!;
    const memory = buffers + connection.maxInFlight! * 16 + parsed.tags!.memory + (cloud.memory?.(parsed) ?? 0);
    expect(() => parseConfiguration(example(name, {}), { ...target, memory })).not.toThrow();
    expect(() => parseConfiguration(example(name, {}), { ...target, memory: memory - 1 })).toThrow(
      new RegExp(`^tags, outbox, maxPayload.* take ${memory} bytes, but this board has room for ${memory - 1}$`),
    );
  });

  it('fits an ESP32 with the defaults', () => {
    const esp32 = { ...ESP32_LIMITS, ...target, tags: { ...ESP32_LIMITS.tags, parse: parseTagConfiguration } };
    expect(parseConfiguration(example(name, { ssid: 'shed' }), esp32).cloud).toBe(name);
  });
});
