import { Recorder } from '../../../src/device/recorder.js';
import type { Advertisement, ScanOptions, Scanner, ScannerHandler } from '../../../src/hal/index.js';
import type { IncomingMessage } from '../../../src/mqtt/index.js';

/*
 * A recorder with a scanner before it that makes nothing. Each export does its operation `count` times and returns how
 * many times it was seen to have happened.
 */

const advertisement: Advertisement = {
  address: Uint8Array.of(1, 2, 3, 4, 5, 6),
  addressType: 0,
  rssi: -60,
  bytes: new Uint8Array(31).fill(0x41),
  from: 0,
  to: 31,
};
const message: IncomingMessage = {
  topic: new Uint8Array(40).fill(0x61),
  topicFrom: 3,
  topicTo: 25,
  payload: new Uint8Array(300).fill(0x62),
  payloadFrom: 20,
  payloadTo: 220,
  offset: 0,
  total: 200,
  qos: 1,
  retain: false,
  dup: false,
  packetId: 7,
};

class Radio implements Scanner, ScannerHandler {
  handler: ScannerHandler | undefined;
  heard = 0;

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
  }

  stop(): void {}

  onAdvertisement(): void {
    this.heard++;
  }
}

let now = 0;
const clock = { now: () => now, unixTime: () => 0 };
const radio = new Radio();
const recorder = new Recorder(6144, { clock, scanner: radio });
recorder.scanner!.start({ intervalMilliseconds: 100, windowMilliseconds: 100, active: false }, radio);

export function recordAdvertisement(count: number): number {
  const before = radio.heard;
  for (let i = 0; i < count; i++) {
    now += 100;
    radio.handler!.onAdvertisement(advertisement);
  }
  return radio.heard - before;
}

export function recordMessage(count: number): number {
  for (let i = 0; i < count; i++) {
    now += 100;
    recorder.message(message);
  }
  return count;
}

export function recordConnection(count: number): number {
  for (let i = 0; i < count; i++) {
    now += 100;
    recorder.connected();
    recorder.disconnected();
  }
  return count;
}

const kept: Recorder[] = [];

/** What a recorder holds. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) kept.push(new Recorder(1024, { clock, scanner: radio }));
  return count;
}
