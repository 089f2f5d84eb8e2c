import { createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import { MemoryStore, NodeCiphers } from '../../../sim/hal/index.js';
import { PlainTagProfile, writeReportJson } from '../../../src/cloud/index.js';
import { PayloadSeal, SEAL_HEADER, SEAL_LENGTH } from '../../../src/cloud/seal/payload-seal.js';
import { AeadMode } from '../../../src/hal/index.js';
import type { Entropy, Store } from '../../../src/hal/index.js';
import { sdkCrypt } from '../../boards/moddable/support/sdk-crypt.js';
import { anyReport } from '../../telemetry/readings.js';
import { expectWholeOrRefused, payload } from '../reports.js';

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);

/** Numbers that differ from each other, and repeat with every run. */
class CountingEntropy implements Entropy {
  private last = 0;

  uint32(): number {
    return Math.imul(++this.last, 0x9e3779b1) >>> 0;
  }
}

interface Parts {
  mode: number;
  sender: string;
  counter: number;
  text: string;
}

/** Opens an envelope as docs/sealed-payloads.md says. */
function open(bytes: Uint8Array, key = KEY): Parts {
  const mode = bytes[0]!;
  const name = `aes-${8 * key.length}-${mode === 1 ? 'gcm' : 'ccm'}` as 'aes-128-ccm';
  const decipher = createDecipheriv(name, key, bytes.subarray(1, 13), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(-16));
  decipher.setAAD(bytes.subarray(0, 13), { plaintextLength: bytes.length - 29 });
  const text = decipher.update(bytes.subarray(13, -16)).toString();
  decipher.final();
  const view = Buffer.from(bytes);
  return { mode, sender: view.toString('hex', 1, 7), counter: view.readUIntBE(7, 6), text };
}

function sealed(seal: PayloadSeal, text: string): Uint8Array {
  const plain = Buffer.from(text);
  const into = new Uint8Array(plain.length + SEAL_LENGTH + 10).fill(0xee);
  into.set(plain, 5 + SEAL_HEADER);
  const length = seal.seal(into, 5, plain.length);
  expect(length).toBe(plain.length + SEAL_LENGTH);
  expect([...into.subarray(0, 5), ...into.subarray(5 + length)]).toEqual(new Array(10).fill(0xee));
  return into.subarray(5, 5 + length);
}

const makeSeal = (store: Store, entropy: Entropy = new CountingEntropy(), mode = AeadMode.gcm): PayloadSeal =>
  new PayloadSeal(mode, KEY, new NodeCiphers(), store, entropy);

describe('PayloadSeal', () => {
  it.each([
    ['NodeCiphers', new NodeCiphers(), AeadMode.gcm],
    ['NodeCiphers', new NodeCiphers(), AeadMode.ccm],
    ['SdkCiphers', new SdkCiphers(sdkCrypt), AeadMode.gcm],
    ['SdkCiphers', new SdkCiphers(sdkCrypt), AeadMode.ccm],
  ])('seals what its readers open, with %s, mode %#', (_name, ciphers, mode) => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const seal = new PayloadSeal(mode, key, ciphers, new MemoryStore(), new CountingEntropy());
    const first = open(sealed(seal, '{"temperature":23.38}'), key);
    const second = open(sealed(seal, ''), key);
    expect(first).toEqual({ mode, sender: first.sender, counter: 0, text: '{"temperature":23.38}' });
    expect(second).toEqual({ mode, sender: first.sender, counter: 1, text: '' });
  });

  it('goes on behind the counters that were set aside, after a restart', () => {
    const store = new MemoryStore();
    const entropy = new CountingEntropy();
    const seal = makeSeal(store, entropy);
    const { sender } = open(sealed(seal, 'a'));
    expect(open(sealed(makeSeal(store, entropy), 'b'))).toMatchObject({ sender, counter: 1024 });
    // A start that seals nothing uses none.
    makeSeal(store, entropy);
    expect(open(sealed(makeSeal(store, entropy), 'c'))).toMatchObject({ sender, counter: 2048 });
  });

  it('counts over 2^32', () => {
    const store = new MemoryStore();
    store.write('seal', Uint8Array.of(1, 2, 3, 4, 5, 6, 0, 0, 0xff, 0xff, 0xff, 0xff), 0, 12);
    const seal = makeSeal(store);
    expect(open(sealed(seal, 'a'))).toMatchObject({ sender: '010203040506', counter: 2 ** 32 - 1 });
    expect(open(sealed(seal, 'a'))).toMatchObject({ sender: '010203040506', counter: 2 ** 32 });
  });

  it('never uses a nonce twice, whatever power and store do', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ payloads: fc.integer({ min: 1, max: 1500 }) }),
        fc.constantFrom('restart', 'refuse', 'accept', 'lose', 'damage'),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const memory = new MemoryStore();
        let refuses = false;
        const store: Store = {
          read: (key, into) => memory.read(key, into),
          write: (key, bytes, from, to) => !refuses && memory.write(key, bytes, from, to),
          remove: (key) => memory.remove(key),
        };
        const entropy = new CountingEntropy();
        let seal = makeSeal(store, entropy);
        const seen = new Set<string>();
        let count = 0;
        const into = new Uint8Array(SEAL_LENGTH + 1);
        for (const step of list) {
          if (step === 'restart') seal = makeSeal(store, entropy);
          else if (step === 'refuse' || step === 'accept') refuses = step === 'refuse';
          else if (step === 'lose') memory.remove('seal');
          else if (step === 'damage') memory.write('seal', Uint8Array.of(1, 2, 3), 0, 3);
          else {
            for (let i = 0; i < step.payloads; i++) {
              seal.seal(into, 0, 1);
              seen.add(Buffer.from(into.subarray(1, 13)).toString('hex'));
              count++;
            }
          }
        }
        expect(seen.size).toBe(count);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a key of a wrong length', () => {
    expect(
      () =>
        new PayloadSeal(AeadMode.gcm, new Uint8Array(5), new NodeCiphers(), new MemoryStore(), new CountingEntropy()),
    ).toThrow(new RangeError('an AES key must have 16 or 32 bytes, got 5'));
  });
});

describe('a PlainTagProfile with a seal', () => {
  it('seals reports of any kind', () => {
    const profile = new PlainTagProfile({ gateway: 'g' }, makeSeal(new MemoryStore()));
    fc.assert(
      fc.property(anyReport, (report) => {
        const plain = payload((into, from, to) => writeReportJson(report, into, from, to)).toString();
        const bytes = payload((into, from, to) => profile.writePayload(report, 0, into, from, to));
        expect(open(bytes).text).toBe(plain);
      }),
      { numRuns: 50 },
    );
  });

  it('is whole or refused, at every size, and stays in its range', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expectWholeOrRefused((into, from, to) => {
          // The counter goes on, so each has a seal of its own.
          const profile = new PlainTagProfile({ gateway: 'g' }, makeSeal(new MemoryStore()));
          return profile.writePayload(report, 0, into, from, to);
        });
      }),
      { numRuns: 10 },
    );
  });
});
