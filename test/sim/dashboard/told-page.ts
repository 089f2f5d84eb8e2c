import type { DashboardSource } from '../../../sim/dashboard/source.js';
import type { ControlName, GatewayState, TagState, ToPage } from '../../../sim/page/protocol.js';

/** What a page would know of a source. */
export class ToldPage<Source extends DashboardSource = DashboardSource> {
  readonly texts: ToPage[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(readonly source: Source) {
    this.texts.push(...source.snapshot());
    source.watch((text) => {
      // It begins anew.
      if (text.type === 'hello') this.texts.length = 0;
      this.texts.push(text);
      if (text.type === 'hello') return;
      for (const look of [...this.waiting]) look();
    });
  }

  /** Resolves when `find` finds something. */
  until<T>(find: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined || found === false) return;
        const at = this.waiting.indexOf(look);
        if (at >= 0) this.waiting.splice(at, 1);
        resolve(found);
      };
      this.waiting.push(look);
      look();
    });
  }

  of<Type extends ToPage['type']>(type: Type): Extract<ToPage, { type: Type }>[] {
    return this.texts.filter((text): text is Extract<ToPage, { type: Type }> => text.type === type);
  }

  get controls(): readonly ControlName[] {
    return this.of('hello').at(-1)!.controls;
  }

  get gateway(): GatewayState {
    return this.of('state').at(-1)!.gateways[0]!;
  }

  get link(): string {
    return this.of('state').at(-1)!.brokers[0]!.text!;
  }

  get tags(): Map<string, TagState> {
    return new Map(this.of('tags').flatMap(({ tags }) => tags.map((tag) => [tag.id, tag])));
  }

  get lines(): string[] {
    return this.of('log').flatMap(({ lines }) => lines.map(({ text }) => text));
  }
}
