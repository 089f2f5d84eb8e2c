import { describe, expect, it } from 'vitest';
import { BleScanner } from '../../../boards/esp32/ble-scanner.js';
import type { BleObserver, ObserverListener } from '../../../boards/esp32/ble-scanner.js';
import type { Advertisement } from '../../../src/hal/index.js';
import { VirtualBoard } from '../moddable/support/platform.js';

const SCAN = { intervalMilliseconds: 100, windowMilliseconds: 50, active: false };

/**
 * The SDK's BLE client as modules/network/ble/nimble says: one radio, which closes from the event loop, a second after
 * it was asked to; it is ready from the event loop; it throws when it scans already.
 */
class Radio {
  scans: object[] = [];
  listener: ObserverListener | undefined;
  exists = false;
  scanning = false;
  broken = false;

  constructor(private readonly board: VirtualBoard) {}

  create(listener: ObserverListener): BleObserver {
    if (this.exists) throw new Error('BLE already initialized');
    this.exists = true;
    this.listener = listener;
    let closed = false;
    this.later(20, () => closed || listener.onReady());
    return {
      startScanning: (options) => {
        if (closed) throw new Error('instance closed');
        if (this.scanning || this.broken) throw new Error('already scanning');
        this.scanning = true;
        this.scans.push(options);
      },
      stopScanning: () => {
        if (closed) throw new Error('instance closed');
        this.scanning = false;
      },
      close: () => {
        closed = true;
        this.scanning = false;
        this.later(1000, () => (this.exists = false));
      },
    };
  }

  hear(address: number[], bytes: number[], rssi = -60, addressType = 1): void {
    this.listener!.onDiscovered({
      address: Uint8Array.from(address).buffer,
      addressType,
      rssi,
      scanResponse: Uint8Array.from(bytes).buffer,
    });
  }

  private later(milliseconds: number, callback: () => void): void {
    this.board.timers.create(callback).start(milliseconds);
  }
}

function bench(prepare: (radio: Radio) => void = () => {}) {
  const board = new VirtualBoard();
  const radio = new Radio(board);
  prepare(radio);
  const scanner = new BleScanner({
    createObserver: (listener) => radio.create(listener),
    makeTarget: (buffer) =>
      Object.assign(buffer, {
        set: (from: ArrayBuffer, reversed: boolean) => {
          if (buffer.byteLength !== from.byteLength) throw new RangeError('invalid buffer size');
          const bytes = new Uint8Array(from.slice(0));
          new Uint8Array(buffer).set(reversed ? bytes.reverse() : bytes);
        },
      }),
    timers: board.timers,
    log: board.log,
  });
  const heard: string[] = [];
  const handler = {
    onAdvertisement: (it: Advertisement) => {
      const bytes = Buffer.from(it.bytes.subarray(it.from, it.to)).toString('hex');
      heard.push([Buffer.from(it.address).toString('hex'), it.addressType, it.rssi, bytes].join(' '));
    },
  };
  return { board, radio, scanner, heard, handler };
}

describe('BleScanner', () => {
  it('scans once the radio is ready, with the duty that was asked for, duplicates included', () => {
    const { board, radio, scanner, handler } = bench();
    scanner.start(SCAN, handler);
    expect(radio.scanning).toBe(false);
    board.time.run(20);
    expect(radio.scans).toEqual([{ active: false, duplicates: true, interval: 160, window: 80, filterPolicy: 0 }]);
    scanner.start({ intervalMilliseconds: 20000, windowMilliseconds: 0, active: true }, handler);
    expect(radio.scans[1]).toEqual({ active: true, duplicates: true, interval: 16384, window: 4, filterPolicy: 0 });
  });

  it('gives advertisements of every length, the address as it is written', () => {
    const { board, radio, scanner, heard, handler } = bench();
    scanner.start(SCAN, handler);
    board.time.run(20);
    radio.hear([0x66, 0x55, 0x44, 0x33, 0x22, 0x11], [2, 1, 6], -60, 1);
    radio.hear([1, 2, 3, 4, 5, 6], [], 127, 0);
    radio.hear([1, 2, 3, 4, 5, 6], Array<number>(255).fill(7), -127, 3);
    radio.hear([1, 2, 3, 4, 5, 6], Array<number>(256).fill(7));
    expect(heard).toEqual([
      '112233445566 1 -60 020106',
      '060504030201 0 127 ',
      `060504030201 1 -127 ${'07'.repeat(255)}`,
    ]);
  });

  it('reuses one advertisement and its bytes', () => {
    const { board, radio, scanner } = bench();
    const seen = new Set<unknown>();
    scanner.start(SCAN, { onAdvertisement: (it) => [it, it.bytes, it.address].forEach((part) => seen.add(part)) });
    board.time.run(20);
    for (let i = 0; i < 5; i++) radio.hear([1, 2, 3, 4, 5, 6], Array<number>(10 * i).fill(i));
    expect(seen.size).toBe(3);
  });

  it('gives none after stop, and none while paused', () => {
    const { board, radio, scanner, heard, handler } = bench();
    scanner.start(SCAN, handler);
    board.time.run(20);
    scanner.pause();
    expect(radio.scanning).toBe(false);
    radio.hear([1, 2, 3, 4, 5, 6], [1]);
    scanner.resume();
    expect(radio.scanning).toBe(true);
    radio.hear([1, 2, 3, 4, 5, 6], [2]);
    scanner.stop();
    scanner.stop();
    radio.hear([1, 2, 3, 4, 5, 6], [3]);
    expect(heard).toEqual(['060504030201 1 -60 02']);
    scanner.resume();
    expect(radio.scanning).toBe(false);
  });

  it('begins to scan only after a pause when it was started in it', () => {
    const { board, radio, scanner, handler } = bench();
    scanner.pause();
    scanner.start(SCAN, handler);
    board.time.run(100);
    expect(radio.scanning).toBe(false);
    scanner.resume();
    expect(radio.scanning).toBe(true);
  });

  it('restarts the radio, and scans again when it was started meanwhile', () => {
    const { board, radio, scanner, handler, heard } = bench();
    scanner.start(SCAN, handler);
    board.time.run(20);
    scanner.stop();
    scanner.reset();
    scanner.start(SCAN, handler);
    board.time.run(1999);
    expect(radio.scanning).toBe(false);
    board.time.run(21);
    expect([radio.scanning, scanner.restarts]).toEqual([true, 1]);
    radio.hear([1, 2, 3, 4, 5, 6], [4]);
    expect(heard.length).toBe(1);
    expect(board.lines).toEqual([]);
  });

  it('waits for a radio that takes longer to close, and says so', () => {
    const { board, radio, scanner, handler } = bench((radio) => (radio.exists = true));
    scanner.start(SCAN, handler);
    expect(board.lines).toEqual(['Bluetooth: cannot start the radio: BLE already initialized; next attempt in 2 s']);
    board.time.run(2000);
    radio.exists = false;
    board.time.run(2020);
    expect(radio.scanning).toBe(true);
  });

  it('survives a radio that does not scan', () => {
    const { board, radio, scanner, handler } = bench();
    radio.broken = true;
    scanner.start(SCAN, handler);
    board.time.run(20);
    expect(board.lines).toEqual(['Bluetooth: cannot scan: already scanning']);
    radio.broken = false;
    scanner.stop();
    scanner.start(SCAN, handler);
    expect(radio.scanning).toBe(true);
  });
});
