import { BLEClient } from 'bleclient';
import { Bytes } from 'btutils';
import type { BleObserver, Discovery, ObserverListener, TargetBuffer } from './ble-scanner.js';

/**
 * The SDK's `BLEClient` without its wrapping of events: `callback` is what its C code calls, and the class of the SDK
 * would copy both buffers of an advertisement once more.
 */
export class Observer extends BLEClient implements BleObserver {
  constructor(private readonly listener: ObserverListener) {
    super();
  }

  callback(event: string, discovery: Discovery): void {
    if (event === 'onDiscovered') this.listener.onDiscovered(discovery);
    else if (event === 'onReady') this.listener.onReady();
  }
}

/** See `BleScannerOptions.makeTarget`. As a method, a function in C makes no object; `Function.call` makes one. */
export function makeTarget(buffer: ArrayBuffer): TargetBuffer {
  return Object.assign(buffer, { set: (Bytes.prototype as unknown as TargetBuffer).set });
}
