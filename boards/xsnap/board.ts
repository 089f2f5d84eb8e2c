import type { Board, Entropy, Log, Network } from '../../src/hal/index.js';
import { Call, ChannelSize } from './channel.js';
import { Calls } from './calls.js';
import { ChannelClock } from './clock.js';
import { ChannelResolver } from './resolver.js';
import { ChannelScanner } from './scanner.js';
import { ChannelStore } from './store.js';
import { ChannelTimers } from './timers.js';
import { ChannelTransport } from './transport.js';

/** XS on a desktop, in the process xsnap-worker: all that the engine does not have is asked of the host. */
export class XsnapBoard implements Board, Entropy, Log, Network {
  readonly name = 'xsnap';
  /** The event that is being handled. */
  readonly event = new Uint8Array(ChannelSize.command);
  readonly calls = new Calls();
  readonly clock = new ChannelClock();
  readonly timers = new ChannelTimers(this.calls);
  readonly resolver = new ChannelResolver(this.calls);
  readonly transport = new ChannelTransport(this.calls);
  readonly scanner = new ChannelScanner(this.calls, this.event);
  readonly store = new ChannelStore(this.calls);
  readonly entropy: Entropy = this;
  readonly network: Network = this;
  readonly log: Log = this;

  /** Of the network. */
  up = false;
  private listener: ((up: boolean) => void) | undefined;

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  uint32(): number {
    return new DataView(this.calls.issue(Call.entropy, 0, 0, 0, 0)).getUint32(0, true);
  }

  line(text: string): void {
    this.calls.issueText(Call.log, 0, text);
  }

  /** The host's network went up or down. */
  networkChanged(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.listener?.(up);
  }
}
