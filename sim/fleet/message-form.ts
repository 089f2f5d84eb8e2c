import { indexesOf, deviceName } from './plan.js';
import type { DeviceRange, FleetPlan } from './plan.js';

/** Called for each reading in a payload: the start of the device, the counter since then, and when it was made. */
export type NoteReading = (boot: number, counter: number, unixTime: number) => void;

/** How the messages of a fleet look: where its devices publish, and where in a payload counter and time are. */
export class MessageForm {
  private readonly topic: RegExp;
  private readonly templates: readonly string[];

  /** `template`: the key `topic` of the plain profile. */
  constructor(
    private readonly plan: FleetPlan,
    prefix: string,
    template: string,
    private readonly payload: RegExp = PLAIN_JSON,
  ) {
    const placed = template.replaceAll('{prefix}', prefix);
    this.templates = placed.includes('{kind}')
      ? ['tags', 'presence'].map((kind) => placed.replaceAll('{kind}', kind))
      : [placed];
    const pattern = placed
      .split(/(\{\w+\})/)
      .map((part) => (part === '{gateway}' ? `${escape(plan.name)}-(\\d+)` : /^\{/.test(part) ? '[^/]*' : escape(part)))
      .join('');
    this.topic = new RegExp(`^${pattern}$`);
  }

  /** What is subscribed to: all devices by wildcards, or with several shards each device of the range by its name. */
  filters(plan: FleetPlan, range: DeviceRange): string[] {
    const names = plan.shard.count === 1 ? [undefined] : indexesOf(range).map((index) => deviceName(plan, index));
    return this.templates.flatMap((template) => names.map((name) => filterOf(template, name)));
  }

  /** The index of the device that publishes on `topic`, from 0; NaN when it is none of the fleet. */
  device(topic: string): number {
    return Number(this.topic.exec(topic)?.[1] ?? NaN) - this.plan.startNumber;
  }

  /** Tells each reading in `payload`; false when there is none. */
  read(payload: string, note: NoteReading): boolean {
    const { payload: pattern } = this;
    pattern.lastIndex = 0;
    let found = false;
    for (let match = pattern.exec(payload); match; match = pattern.exec(payload)) {
      const { boot = '0', counter, time } = match.groups!;
      note(Number(boot), Number(counter), Number(time));
      found = true;
    }
    return found;
  }
}

/** A reading or a presence report as the plain profile writes it. */
const PLAIN_JSON = /"id":"(?<boot>\d+)\/(?<counter>\d+)".*?"time":(?<time>\d+)/g;

/** The level with the name of the gateway is `name`, or a wildcard; other fields are wildcards. */
function filterOf(template: string, name: string | undefined): string {
  return template
    .split('/')
    .map((level) => {
      const named = name === undefined ? level : level.replaceAll('{gateway}', name);
      return named.includes('{') ? '+' : named;
    })
    .join('/');
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
