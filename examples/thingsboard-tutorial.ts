// The device SN-001 of ThingsBoard's MQTT integration tutorial: `node build/examples/thingsboard-tutorial.js [port]`
// It publishes its temperature, obeys {"value":40} on …/rx, and on …/rx/twoway also says that it did.
import { MemoryStore } from '../sim/hal/index.js';
import { nodePlatform } from '../sim/hal/platform.js';
import { PlainProfile } from '../src/cloud/index.js';
import { Gateway } from '../src/device/index.js';
import type { GatewayPart } from '../src/device/index.js';
import { encodeUtf8 } from '../src/mqtt/index.js';
import { Rpc, tutorialRoutes } from '../src/rpc/index.js';
import type { RpcCall } from '../src/rpc/index.js';

const PREFIX = 'tb/mqtt-integration-tutorial/sensors';
const [TOPIC, VALUE, RECEIVED] = [`${PREFIX}/SN-001/temperature`, 'value', 'rpcReceived'].map(encodeUtf8);

/** The knob of the tutorial goes from 15 to 45; what it does not allow is refused by `integer`. */
function turn(call: RpcCall): void {
  const value = call.integer(VALUE!, 15, 45, NaN);
  if (!(value >= 15)) return void (call.error === 0 && call.refuseParam(VALUE!));
  console.log(`knob: ${value}`);
  call.result.openObject();
  call.result.name(RECEIVED!);
  call.result.string('OK');
  call.result.closeObject();
}

const rpc = new Rpc({ routes: tutorialRoutes(`${PREFIX}/SN-001`, turn), methods: [] });
const parts: GatewayPart[] = [rpc];
const gateway = new Gateway(
  {
    connection: { clientId: 'SN-001', endpoints: [{ host: '127.0.0.1', port: Number(process.argv[2] ?? 1883) }] },
    profile: new PlainProfile({ prefix: PREFIX, gateway: 'SN-001' }),
  },
  { name: 'example', ...nodePlatform(), store: new MemoryStore() },
  {
    onConnected: () => void gateway.connection.publish(TOPIC!, encodeUtf8('{"value":25.1}'), 1, false),
    onFailed: ({ detail }) => console.log(`not connected: ${detail}`),
    onStopped: () => undefined,
  },
  undefined,
  parts,
);
gateway.start();
console.log('SN-001 listens');
