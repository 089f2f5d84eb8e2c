import { deviceName, indexesOf } from './plan.js';
import type { DeviceRange, FleetPlan } from './plan.js';
import { escapePattern, Template } from './template.js';

/** Called for each reading in a payload: the start of the device, the counter since then, and when it was made. */
export type NoteReading = (boot: number, counter: number, unixTime: number) => void;

/** Where the devices of a fleet publish, and what: with it the subscriber finds counters and times. */
export interface MessageFormOptions {
  readonly prefix: string;
  /** The key `topic` of the plain profile, or a template of the fleet. */
  readonly topic: string;
  /** Absent: JSON of the plain profile. */
  readonly payload?: string;
}

/** A reading or a presence report as the plain profile writes it. */
const PLAIN_JSON = /"id":"(?<boot>\d+)\/(?<counter>\d+)".*?"time":(?<time>\d+)/g;
/** The fields of both kinds of topics that are the same for a device. */
const NAMES = ['{name}', '{gateway}'];

/** How the messages of a fleet look. */
export class MessageForm {
  private readonly topic: RegExp;
  private readonly payload: RegExp;
  private readonly topics: readonly string[];

  constructor(
    private readonly plan: FleetPlan,
    { prefix, topic, payload }: MessageFormOptions,
  ) {
    const placed = topic.replaceAll('{prefix}', prefix);
    this.topics = placed.includes('{kind}')
      ? ['tags', 'presence'].map((kind) => placed.replaceAll('{kind}', kind))
      : [placed];
    this.topic = topicPattern(placed, plan.name);
    this.payload = payload === undefined ? PLAIN_JSON : payloadPattern(payload);
  }

  /** What is subscribed to: all devices by wildcards, or with several shards each device of the range by its name. */
  filters(range: DeviceRange): string[] {
    const { plan } = this;
    const indexes = plan.shard.count === 1 ? [undefined] : indexesOf(range);
    const filters = this.topics.flatMap((topic) => indexes.map((index) => filterOf(topic, plan, index)));
    return [...new Set(filters)];
  }

  /** The index of the device that publishes on `topic`, from 0; NaN when it is none of the fleet. */
  device(topic: string): number {
    return Number(this.topic.exec(topic)?.groups!['number'] ?? NaN) - this.plan.startNumber;
  }

  /** Tells each reading in `payload`, whose characters are bytes; false when there is none. */
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

function topicPattern(topic: string, name: string): RegExp {
  let isNamed = false;
  const parts = topic.split(/(\{[^{}]+\})/).map((part) => {
    const isName = NAMES.includes(part);
    if (!isNamed && (isName || part === '{number}')) {
      isNamed = true;
      return `${isName ? escapePattern(name) + '-' : ''}(?<number>\\d+)`;
    }
    return part.startsWith('{') ? '[^/]*' : escapePattern(part);
  });
  return new RegExp(`^${parts.join('')}$`);
}

function payloadPattern(payload: string): RegExp {
  const pattern = new Template('--payload', payload).pattern((field, nth) => {
    const isNumber = field === 'counter' || field === 'time' || field === 'number';
    if ((field === 'counter' || field === 'time') && nth === 0) return `(?<${field}>\\d+)`;
    return isNumber ? '\\d+' : undefined;
  });
  return new RegExp(`^${pattern}$`, 'g');
}

/** Levels with the name or the number of a device are filled in, or a wildcard; other fields are wildcards. */
function filterOf(topic: string, plan: FleetPlan, index: number | undefined): string {
  const levels = topic.split('/').map((level) => {
    let named = level;
    if (index !== undefined) {
      for (const field of NAMES) named = named.replaceAll(field, deviceName(plan, index));
      named = named.replaceAll('{number}', String(plan.startNumber + index));
    }
    return named.includes('{') ? '+' : named;
  });
  return levels.join('/');
}
