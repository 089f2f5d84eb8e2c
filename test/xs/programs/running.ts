import main from '../../../boards/esp8266/main.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import { publishPacket } from './publish-packet.js';
import { configure, world } from './sdk-modules.js';

/*
 * An ESP8266 as it is flashed: its `main`, its adapters, and stand-ins for the SDK (sdk-modules.ts), with outages. Only
 * as a bundle, see boardProgram: the imports of `main` lead nowhere else.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CALL = 20 * SECOND;
const GATEWAY = 'esp8266-0a0b0c';

/** What `config` of a manifest says. */
const settings = {
  ssid: 'field',
  password: 'correct horse',
  broker: 'mqtt://broker.example',
  cleanSession: false,
  keepAlive: 20,
  rpcAccess: 'all',
};
const statistics = publishPacket(`tagwire/${GATEWAY}/cmd/17`, encodeUtf8('{"method":"statistics"}'));
const setters = [
  '{"method":"configuration.get"}',
  '{"method":"configuration.set","params":{"keepAlive":70000}}',
  '{"method":"configuration.set","params":{"broker":"mqtt://a.example,mqtt://b","keepAlive":30}}',
].map((call) => publishPacket(`tagwire/${GATEWAY}/cmd/18`, encodeUtf8(call)));
const callTimer = world.time.create(call);
let sent = 0;

/** Starts it, with an outage each minute and an RPC call every 20 s. */
export function start(): number {
  world.fail(MINUTE, MINUTE / 4);
  callTimer.start(CALL);
  return startCalm();
}

/** Starts it without outages and calls, for `set`. */
export function startCalm(): number {
  configure(settings);
  main();
  return 1;
}

/** Lets `seconds` pass. */
export function run(seconds: number): number {
  world.time.run(seconds * SECOND);
  return seconds;
}

/** Sends the call with this number that sets or gets the configuration. Returns how many there are. */
export function set(index: number): number {
  if (world.broker.send(setters[index]!)) sent++;
  run(1);
  return setters.length;
}

/** Calls that were sent while there was a connection. */
export function calls(): number {
  return sent;
}

/** CONNECT, SUBSCRIBE and PUBLISH packets that the broker has. */
export function connects(): number {
  return world.broker.connects;
}

export function subscribes(): number {
  return world.broker.subscribes;
}

export function publishes(): number {
  return world.broker.publishes;
}

function call(): void {
  callTimer.start(CALL);
  if (world.broker.send(statistics)) sent++;
}
