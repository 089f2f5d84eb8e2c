import type { DashboardSource } from '../../../sim/dashboard/source.js';
import type {
  ControlName,
  CoverageAt,
  FleetGateway,
  GatewayState,
  TagState,
  ToPage,
} from '../../../sim/page/protocol.js';

/** What a page would know of a source. */
export class ToldPage<Source extends DashboardSource = DashboardSource> {
  readonly texts: ToPage[] = [];
  readonly tags = new Map<string, TagState>();
  readonly fleet = new Map<string, FleetGateway>();
  readonly coverage = new Map<string, readonly CoverageAt[]>();
  private readonly waiting: (() => void)[] = [];

  constructor(readonly source: Source) {
    for (const text of source.snapshot()) this.take(text);
    source.watch((text) => {
      this.take(text);
      // What belongs to it follows.
      if (text.type !== 'hello') for (const look of [...this.waiting]) look();
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

  get lines(): string[] {
    return this.of('log').flatMap(({ lines }) => lines.map(({ text }) => text));
  }

  /** Between the last two texts of state nothing was told. */
  get isQuiet(): boolean {
    return this.texts.at(-1)?.type === 'state' && this.texts.at(-2)?.type === 'state';
  }

  private take(text: ToPage): void {
    if (text.type === 'hello') {
      // It begins anew.
      this.texts.length = 0;
      for (const map of [this.tags, this.fleet, this.coverage]) map.clear();
    }
    this.texts.push(text);
    if (text.type === 'tags') {
      for (const tag of text.tags) this.tags.set(tag.id, tag);
      for (const id of text.removed ?? []) this.tags.delete(id);
    }
    if (text.type === 'fleet') for (const gateway of text.gateways) this.fleet.set(gateway.name, gateway);
    if (text.type === 'coverage') {
      for (const { address, gateways } of text.tags) this.coverage.set(address, gateways);
      for (const address of text.removed ?? []) this.coverage.delete(address);
    }
  }
}
