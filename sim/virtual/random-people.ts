import type { SeededRandom } from '../world/random.js';
import { integerOf, oneOf } from './random.js';
import type { PersonAction, SimulatedWorld } from './world.js';

const SECOND = 1000;
const HOUR = 3_600_000;
/** Milliseconds for which the promises of a console may have jobs after a line of `CONSOLE`. */
const BUSY = 20 * SECOND;

/** What somebody does at one time: a call, a burst of calls, some lines at the console, messages. */
export interface Visit {
  readonly gateway: number;
  readonly actions: readonly PersonAction[];
}

/** One line about a visit, such as `person@3h12m4s call policy.set`. */
export function visitText({ gateway, actions }: Visit): string {
  const [first] = actions;
  const { at, line, call, message } = first!;
  const what =
    line !== undefined
      ? 'types ' + line
      : call
        ? 'calls ' + call.method + (call.params === undefined ? '' : ' ' + JSON.stringify(call.params))
        : 'sends ' + (message!.payload.length > 40 ? message!.payload.length + ' characters' : message!.payload);
  const more = actions.length > 1 ? ', and ' + (actions.length - 1) + ' more' : '';
  return 'person@' + Math.floor(at / SECOND) + 's gateway=' + gateway + ' ' + what + more;
}

/**
 * `perHour` visits an hour, on average, in the order of their times; none in the last half hour, so that what follows
 * from one is over when the end is judged. They do what a device must bear: no call takes away what the rules go by
 * (names, filters, how long things are kept), and none leaves a device out of reach but on trial.
 */
export function randomVisits(random: SeededRandom, world: SimulatedWorld, hours: number, perHour: number): Visit[] {
  const visits: Visit[] = [];
  const end = Math.floor((hours - 0.5) * HOUR);
  if (end <= 0) return visits;
  const count = Math.round(hours * perHour);
  for (let i = 0; i < count; i++) {
    const gateway = integerOf(random, 0, world.gateways.length - 1);
    const { board, settings } = world.gateways[gateway]!;
    const at = integerOf(random, 0, end);
    const hasConsole = board === 'esp32' && settings['serialConsole'] === true;
    visits.push({ gateway, actions: randomVisit(random, at, hasConsole, board !== 'esp8266') });
  }
  return visits.sort((a, b) => a.actions[0]!.at - b.actions[0]!.at);
}

function randomVisit(random: SeededRandom, at: number, hasConsole: boolean, hasTags: boolean): PersonAction[] {
  const kind = integerOf(random, 0, 9);
  if (kind < 3 && hasConsole) {
    const lines = oneOf(random, CONSOLE);
    return lines.map((line, place) => ({ at: at + place * SECOND, line, busy: BUSY }));
  }
  if (kind < 5) return randomMessages(random, at);
  if (kind === 5 && hasTags && integerOf(random, 0, 2) === 0) {
    const pause = integerOf(random, 1, 600) * SECOND;
    return [
      { at, call: { method: 'scan', params: false } },
      { at: at + pause, call: { method: 'scan', params: { on: true } } },
    ];
  }
  // One call mostly, at times many within a second or two.
  const count = integerOf(random, 0, 4) === 0 ? integerOf(random, 2, 20) : 1;
  const actions: PersonAction[] = [];
  const pause = oneOf(random, [0, 20, 150]);
  for (let i = 0, then = at; i < count; i++, then += integerOf(random, 0, pause)) {
    actions.push({ at: then, call: randomCall(random, hasTags, count === 1) });
  }
  return actions;
}

/** Messages to the topics of calls that are no calls, or odd ones. */
function randomMessages(random: SeededRandom, at: number): PersonAction[] {
  const actions: PersonAction[] = [];
  const count = integerOf(random, 0, 3) === 0 ? integerOf(random, 2, 12) : 1;
  for (let i = 0; i < count; i++) {
    const payload = oneOf(random, MESSAGES);
    const id = 'm' + at + '-' + i;
    // What is retained comes again with each connection that has no session, so there is one topic for it.
    const retain = integerOf(random, 0, 9) === 0;
    actions.push({
      at: at + i * 20,
      message: { topic: 'cmd/' + (retain ? 'kept' : id), payload, qos: oneOf(random, [0, 1, 1]), retain },
    });
  }
  return actions;
}

const MESSAGES: readonly string[] = [
  '',
  '{',
  '[]',
  'null',
  '{"method":',
  '{"method":"statistics"}',
  '{"method":"statistics","timeout":5}',
  '{"method":"statistics","timeout":0}',
  '{"method":7}',
  '{"method":"nothing","params":{"a":[1,2,{"b":"\\u20ac"}]}}',
  '{"params":{"on":true},"method":"scan"}',
  '{"method":"scan","params":{"on":"yes"}}',
  '{"method":"policy.set","params":"' + 'x'.repeat(300) + '"}',
  // Longer than the receive buffer of any board, and as long as some.
  '{"method":"statistics","params":"' + 'y'.repeat(1000) + '"}',
  '{"method":"statistics","params":"' + 'y'.repeat(5000) + '"}',
  'z'.repeat(20_000),
  '\u0000\u0001\uffff',
];

type Params = string | number | boolean | null | { [name: string]: string | number | boolean | null };
interface Call {
  method: string;
  params?: Params;
}

/** `alone`: it may restart the device. */
function randomCall(random: SeededRandom, hasTags: boolean, alone: boolean): Call {
  if (alone && integerOf(random, 0, 7) === 0) return { method: 'reboot' };
  const kind = integerOf(random, 0, 9);
  if (kind < 2 && hasTags) return { method: 'policy.set', params: oneOf(random, POLICIES) };
  if (kind < 4 && alone) return { method: 'configuration.set', params: randomSettings(random, hasTags) };
  if (kind < 5) return { method: 'configuration.set', params: oneOf(random, WRONG_SETTINGS) };
  return oneOf(random, CALLS);
}

const CALLS: readonly Call[] = [
  { method: 'statistics' },
  { method: 'policy.get' },
  { method: 'statistics' },
  { method: 'outbox.statistics' },
  { method: 'policy.get' },
  { method: 'configuration.get' },
  { method: 'configuration.get', params: 'keepAlive' },
  { method: 'configuration.get', params: { key: 'password' } },
  { method: 'configuration.get', params: { key: 'brokerPassword' } },
  { method: 'configuration.get', params: 'keepAlife' },
  { method: 'configuration.get', params: 7 },
  { method: 'identify' },
  { method: 'identify', params: { seconds: 3600 } },
  { method: 'identify', params: { seconds: 0 } },
  { method: 'identify', params: 'soon' },
  { method: 'log', params: 'debug' },
  { method: 'log', params: { level: 'info' } },
  { method: 'log', params: 'loud' },
  { method: 'scan', params: true },
  { method: 'scan', params: { on: true } },
  { method: 'scan', params: 1 },
  { method: 'nothing' },
  { method: '' },
  { method: 'statistics', params: { a: 1, b: 'x' } },
];

const POLICIES: readonly Params[] = [
  'default interval=60',
  'default interval=120 heartbeat=600',
  'default interval=30 heartbeat=0 events=no',
  'ruuvi5 interval=60 temperature=0.5 humidity=2; default interval=300 heartbeat=900',
  'mikrotik interval=600; bthome2 heartbeat=1800',
  'C4:7C:8D:6A:00:00 interval=20; default interval=90',
  { policy: 'default interval=45' },
  '',
  // Wrong ones.
  'default interval=90000',
  'default interval=10 heartbeat=5',
  'nobody interval=10',
  'default interval',
  'default temperature=-1',
  7,
  true,
];

function randomSettings(random: SeededRandom, hasTags: boolean): { [name: string]: string | number | null } {
  const settings: { [name: string]: string | number | null } = {};
  const keys = hasTags
    ? ['keepAlive', 'health', 'interval', 'heartbeat', 'rssiAt1m', 'pathLoss']
    : ['keepAlive', 'health'];
  const count = integerOf(random, 1, 3);
  for (let i = 0; i < count; i++) {
    const key = oneOf(random, keys);
    settings[key] = integerOf(random, 0, 4) === 0 ? null : valueOf(random, key);
  }
  // A place that is not there: the trial ends, and the device comes back.
  if (integerOf(random, 0, 3) === 0) settings['broker'] = 'mqtt://nowhere.example';
  return settings;
}

function valueOf(random: SeededRandom, key: string): string | number {
  switch (key) {
    case 'keepAlive':
      return oneOf(random, [15, 30, 60, 300]);
    case 'health':
      return oneOf(random, [0, 60, 600, 3600]);
    case 'interval':
      return oneOf(random, [30, 60, 300]);
    case 'heartbeat':
      return oneOf(random, [0, 600, 3600]);
    case 'rssiAt1m':
      return integerOf(random, -80, -40);
    default:
      return oneOf(random, [2, 2.5, 3]);
  }
}

const WRONG_SETTINGS: readonly Params[] = [
  {},
  7,
  { keepAlive: 'soon' },
  { keepAlive: 70_000 },
  { keepAlive: 30, colour: 'red' },
  { interval: -1 },
  { broker: 'http://broker.example' },
  { broker: '' },
  { password: 'hunter2-hunter2' },
  { brokerPassword: 'hunter2-hunter2' },
  { rpcAccess: 'none' },
  { serialConsole: false },
  { maxPayload: 100_000_000 },
  { tags: 1_000_000 },
  // Allowed alone, and more than the memory of a board holds.
  { outbox: 16_000_000 },
  { outbox: 1_000_000_000 },
  { ssid: 'a name that is much too long for any network' },
];

/** What is typed in one visit, a line a second. */
const CONSOLE: readonly (readonly string[])[] = [
  ['/system resource print'],
  ['/log print'],
  ['/iot outbox print', '/iot outbox drops print'],
  ['/iot bluetooth scanners print', '/iot bluetooth peripheral-devices print'],
  ['/iot bluetooth peripheral-devices print where rssi>-60'],
  ['/iot mqtt brokers print'],
  ['/system identity set name=hall', '/system identity print'],
  ['/system identity set name=""'],
  ['/system identity set name="' + 'n'.repeat(300) + '"'],
  [
    '/iot mqtt brokers add name=desk address=broker.example client-id=desk password=typed-secret',
    '/iot mqtt brokers print',
  ],
  ['/iot mqtt brokers set desk keep-alive=30', '/iot mqtt brokers set desk keep-alive=soon'],
  ['/iot mqtt brokers set desk port=0', '/iot mqtt brokers set desk address=""'],
  ['/iot mqtt brokers remove desk'],
  ['/iot mqtt brokers remove 99'],
  ['/iot mqtt connect broker=desk', '/iot mqtt publish broker=desk topic=desk/out message=hello qos=1'],
  ['/iot mqtt publish broker=desk topic=desk/out message="' + 'm'.repeat(700) + '" qos=0'],
  ['/iot mqtt subscribe broker=desk topic=desk/in', '/iot mqtt publish broker=desk topic=desk/in message=1 qos=1'],
  [
    '/iot mqtt subscribe broker=desk topic=desk/in',
    '/iot mqtt subscriptions set 0 on-message={:log info "got $msgData"}',
    '/iot mqtt publish broker=desk topic=desk/in message=2 qos=1',
  ],
  ['/iot mqtt disconnect broker=desk'],
  ['/system script add name=s1 source={:put 1}', '/system script run s1'],
  ['/system script add name=s2 source="' + ':put 2; '.repeat(200) + '"'],
  ['/system script set s1 source={:local x 5; :put "x is $x"}', '/system script print'],
  ['/system script remove s1'],
  [':put [/system resource get uptime]', ':put (1 / 0)', ':put "half a text'],
  [':for i from=1 to=2000 do={:put $i}'],
  [':while (true) do={:local a 1}'],
  [':do {:error "no"} on-error={:put caught}', 'nonsense', '/iot nonsense', '/'.repeat(200)],
  ['x'.repeat(3000)],
  ['\u0003', '\u001b[A', '\t\t'],
];
