import { encodeUtf8 } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';
import type { Answer, ControlName } from '../page/protocol.js';
import { FAULTS, makeFault, MODEL_FAULTS, parseFaults } from '../virtual/index.js';
import type { BrokerPlace, Device, Fault, FaultKind, FaultValues, VirtualWorld } from '../virtual/index.js';
import type { WorldFormat, WorldTag } from '../world/world-file.js';
import { Given } from './given.js';
import type { LiveWorld } from './live-world.js';
import { batteryOf, withBattery } from './world-tags.js';
import type { KnownTag } from './world-tags.js';

/** What the controls act on. */
export interface ControlHost {
  readonly live: LiveWorld;
  /** Times real time; 0: paused. */
  speed: number;
  readonly worlds: readonly string[];
  /** Throws `BadInput`. */
  loadWorld(name: string, seed: number): void;
}

/** What a request brings about; empty: it was done. */
type Done = Pick<Answer, 'why' | 'result'>;

const DAY = 86_400_000;
const MOST_OFF = 30 * DAY;
const MOST_JUMP = 3650 * DAY;
/** As fast as it goes. */
const FASTEST = 1e9;
const SLOWEST = 0.01;
const MOST_FAULTS = 100;
/** As a world file has them. */
const MOST_TAGS = 4096;
const FARTHEST = 1e6;
const LONGEST_NAME = 100;
const LONGEST_KEYS = 1024;
const LONGEST_POLICIES = 2048;
const LONGEST_CALL = 4096;
const MOST_CALLS = 32;
/** Milliseconds that an answer may take, of the world; and of real time, if that is less. */
const ANSWER_TIME = 60_000;
const PATIENCE = 30_000;

/** The controls of a simulated world, each by the world's own means. What a page sends is taken for anything. */
export class WorldControls {
  private calls = 0;
  private added = 0;
  /** Ends a call that waits for its answer, with this error. */
  private readonly waiting = new Set<(error: string) => void>();
  private readonly actions: { readonly [name in ControlName]?: (given: Given) => Done | Promise<Done> } = {
    wifi: (given) => this.wifi(given),
    broker: (given) => this.broker(given),
    fault: (given) => this.fault(given),
    heal: (given) => this.heal(given),
    powerCut: (given) => this.powerCut(given),
    clockJump: (given) => this.clockJump(given),
    pressButton: (given) => this.pressButton(given),
    moveTag: (given) => this.moveTag(given),
    warmTag: (given) => this.warmTag(given),
    tagBattery: (given) => this.tagBattery(given),
    addTag: (given) => this.addTag(given),
    removeTag: (given) => this.removeTag(given),
    policies: (given) => this.policies(given),
    speed: (given) => this.speed(given),
    loadWorld: (given) => this.loadWorld(given),
    type: (given) => this.type(given),
    call: (given) => this.call(given),
    why: (given) => this.why(given),
  };

  /**
   * `realBroker`: what is done by the broker model is absent. `onXs`: the firmware runs on XS as well, which knows only
   * what comes through a board.
   */
  constructor(
    private readonly host: ControlHost,
    private readonly realBroker = false,
    private readonly onXs = false,
  ) {}

  get names(): ControlName[] {
    const names = Object.keys(this.actions) as ControlName[];
    if (!this.realBroker) return names;
    // Without the model, policies do not come through the board.
    return names.filter((name) => !MODEL_CONTROLS.includes(name) && !(this.onXs && name === 'policies'));
  }

  /** Those that `fault` takes. */
  get faultKinds(): FaultKind[] {
    return FAULTS.filter(({ kind }) => !this.realBroker || !MODEL_FAULTS.includes(kind));
  }

  /** Does what a page asks for. Throws an Error of one line that says what is wrong and what is allowed. */
  async run(name: unknown, parameters: unknown): Promise<Done> {
    const { names } = this;
    if (!names.includes(name as ControlName)) {
      throw new RangeError(`there is no control ${showValue(name)}; the controls are ` + names.join(', '));
    }
    return this.actions[name as ControlName]!(new Given(parameters));
  }

  /** Calls that wait for their answers are over. */
  endCalls(error: string): void {
    for (const end of [...this.waiting]) end(error);
  }

  private get world(): VirtualWorld {
    return this.host.live.world;
  }

  // Network and brokers

  private wifi(given: Given): Done {
    const { world } = this;
    const device = this.device(given);
    const on = given.flag('on');
    // A desktop has a wire.
    const kind = device.gateway.board === 'desktop' ? 'blackout' : 'wifigone';
    const pulled = this.faultsOf(kind, 'gateway', device.index);
    if (on) for (const id of pulled) world.heal(id);
    else if (pulled.length === 0) this.inject(kind, { gateway: device.index }, true);
    return {};
  }

  private broker(given: Given): Done {
    const { world } = this;
    const broker = given.integer('broker', 0, world.brokers.length - 1);
    const action = given.word('action', ['restart', 'kill', 'start']);
    const keeps = given.has('keepSessions') ? given.flag('keepSessions') : true;
    const gone = [...this.faultsOf('refused', 'broker', broker), ...this.faultsOf('noanswer', 'broker', broker)];
    if (action === 'start') for (const id of gone) world.heal(id);
    else if (action === 'restart') this.inject('brokerrestart', { broker, sessions: keeps ? 'kept' : 'lost' });
    else if (gone.length === 0) {
      const { model, touch } = world.brokers[broker]!;
      this.inject('refused', { broker }, true);
      model.restart(keeps);
      touch();
    }
    return {};
  }

  // Faults

  private fault(given: Given): Done {
    const { world } = this;
    const text = given.text('text', 1, 200).trim();
    const [head = '', ...parameters] = text.split(/\s+/);
    const [, kind = '', length] = /^([^+@,]+)(\+[^+@,]+)?$/.exec(head) ?? [];
    if (kind === '' || parameters.some((one) => one.includes(','))) {
      const form = 'KIND or KIND+LENGTH and then parameters, such as "slow+1m bytes=1"';
      throw new RangeError(`text must be one fault without its time, ${form}, got ${showValue(text)}`);
    }
    if (this.realBroker && MODEL_FAULTS.includes(kind)) {
      throw new RangeError(`${kind} is a fault of the broker model, and the broker of this world is a real one`);
    }
    // One that is given no length lasts until somebody heals it.
    const lasts = FAULTS.some((row) => row.kind === kind && row.time === 'lasting');
    const ends = length === undefined && lasts ? '+1s' : (length ?? '');
    let fault: Fault;
    try {
      const written = [`${kind}@${Math.floor(world.now())}ms${ends}`, ...parameters].join(' ');
      [fault] = parseFaults(written, world.world) as [Fault];
    } catch (error) {
      const why = (error as Error).message.replace(/^fault "(?:[^"\\]|\\.)*": /, '');
      throw new RangeError(`text ${showValue(text)}: ${why}`);
    }
    this.begin(length === undefined && lasts ? { ...fault, for: Infinity } : fault);
    return {};
  }

  private heal(given: Given): Done {
    const id = given.integer('id', 1, Number.MAX_SAFE_INTEGER);
    if (this.world.heal(id)) return {};
    const ids = this.world.activeFaults.map((one) => one.id).join(', ');
    throw new RangeError(`id must be that of a fault that lasts, ${ids || 'and none does'}, got ${id}`);
  }

  private powerCut(given: Given): Done {
    const device = this.poweredDevice(given);
    const off = given.has('off') ? given.number('off', 0, MOST_OFF, ' ms') : 5000;
    this.inject('powercut', { gateway: device.index, off });
    return {};
  }

  private clockJump(given: Given): Done {
    const device = this.poweredDevice(given);
    const by = given.number('by', -MOST_JUMP, MOST_JUMP, ' ms');
    if (device.start!.clock.unixTime() === 0) {
      throw new RangeError(`${device.name} does not know the time of day yet: its clock cannot jump`);
    }
    this.inject('clockjump', { gateway: device.index, by });
    return {};
  }

  /** Places of faults of a kind that last at one gateway or broker. */
  private faultsOf(kind: string, place: string, index: number): number[] {
    return this.world.activeFaults
      .filter(({ fault }) => fault.kind === kind && ` ${fault.detail ?? ''} `.includes(` ${place}=${index} `))
      .map(({ id }) => id);
  }

  /** `untilHealed`: it lasts until somebody ends it. */
  private inject(kind: string, values: FaultValues, untilHealed = false): void {
    const { world } = this;
    const fault = makeFault(kind, Math.floor(world.now()), untilHealed ? 1 : undefined, values, world.world);
    this.begin(untilHealed ? { ...fault, for: Infinity } : fault);
  }

  private begin(fault: Fault): void {
    if (this.world.activeFaults.length >= MOST_FAULTS) {
      throw new RangeError(`${MOST_FAULTS} faults last already; heal one first`);
    }
    this.world.inject(fault);
  }

  // Tags

  private pressButton(given: Given): Done {
    const { air, name } = this.tag(given);
    if (!air.transmitter.hasButton) {
      throw new RangeError(`${name} has no button: only tags with the formats bthome and mikrotik-tg-bt5 have one`);
    }
    this.world.air.press(air.index);
    return {};
  }

  /** A tag that was put somewhere stays there; it keeps its height. */
  private moveTag(given: Given): Done {
    const { air } = this.tag(given);
    const [x, y] = given.position('position', FARTHEST);
    const place = new Float64Array(3);
    air.transmitter.position(this.world.now(), place);
    const tag: WorldTag = { ...air.transmitter.tag, position: [x, y, place[2]!] };
    delete tag.path;
    delete tag.velocity;
    air.transmitter.tag = tag;
    return {};
  }

  /** A tag that was warmed, or cooled, keeps that temperature. */
  private warmTag(given: Given): Done {
    const { air, name } = this.tag(given);
    const { tag } = air.transmitter;
    const celsius = given.number('temperature', -100, 125, ' °C');
    if (!tag.temperature) throw new RangeError(`${name} has no thermometer`);
    air.transmitter.tag = { ...tag, temperature: { celsius } };
    return {};
  }

  private tagBattery(given: Given): Done {
    const { air, name } = this.tag(given);
    const percent = given.number('percent', 0, 100, ' %');
    if (batteryOf(air.transmitter.tag) === undefined) throw new RangeError(`${name} does not tell of its battery`);
    air.transmitter.tag = withBattery(air.transmitter.tag, percent);
    air.flat = percent === 0;
    return {};
  }

  private addTag(given: Given): Done {
    const { world } = this;
    const format = given.word('format', TAG_FORMATS);
    const [x, y] = given.position('position', FARTHEST);
    const number = this.added + 1;
    const name = given.has('name') ? given.text('name', 1, LONGEST_NAME) : 'tag-' + number;
    if (/\p{Cc}/u.test(name)) throw new RangeError(`name must have no control characters, got ${showValue(name)}`);
    if (world.air.tags.length >= MOST_TAGS) {
      throw new RangeError(`the world has had ${MOST_TAGS} tags, which is the most that it may have`);
    }
    this.added = number;
    world.addTag(newTag(format, name, number, [x, y, 1]));
    return {};
  }

  private removeTag(given: Given): Done {
    this.world.air.removeTag(this.tag(given).air.index);
    return {};
  }

  private tag(given: Given): { air: VirtualWorld['air']['tags'][number]; name: string } {
    const { place, id } = this.knownTag(given);
    if (place < 0) throw new RangeError(`tag ${id} is none of the simulation's: a gateway has heard it, and no more`);
    return { air: this.world.air.tags[place]!, name: this.world.world.tags[place]!.name };
  }

  private knownTag(given: Given): KnownTag {
    const id = given.text('tag', 1, 64);
    const known = this.host.live.tags.find(id);
    if (known) return known;
    throw new RangeError(`tag must be the id of a tag that is there, such as an address, got ${showValue(id)}`);
  }

  private why(given: Given): Done {
    const { decisions, world } = this.host.live;
    const known = this.knownTag(given);
    const asked = given.has('gateway') ? this.device(given).index : undefined;
    // The one that heard it last.
    const gateway =
      asked ??
      decisions.reduce((best, one, i) => {
        return one.heardAt(known.address) > decisions[best]!.heardAt(known.address) ? i : best;
      }, 0);
    const reporter = world.devices[gateway]!.firmware?.gateway.reporter;
    const policy = reporter && decisions[gateway]!.policyOf(known.address, reporter.policies);
    return {
      why: {
        tag: known.id,
        gateway,
        ...(policy !== undefined && { policy }),
        decisions: decisions[gateway]!.of(known.address, known.format),
      },
    };
  }

  // The devices

  private type(given: Given): Done {
    const device = this.poweredDevice(given);
    const keys = given.text('text', 1, LONGEST_KEYS);
    // A terminal sends UTF-8.
    if (device.typeKeys(Array.from(encodeUtf8(keys), (byte) => String.fromCharCode(byte)).join(''))) return {};
    const { board } = device.gateway;
    const why = board === 'esp32' ? 'serialConsole is off in its settings' : `its board, ${board}, has none`;
    throw new RangeError(`${device.name} has no serial console: ${why}`);
  }

  private async policies(given: Given): Promise<Done> {
    const device = this.poweredDevice(given);
    const policy = given.text('text', 0, LONGEST_POLICIES);
    if (this.realBroker) setPolicies(device, policy);
    else await this.callDevice(device, 'policy.set', { policy });
    return {};
  }

  private async call(given: Given): Promise<Done> {
    const device = this.poweredDevice(given);
    const method = given.text('method', 1, 64);
    return { result: JSON.stringify(await this.callDevice(device, method, given.any('params'))) };
  }

  /** Calls a device by RPC, as a client of its broker, in the dialect of the cloud `plain`. */
  private callDevice(device: Device, method: string, params: unknown): Promise<unknown> {
    const { host, world } = this;
    const { name, gateway } = device;
    const { settings } = gateway;
    const base = String(settings['prefix'] ?? 'tagwire') + '/' + String(settings['gateway'] ?? name);
    const payload = encodeUtf8(JSON.stringify({ method, ...(params !== undefined && { params }) }));
    if (payload.length > LONGEST_CALL) {
      throw new RangeError(`params: the call must have at most ${LONGEST_CALL} bytes, got ${payload.length}`);
    }
    if (this.waiting.size >= MOST_CALLS) throw new RangeError(`${MOST_CALLS} calls wait for their answers already`);
    if (host.speed === 0) throw new RangeError('the world is paused: nobody would answer');
    const { model, touch } = this.brokerOf(device, base);
    const time = Math.min(ANSWER_TIME, PATIENCE * host.speed);
    const id = 'page' + ++this.calls;
    return new Promise((resolve, reject) => {
      const end = (error: string): void => {
        stop();
        reject(new RangeError(error));
      };
      const unsubscribe = model.subscribe(`${base}/res/${id}`, ({ payload: answer }) => {
        stop();
        settle(answer, resolve, reject);
      });
      const late = world.scheduler.after(time, () => end(`${name} has not answered within ${time / 1000} s`));
      const stop = (): void => {
        unsubscribe();
        world.scheduler.cancel(late);
        this.waiting.delete(end);
      };
      this.waiting.add(end);
      model.publish(`${base}/cmd/${id}`, payload, 1, false);
      touch();
    });
  }

  /** Where the device has subscribed for calls. */
  private brokerOf(device: Device, base: string): BrokerPlace {
    const clientId = device.firmware!.gateway['connectOptions'].clientId ?? '';
    const place = this.world.brokers.find(({ model }) => model.session(clientId)?.connected);
    // Either may not know yet that the connection is dead.
    if (!place || !device.firmware!.gateway.connection.connected)
      throw new RangeError(`${device.name} is not connected, and calls and policies go through its broker`);
    const granted = place.model.session(clientId)!.subscriptions.get(base + '/cmd/+') ?? 0x80;
    if (granted < 0x80) return place;
    throw new RangeError(`${device.name} has no subscription of ${base}/cmd/+: it takes no calls in the cloud plain`);
  }

  private device(given: Given): Device {
    const { devices } = this.world;
    return devices[given.integer('gateway', 0, devices.length - 1)]!;
  }

  private poweredDevice(given: Given): Device {
    const device = this.device(given);
    if (device.firmware) return device;
    throw new RangeError(device.running ? `${device.name} has not started` : `${device.name} has no power`);
  }

  // The whole

  private speed(given: Given): Done {
    const speed = given.number('speed', 0, FASTEST, ' (0: paused)');
    if (speed > 0 && speed < SLOWEST) {
      throw new RangeError(`speed must be 0, or a number from ${SLOWEST} to ${FASTEST}, got ${speed}`);
    }
    this.host.speed = speed === FASTEST ? Infinity : speed;
    if (speed === 0) this.endCalls('the world was paused before the answer came');
    return {};
  }

  private loadWorld(given: Given): Done {
    const name = given.word('world', this.host.worlds);
    const seed = given.has('seed') ? given.integer('seed', 0, 0xffffffff) : this.host.live.plan.seed;
    this.host.loadWorld(name, seed);
    return {};
  }
}

/** A real broker takes no orders, and its clock cannot be set; calls go through it from elsewhere. */
const MODEL_CONTROLS: readonly ControlName[] = ['broker', 'speed', 'call'];

/** As RPC does it, where no call comes through. Throws the firmware's RangeError. */
function setPolicies({ start, firmware }: Device, text: string): void {
  let refusal: RangeError | undefined;
  start!.enter(() => {
    try {
      firmware!.policies?.setPolicyText(text);
    } catch (error) {
      // Anything else ends the start, as everywhere.
      if (!(error instanceof RangeError)) throw error;
      refusal = error;
    }
  });
  if (refusal) throw refusal;
}

/** What `addTag` takes. */
export const TAG_FORMATS: readonly WorldFormat[] = [
  'mikrotik-tg-bt5',
  'ruuvi',
  'bthome',
  'ibeacon',
  'eddystone-tlm',
  'eddystone-uid',
];

/** A tag as people buy one, number `number` of those that were added: its address is in nobody's world. */
function newTag(format: WorldFormat, name: string, number: number, position: [number, number, number]): WorldTag {
  const digits = number.toString(16).padStart(4, '0').toUpperCase();
  const address = `C0:DE:7A:90:${digits.slice(0, 2)}:${digits.slice(2)}`;
  const tag: WorldTag = {
    address,
    addressType: 'random',
    name,
    format,
    intervalMilliseconds: 1000,
    position,
    rssiAt1m: -59,
  };
  switch (format) {
    case 'ibeacon':
      return { ...tag, ibeacon: { uuid: 'b2b98de4-c81c-47c2-b14e-791b3e5587ec', major: 1, minor: number } };
    case 'eddystone-uid':
      return { ...tag, eddystoneUid: { namespace: '00010203040506070809', instance: digits.padStart(12, '0') } };
    case 'eddystone-tlm':
      return { ...tag, temperature: { celsius: 20 }, batteryMillivolts: 3000 };
    case 'ruuvi':
      return { ...tag, temperature: { celsius: 20 }, humidityPercent: 50, batteryMillivolts: 3000 };
    case 'bthome':
      return { ...tag, temperature: { celsius: 20 }, humidityPercent: 50, batteryPercent: 100 };
    case 'mikrotik-tg-bt5':
      return { ...tag, temperature: { celsius: 20 }, batteryPercent: 100 };
  }
}

/** Settles a call by what the device answered: `{"result": …}` or `{"error": {"message": …}}`. */
function settle(payload: Uint8Array, resolve: (result: unknown) => void, reject: (error: Error) => void): void {
  const text = new TextDecoder().decode(payload);
  let answer: { readonly result?: unknown; readonly error?: { readonly message?: unknown } };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return reject(new RangeError('the device answered with what is not JSON: ' + showValue(text)));
  }
  if ('result' in answer) resolve(answer.result);
  else reject(new RangeError(String(answer.error?.message ?? 'the device answered ' + showValue(text))));
}

/** One line for the person who asked. */
export function errorLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n').join('; ');
  return error instanceof RangeError || error instanceof BadInput ? line : 'a fault of the simulation: ' + line;
}
