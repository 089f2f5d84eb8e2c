import { EVENT_GRID_LIMITS } from '../../../src/cloud/event-grid/limits.js';
import type { CloudConnect, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';

/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;

/**
 * A namespace of Event Grid whose clients log in with a certificate that has their authentication name, and may
 * publish and subscribe in the topic space `{prefix}#` (contract emulation).
 */
export class EventGridRules implements CloudRules {
  readonly limits = EVENT_GRID_LIMITS;
  readonly faults: Fault[] = [];
  voice!: CloudVoice;

  constructor(private readonly prefix: string) {}

  authenticate({ username, certificate }: CloudConnect): number {
    if (certificate !== undefined && certificate === username) return 0;
    this.faults.push({ id: 'login', detail: `${username} with a certificate of ${certificate}` });
    return REFUSED;
  }

  mayPublish(_clientId: string, topic: string): boolean {
    return this.mayUse(topic);
  }

  maySubscribe(_clientId: string, filter: string): boolean {
    return this.mayUse(filter);
  }

  onPublish(): void {}

  private mayUse(topic: string): boolean {
    const may = topic.startsWith(this.prefix);
    if (!may) this.faults.push({ id: 'topic', detail: topic });
    return may;
  }
}
