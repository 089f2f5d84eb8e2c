import type { Delivery } from '../../src/brokers/index.js';
import type {
  BrokerEntry,
  BrokerList,
  ConsoleBindings,
  Entry,
  EntryList,
  ReceivedList,
  SubscriptionEntry,
} from '../../src/console/bindings.js';
import { Scripts } from '../../src/console/bindings/scripts.js';
import { Console } from '../../src/console/console.js';
import { ConsoleLog } from '../../src/console/log.js';
import { Slices } from '../../src/console/slices.js';
import type { Store } from '../../src/hal/index.js';

type Properties = { [name: string]: string };

/** An entry that keeps what it is given. */
export class FakeEntry implements Entry {
  constructor(public values: Properties) {}

  property(name: string): string {
    return this.values[name] ?? '';
  }
}

export class FakeList implements EntryList {
  readonly list: FakeEntry[] = [];

  constructor(
    private readonly standard: Properties = {},
    ...entries: Properties[]
  ) {
    for (const entry of entries) this.add(entry);
  }

  add(properties: Properties): FakeEntry {
    const entry = new FakeEntry({ ...this.standard, ...properties });
    this.list.push(entry);
    return entry;
  }

  set(entry: Entry, properties: Properties): void {
    (entry as FakeEntry).values = { ...(entry as FakeEntry).values, ...properties };
  }

  remove(entry: Entry): void {
    this.list.splice(this.list.indexOf(entry as FakeEntry), 1);
  }
}

const BROKER_DEFAULTS: Properties = {
  port: '1883',
  ssl: 'no',
  'auto-connect': 'no',
  'keep-alive': '60',
  'parallel-scripts-limit': 'off',
  'clean-session': 'yes',
  'will-qos': '0',
  'will-retain': 'no',
};

export class FakeBroker implements BrokerEntry {
  connected = false;
  readonly subscriptions: SubscriptionEntry[] = [];
  readonly published: unknown[] = [];
  private gate: Promise<void> | undefined;

  constructor(public values: Properties) {}

  get name(): string {
    return this.values['name'] ?? '';
  }

  property(name: string): string {
    if (name === 'connected') return this.connected ? 'yes' : 'no';
    return this.values[name] ?? '';
  }

  async connect(): Promise<void> {
    if (this.values['address'] === 'away') throw new Error('broker: unreachable\nat once');
    await this.gate;
    this.connected = true;
  }

  /** Lets `connect` wait until the function that is returned is called. */
  hold(): () => void {
    let release = (): void => {};
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async disconnect(): Promise<void> {
    this.connected = false;
  }

  async publish(topic: string, message: string | Uint8Array, options: object = {}): Promise<Delivery> {
    this.published.push({ topic, message, ...options });
    return { delivered: true, reason: '' };
  }

  async subscribe(topic: string, options: { qos?: number } = {}): Promise<void> {
    this.subscriptions.push({ topic, qos: options.qos ?? 0, onMessage: '' });
  }

  async unsubscribe(topic: string): Promise<void> {
    const index = this.subscriptions.findIndex((subscription) => subscription.topic === topic);
    if (index < 0) throw new Error('no subscription to ' + topic);
    this.subscriptions.splice(index, 1);
  }
}

export class FakeReceived implements ReceivedList {
  lost = 0;
  readonly messages: { broker: string; topic: string; text: string; unixTime: number }[] = [];

  get count(): number {
    return this.messages.length;
  }

  broker(index: number): string {
    return this.messages[index]!.broker;
  }

  topic(index: number): string {
    return this.messages[index]!.topic;
  }

  text(index: number): string {
    return this.messages[index]!.text;
  }

  unixTime(index: number): number {
    return this.messages[index]!.unixTime;
  }

  clear(): void {
    this.messages.length = 0;
  }
}

export class FakeBrokers implements BrokerList {
  readonly list: FakeBroker[] = [];
  readonly received = new FakeReceived();

  find(name: string): FakeBroker | undefined {
    return this.list.find((broker) => broker.name === name);
  }

  add(properties: Properties): FakeBroker {
    if (!properties['name']) throw new RangeError('name is required');
    if (properties['address'] === 'echo') throw new RangeError('refused: ' + JSON.stringify(properties));
    const broker = new FakeBroker({ ...BROKER_DEFAULTS, ...properties });
    this.list.push(broker);
    return broker;
  }

  set(broker: BrokerEntry, properties: Properties): void {
    (broker as FakeBroker).values = { ...(broker as FakeBroker).values, ...properties };
  }

  remove(broker: BrokerEntry): void {
    this.list.splice(this.list.indexOf(broker as FakeBroker), 1);
  }
}

/** A store without Node, since XS runs this file as well. */
class FakeStore implements Store {
  private readonly values = new Map<string, Uint8Array>();

  read(key: string, into: Uint8Array): number {
    const value = this.values.get(key);
    if (value && value.length <= into.length) into.set(value);
    return value ? value.length : -1;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    this.values.set(key, bytes.slice(from, to));
    return true;
  }

  remove(key: string): boolean {
    this.values.delete(key);
    return true;
  }
}

/** Those that the menu of tags declares. */
const TAG_PROPERTIES = ['address-type', 'address', 'name', 'beacon-types', 'rssi', 'last-seen', 'last-data'];

/** A console on bindings in memory, and what it wrote. */
export class Bench {
  text = '';
  readonly brokers = new FakeBrokers();
  readonly scripts = new Scripts(new FakeStore(), 16);
  readonly schedules = new FakeList({ 'start-time': 'startup' });
  readonly log = new ConsoleLog({ now: () => 0, unixTime: () => Date.UTC(2023, 4, 22, 10, 19, 15) }, { capacity: 8 });
  readonly delays: number[] = [];
  readonly resource = new FakeEntry({
    'cpu-load': '13',
    'free-memory': '19632128',
    'total-memory': '67108864',
    uptime: '8478',
    version: '7.9',
    'board-name': 'sim',
    platform: 'node',
  });
  readonly identity = Object.assign(new FakeEntry({ name: 'knot' }), {
    set: (properties: Properties) => {
      this.identity.values = { ...this.identity.values, ...properties };
    },
  });
  readonly scanners = new FakeList({}, { name: 'bt1', type: 'passive', interval: '100', window: '60' });
  readonly whitelist = new FakeList({ device: 'bt1', 'address-type': 'any' });
  advertisements: Properties[] = [];
  readonly devices: Properties[] = [
    { address: 'AA:BB:CC:DD:EE:01', rssi: '-50', temperature: '21.5' },
    { address: 'AA:BB:CC:DD:EE:02', rssi: '-70' },
  ];
  readonly bindings: ConsoleBindings;
  readonly console: Console;

  constructor(
    options: ConstructorParameters<typeof Console>[2] = {},
    turn: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.bindings = {
      brokers: this.brokers,
      log: this.log,
      scripts: this.scripts,
      schedules: this.schedules,
      system: {
        resource: this.resource,
        routerboard: new FakeEntry({ model: 'RB924i-2nD-BT5&BG77', 'serial-number': 'E9C80EAEXXXX' }),
        packages: [
          new FakeEntry({ name: 'iot', version: '7.9' }),
          new FakeEntry({ name: 'routeros-mmips', version: '7.9' }),
        ],
        identity: this.identity,
      },
      bluetooth: {
        scanners: this.scanners,
        whitelist: this.whitelist,
        advertisements: {
          rows: () => this.advertisements.map((_, row) => row),
          property: (row, name) => this.advertisements[row]?.[name] ?? '',
          clear: () => void (this.advertisements.length = 0),
        },
        devices: {
          rows: () => this.devices.map((_, row) => row),
          property: (row, name) => this.devices[row]![name] ?? '',
          namesOf: (row) => Object.keys(this.devices[row]!).filter((name) => !TAG_PROPERTIES.includes(name)),
        },
        decode: (bytes) => ({ format: 'ruuvi5', length: String(bytes.length) }),
      },
      slices: new Slices(turn),
      delay: async (milliseconds) => void this.delays.push(milliseconds),
    };
    const output = { write: (text: string) => void (this.text += text) };
    this.console = new Console(this.bindings, output, { deviceName: () => 'knot', ...options });
  }

  /** What executing the lines writes, one after another. */
  async type(...lines: string[]): Promise<string> {
    this.text = '';
    for (const line of lines) await this.console.execute(line);
    return this.text;
  }
}
