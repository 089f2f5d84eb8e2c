import { parseTime, timeOf } from '../../world/duration.js';
import type { SeededRandom } from '../../world/random.js';
import { integerOf, oneOf } from '../random.js';
import type { BoardName, SimulatedWorld } from '../world.js';
import * as broker from './broker.js';
import * as clientId from './client-id.js';
import * as connection from './connection.js';
import type { Fault } from './fault.js';
import * as memory from './memory.js';
import * as network from './network.js';
import { powerCut } from './power.js';
import * as radio from './radio.js';

/** A parameter of a kind of fault. */
export interface FaultParameter {
  readonly name: string;
  /** `gateway`, `broker`, `tag`: a place in the world. `time`: milliseconds. */
  readonly type: 'gateway' | 'broker' | 'tag' | 'integer' | 'time' | 'word';
  readonly default: number | string;
  /** The values that are allowed: of a number the smallest and the largest, or all words. */
  readonly allowed: readonly (number | string)[];
  /** What random faults have; absent: all that is allowed. */
  readonly likely?: readonly (number | string)[];
}

/** A kind of fault: how it is made, and where it makes sense. */
export interface FaultKind {
  readonly kind: string;
  /** What happens, in one line. */
  readonly what: string;
  /** `moment`: it takes no length. `lasting`: it needs one. `either`. */
  readonly time: 'moment' | 'lasting' | 'either';
  readonly parameters: readonly FaultParameter[];
  /** Boards to whose hardware it can happen. */
  readonly boards: readonly BoardName[];
  /** How often it comes among random faults, compared with the others. */
  readonly weight: number;
  /** Milliseconds that a random one lasts, from and to. */
  readonly lasts: readonly [from: number, to: number];
  /** `values` are those of `parameters`, in their order, checked. */
  make(at: number, length: number, values: readonly (number | string)[]): Fault;
}

/** The value of a parameter by name. */
export interface FaultValues {
  readonly [parameter: string]: number | string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ALL: readonly BoardName[] = ['esp32', 'esp8266', 'desktop'];
const CHIPS: readonly BoardName[] = ['esp32', 'esp8266'];
const RADIO: readonly BoardName[] = ['esp32', 'desktop'];
const FLASH: readonly BoardName[] = ['esp32'];

const place = (type: 'gateway' | 'broker' | 'tag'): FaultParameter => ({
  name: type,
  type,
  default: 0,
  allowed: [0, 9999],
});
const GATEWAY = place('gateway');
const BROKER = place('broker');
const TAG = place('tag');

function number(name: string, initial: number, from: number, to: number, likely: number[]): FaultParameter {
  return { name, type: 'integer', default: initial, allowed: [from, to], likely };
}

function time(name: string, initial: number, from: number, to: number, likely: number[]): FaultParameter {
  return { name, type: 'time', default: initial, allowed: [from, to], likely };
}

function word(name: string, ...allowed: string[]): FaultParameter {
  return { name, type: 'word', default: allowed[0]!, allowed };
}

type Maker = (at: number, length: number, ...values: never[]) => Fault;
type MomentMaker = (at: number, ...values: never[]) => Fault;

function lasting(
  kind: string,
  what: string,
  maker: Maker,
  parameters: readonly FaultParameter[],
  weight: number,
  lasts: readonly [number, number] = [10 * SECOND, 10 * MINUTE],
  boards = ALL,
): FaultKind {
  const make = (at: number, length: number, values: readonly (number | string)[]): Fault =>
    maker(at, length, ...(values as never[]));
  return { kind, what, time: 'lasting', parameters, boards, weight, lasts, make };
}

function moment(
  kind: string,
  what: string,
  maker: MomentMaker,
  parameters: readonly FaultParameter[],
  weight: number,
  boards = ALL,
): FaultKind {
  const make = (at: number, _length: number, values: readonly (number | string)[]): Fault =>
    maker(at, ...(values as never[]));
  return { kind, what, time: 'moment', parameters, boards, weight, lasts: [0, 0], make };
}

const bytes = (...likely: number[]): FaultParameter => number('bytes', likely[0]!, 1, 65_535, likely);

/** All kinds of fault. */
export const FAULTS: readonly FaultKind[] = Object.freeze([
  lasting('refused', 'the broker refuses connections', connection.connectionRefused, [BROKER], 4),
  lasting('noanswer', 'nobody answers at the broker', connection.serverSilent, [BROKER], 3),
  moment('reset', 'all connections are reset', connection.connectionReset, [GATEWAY], 20),
  {
    ...lasting('halfopen', 'connections are dead, and nobody says so', connection.halfOpen, [GATEWAY], 6),
    time: 'either',
  },
  lasting('blackout', 'nothing gets through; connections may outlive it', connection.blackout, [GATEWAY], 6),
  lasting('slow', 'so many bytes a second get through', connection.slowPath, [GATEWAY, bytes(1, 20, 200)], 3),
  lasting('fragments', 'segments of so many bytes', connection.fragmentation, [GATEWAY, bytes(1, 2, 7)], 3),
  lasting('shortwrites', 'the stack takes so many bytes', connection.shortWrites, [GATEWAY, bytes(16, 1, 100)], 4),
  lasting('zerowindow', 'the broker takes no bytes', connection.zeroWindow, [GATEWAY], 4),
  lasting(
    'loss',
    'a share of segments is lost',
    connection.segmentLoss,
    [GATEWAY, number('percent', 20, 1, 99, [5, 20, 50])],
    4,
  ),
  lasting(
    'latency',
    'segments take so long',
    connection.highLatency,
    [GATEWAY, time('delay', 2000, 1, MINUTE, [500, 2000, 6000])],
    3,
  ),
  lasting(
    'connackdelay',
    'CONNACK comes late',
    broker.connackDelayed,
    [BROKER, time('delay', 8000, 1, HOUR, [3000, 8000, 40_000])],
    3,
  ),
  lasting(
    'connackcode',
    'CONNECT is refused with a code',
    broker.connackRefused,
    [BROKER, number('code', 3, 1, 5, [1, 2, 3, 4, 5])],
    3,
  ),
  lasting('connackend', 'the broker closes after CONNACK', broker.endsAfterConnack, [BROKER], 2),
  lasting(
    'pubackdelay',
    'PUBACK comes late',
    broker.pubackDelayed,
    [BROKER, time('delay', 5000, 1, HOUR, [1000, 5000, 60_000])],
    4,
  ),
  lasting(
    'subackdelay',
    'SUBACK comes late',
    broker.subackDelayed,
    [BROKER, time('delay', 20_000, 1, HOUR, [5000, 20_000, 60_000])],
    3,
  ),
  lasting('nopong', 'PINGREQ has no answer', broker.pingsUnanswered, [BROKER], 2),
  lasting('trickle', 'the broker sends so many bytes a second', broker.brokerTrickles, [BROKER, bytes(1, 3)], 2),
  lasting(
    'longmessage',
    'a message for the devices lasts to the end, at so many bytes a second',
    broker.longMessages,
    [BROKER, bytes(300, 1000)],
    3,
    [MINUTE, 10 * MINUTE],
  ),
  lasting('pubacklost', 'the broker takes a message and dies before PUBACK', broker.pubackLost, [BROKER], 8),
  moment(
    'brokerrestart',
    'the broker restarts',
    broker.brokerRestart,
    [BROKER, word('sessions', 'kept', 'lost'), time('off', 3000, 0, DAY, [0, 3000, MINUTE])],
    8,
  ),
  lasting('subackrefused', 'every filter is refused in SUBACK', broker.subackRefused, [BROKER], 3),
  lasting('poison', 'the broker closes at one topic', broker.closesAtMessage, [BROKER], 3),
  lasting('acldrop', 'messages are acknowledged and dropped', broker.publishesDropped, [BROKER], 0),
  moment(
    'takeover',
    'a stranger connects with the client identifier',
    clientId.sessionTakenOver,
    [GATEWAY, word('session', 'kept', 'lost')],
    4,
  ),
  lasting(
    'twin',
    'a second gateway has the same client identifier',
    clientId.sameClientId,
    [GATEWAY, time('every', 15_000, SECOND, DAY, [5000, 15_000, 60_000])],
    2,
  ),
  lasting(
    'tls',
    'TLS handshakes fail',
    network.tlsFails,
    [BROKER, word('cause', 'expired', 'name', 'untrusted', 'version', 'alert')],
    3,
  ),
  lasting(
    'dns',
    'the name of the broker fails',
    network.nameFails,
    [BROKER, word('cause', 'unknown', 'silent', 'moved', 'dead', 'hangs')],
    6,
  ),
  lasting('portal', 'a captive portal answers', network.captivePortal, [], 3),
  lasting('wifigone', 'the access point is gone', network.wifiGone, [GATEWAY], 5, [SECOND, 30 * MINUTE], CHIPS),
  lasting(
    'wififlap',
    'the access point comes and goes',
    network.wifiFlaps,
    [GATEWAY, time('period', 7000, 100, DAY, [1000, 7000, 30_000])],
    4,
    [MINUTE, 10 * MINUTE],
    CHIPS,
  ),
  lasting('nodhcp', 'DHCP gives no address', network.dhcpSilent, [GATEWAY], 2, [10 * SECOND, 10 * MINUTE], CHIPS),
  lasting('notime', 'time servers do not answer', network.timeUnknown, [], 2, [MINUTE, 3 * HOUR]),
  lasting(
    'wrongtime',
    'time servers are wrong',
    network.timeWrong,
    [time('ahead', DAY, -3650 * DAY, 3650 * DAY, [-DAY, -HOUR, HOUR, DAY, 365 * DAY])],
    2,
    [MINUTE, 3 * HOUR],
    CHIPS,
  ),
  moment(
    'clockjump',
    'the time of day of a device jumps',
    network.clockJumps,
    [GATEWAY, time('by', HOUR, -3650 * DAY, 3650 * DAY, [-DAY, -HOUR, -SECOND, SECOND, HOUR, DAY])],
    3,
  ),
  lasting(
    'flashfull',
    'a memory takes no more writes and removes nothing',
    memory.flashFull,
    [GATEWAY, word('of', 'outbox', 'settings')],
    4,
    [MINUTE, 4 * HOUR],
  ),
  lasting(
    'badblock',
    'a block of flash is bad',
    memory.badBlock,
    [
      GATEWAY,
      { ...word('of', 'outbox', 'storage'), likely: ['outbox'] },
      number('block', 0, 0, 255, [0, 1, 2, 3, 4, 5, 6, 7]),
      { ...word('how', 'fails', 'lies'), likely: ['fails'] },
    ],
    3,
    [MINUTE, HOUR],
    FLASH,
  ),
  moment(
    'bitflip',
    'a bit of flash turns over; it may destroy a record',
    memory.bitFlip,
    [GATEWAY, word('of', 'outbox', 'storage'), number('bit', 0, 0, 8_388_607, [0, 100, 40_000, 60_000])],
    0,
    FLASH,
  ),
  moment(
    'powercut',
    'the power fails; with writes=n within the nth write to a memory',
    powerCut,
    [
      GATEWAY,
      number('writes', 0, 0, 100_000, [0, 1, 2, 3, 5, 9]),
      time('off', 5000, 0, 30 * DAY, [500, 5000, MINUTE, HOUR]),
    ],
    10,
  ),
  lasting(
    'heaplow',
    'the figures say that memory is nearly used up',
    memory.heapLow,
    [GATEWAY, number('free', 2000, 0, 10_000_000, [0, 2000])],
    1,
    [MINUTE, HOUR],
    CHIPS,
  ),
  lasting('radiosilent', 'Bluetooth hears nothing', radio.radioSilent, [GATEWAY], 3, [SECOND, HOUR], RADIO),
  lasting('tagsilent', 'a tag sends nothing', radio.tagSilent, [TAG], 3, [SECOND, 2 * HOUR], RADIO),
  lasting(
    'interference',
    'a share of advertisements collides',
    radio.interference,
    [number('percent', 60, 1, 100, [30, 60, 95])],
    2,
    [MINUTE, HOUR],
    RADIO,
  ),
  lasting(
    'storm',
    'so many advertisements a second of strangers',
    radio.advertisementStorm,
    [number('rate', 100, 1, 10_000, [20, 100])],
    2,
    [10 * SECOND, 2 * MINUTE],
    RADIO,
  ),
  lasting(
    'malformed',
    'so many malformed advertisements a second',
    radio.malformedAdvertisements,
    [number('rate', 20, 1, 10_000, [5, 20])],
    2,
    [10 * SECOND, 5 * MINUTE],
    RADIO,
  ),
  lasting(
    'rotate',
    'a tag changes its address',
    radio.rotatingAddress,
    [TAG, time('every', 15 * MINUTE, SECOND, DAY, [MINUTE, 15 * MINUTE])],
    1,
    [MINUTE, HOUR],
    RADIO,
  ),
]);

/** Kinds of faults that are switches of the broker model, or clients inside it: a real broker does not have them. */
export const MODEL_FAULTS: readonly string[] = Object.freeze([
  'connackdelay',
  'connackcode',
  'connackend',
  'pubackdelay',
  'subackdelay',
  'nopong',
  'trickle',
  'pubacklost',
  'brokerrestart',
  'subackrefused',
  'poison',
  'acldrop',
  'takeover',
  'twin',
]);

export function faultKind(kind: string): FaultKind | undefined {
  return FAULTS.find((row) => row.kind === kind);
}

/**
 * `perHour` faults an hour, on average, for what the world has. None lasts beyond `hours`. They are in the order of
 * their times, of whole milliseconds, and `parseFaults` of their texts gives the same ones.
 */
export function randomFaults(random: SeededRandom, world: SimulatedWorld, hours: number, perHour: number): Fault[] {
  const rows = FAULTS.filter((row) => row.weight > 0 && isPossible(row, world));
  let sum = 0;
  for (const { weight } of rows) sum += weight;
  const faults: Fault[] = [];
  const end = Math.floor(hours * HOUR);
  const count = sum === 0 ? 0 : Math.round(hours * perHour);
  for (let i = 0; i < count; i++) {
    let left = random.unit() * sum;
    let row = rows[rows.length - 1]!;
    for (const candidate of rows) {
      left -= candidate.weight;
      if (left >= 0) continue;
      row = candidate;
      break;
    }
    const at = integerOf(random, 0, end - 1);
    const [from, to] = row.lasts;
    // Short ones are as likely as long ones are.
    const share = random.unit();
    const length = Math.max(1, Math.min(Math.floor(from + (to - from) * share * share * share), end - at));
    const values = row.parameters.map((parameter) => randomValue(random, parameter, row, world));
    faults.push(row.make(at, row.time === 'moment' ? 0 : length, values));
  }
  return faults.sort((a, b) => a.at - b.at);
}

function gatewaysFor(row: FaultKind, world: SimulatedWorld): number[] {
  return world.gateways.map((_, index) => index).filter((index) => row.boards.includes(world.gateways[index]!.board));
}

function isPossible(row: FaultKind, world: SimulatedWorld): boolean {
  if (gatewaysFor(row, world).length === 0) return false;
  return row.parameters.every(
    ({ type }) => (type !== 'tag' || world.tags.length > 0) && (type !== 'broker' || world.brokers.length > 0),
  );
}

function randomValue(
  random: SeededRandom,
  parameter: FaultParameter,
  row: FaultKind,
  world: SimulatedWorld,
): number | string {
  if (parameter.type === 'gateway') return oneOf(random, gatewaysFor(row, world));
  if (parameter.type === 'broker') return integerOf(random, 0, world.brokers.length - 1);
  if (parameter.type === 'tag') return integerOf(random, 0, world.tags.length - 1);
  return oneOf(random, parameter.likely ?? parameter.allowed);
}

/**
 * Makes a fault from its kind, times in milliseconds, and the parameters that are not as usual. Throws a RangeError
 * that names what is wrong and what is allowed. A place must be one of `world` when there is one.
 */
export function makeFault(
  kind: string,
  at: number,
  length: number | undefined,
  values: FaultValues = {},
  world?: SimulatedWorld,
): Fault {
  const row = faultKind(kind);
  if (!row) throw new RangeError(`unknown kind ${kind}; the kinds are ` + FAULTS.map((one) => one.kind).join(', '));
  if (!(at >= 0)) throw new RangeError(`${kind}: the time must be 0s or more, got ${at}`);
  if (length === undefined && row.time === 'lasting') {
    throw new RangeError(`${kind} needs how long it lasts, such as ${kind}@${timeOf(at)}+30s`);
  }
  if (length !== undefined && row.time === 'moment') {
    throw new RangeError(`${kind} happens at one moment; leave +${timeOf(length)} out`);
  }
  if (length !== undefined && !(length > 0)) throw new RangeError(`${kind}: what follows + must be more than 0s`);
  for (const name of Object.keys(values)) {
    if (row.parameters.some((parameter) => parameter.name === name)) continue;
    const names = row.parameters.map((parameter) => parameter.name).join(', ');
    throw new RangeError(`${kind} has no parameter ${name}; ` + (names ? 'it has ' + names : 'it has none'));
  }
  const checked = row.parameters.map((parameter) => {
    const value = values[parameter.name] ?? parameter.default;
    checkValue(kind, parameter, value, row, world);
    return value;
  });
  return row.make(at, length ?? 0, checked);
}

function checkValue(
  kind: string,
  { name, type, allowed }: FaultParameter,
  value: number | string,
  row: FaultKind,
  world: SimulatedWorld | undefined,
): void {
  const wrong = (what: string): never => {
    const text = type === 'time' && value === value ? timeOf(value as number) : value;
    throw new RangeError(`${kind}: ${name} must be ${what}, got ${text}`);
  };
  if (type === 'word') {
    if (!allowed.includes(value)) wrong(allowed.join(' or '));
    return;
  }
  const [from, to] = allowed as readonly [number, number];
  const isTime = type === 'time';
  if (typeof value !== 'number' || !(value >= from && value <= to) || (!isTime && !Number.isInteger(value))) {
    wrong(isTime ? `a time from ${timeOf(from)} to ${timeOf(to)}` : `an integer from ${from} to ${to}`);
  }
  if (!world || type === 'integer' || isTime) return;
  const places = type === 'gateway' ? world.gateways : type === 'broker' ? world.brokers : world.tags;
  if ((value as number) >= places.length) {
    wrong(places.length === 0 ? `a ${type}, and the world has none` : `a place from 0 to ${places.length - 1}`);
  }
  const board = type === 'gateway' ? world.gateways[value as number]!.board : undefined;
  if (board && !row.boards.includes(board)) wrong('a gateway with the board ' + row.boards.join(' or '));
}

/**
 * Reads faults as the command line has them: `KIND@AT`, or `KIND@AT+LENGTH`, then parameters `name=value`, separated by
 * commas, such as `halfopen@10s+30s, powercut@2m gateway=1 off=5s`. Times have the unit d, h, m, s or ms. Throws a
 * RangeError that says which fault is wrong, in what, and what is allowed. `faultText` is the inverse.
 */
export function parseFaults(text: string, world?: SimulatedWorld): Fault[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => parseFault(part.trim(), world));
}

function parseFault(text: string, world: SimulatedWorld | undefined): Fault {
  const wrong = (why: string): RangeError => new RangeError(`fault ${JSON.stringify(text)}: ${why}`);
  const [head = '', ...words] = text.split(/\s+/);
  const [, kind, at = '', length] = /^([^@]+)@([^+]*)(?:\+(.*))?$/.exec(head) ?? [];
  if (kind === undefined) throw wrong('write KIND@TIME or KIND@TIME+LENGTH, such as halfopen@10s+30s');
  const times = [at, length ?? '0s'].map((time) => {
    const milliseconds = parseTime(time);
    if (milliseconds === milliseconds) return milliseconds;
    throw wrong(`${JSON.stringify(time)} is no time; write a number with d, h, m, s or ms, such as 90s`);
  });
  const values: { [name: string]: number | string } = {};
  const parameters = faultKind(kind)?.parameters ?? [];
  for (const one of words) {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(one) ?? [];
    if (name === undefined) throw wrong(`${JSON.stringify(one)} is no parameter; write name=value`);
    if (name in values) throw wrong(`${name} is given twice`);
    const type = parameters.find((parameter) => parameter.name === name)?.type;
    if (type === 'time') values[name] = parseTime(value!);
    else values[name] = type !== 'word' && /^-?\d{1,15}$/.test(value!) ? Number(value) : value!;
    if (values[name] !== values[name]) {
      throw wrong(`${name}: ${JSON.stringify(value)} is no time; write a number with d, h, m, s or ms, such as 90s`);
    }
  }
  try {
    return makeFault(kind, times[0]!, length === undefined ? undefined : times[1], values, world);
  } catch (error) {
    throw wrong((error as Error).message);
  }
}
