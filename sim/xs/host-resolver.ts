import { Event } from '../../boards/xsnap/channel.js';
import type { Resolver, ResolverHandler } from '../../src/hal/index.js';
import type { EventSource, EventWriter } from './event-writer.js';

/** The firmware's question to the resolver, and its answer. */
export class HostResolver implements EventSource, ResolverHandler {
  private answer: { event: Event.resolved | Event.unresolved; text: string } | undefined;

  constructor(
    private readonly resolver: Resolver,
    private readonly wake: () => void,
  ) {}

  resolve(host: string): void {
    this.answer = undefined;
    this.resolver.resolve(host, this);
  }

  cancel(): void {
    this.answer = undefined;
    this.resolver.cancel();
  }

  next(event: EventWriter): boolean {
    const { answer } = this;
    if (answer === undefined) return false;
    this.answer = undefined;
    event.begin(answer.event);
    event.text(answer.text);
    return true;
  }

  // ResolverHandler

  onResolved(address: string): void {
    this.answer = { event: Event.resolved, text: address };
    this.wake();
  }

  onUnresolved(detail: string): void {
    this.answer = { event: Event.unresolved, text: detail };
    this.wake();
  }
}
