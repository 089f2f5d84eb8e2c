import type { Command } from 'commander';
import { decodeUtf8 } from '../../src/bytes/utf8.js';
import { PlainProfile } from '../../src/cloud/index.js';
import { Gateway } from '../../src/device/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { Rpc, tutorialRoutes } from '../../src/rpc/index.js';
import type { RpcCall } from '../../src/rpc/index.js';
import { BadInput } from '../bad-input.js';
import { MemoryStore } from '../hal/index.js';
import { nodePlatform } from '../hal/platform.js';
import { integer } from './parse-values.js';
import { onInterrupt } from './terminal.js';
import { countText } from './view-flags.js';

interface ThingsBoardFlags {
  host: string;
  port: number;
  device: string;
  token?: string;
}

const PREFIX = 'tb/mqtt-integration-tutorial/sensors';
const READING = encodeUtf8('{"value":25.1}');
const RESPONSE = encodeUtf8('{"rpcReceived":"OK"}');
const VALUE = encodeUtf8('value');

const EXAMPLES = `
It connects, publishes one reading, and takes calls until Ctrl-C. Topics begin with ${PREFIX}.

Examples:
  $ tagwire example thingsboard --host broker.hivemq.com --device SN-001
  $ tagwire example thingsboard --device SN-002 --token A1_TEST_TOKEN
  $ tagwire example thingsboard   (then: tagwire pub -t ${PREFIX}/SN-001/rx/twoway -m '{"value":40}', which is answered
      on ${PREFIX}/SN-001/rx/response)

Exit codes: 0 ended by Ctrl-C, 2 bad input.
`;

/** Adds `tagwire example`. */
export function addExampleCommand(program: Command): void {
  program
    .command('example')
    .description('run the device of a tutorial')
    .command('thingsboard')
    .description("the device of ThingsBoard's MQTT integration tutorial: a reading up, one-way and two-way RPC down")
    .helpOption('--help', 'show this help')
    .option('-h, --host <host>', 'host name or address of the broker', 'localhost')
    .option('-p, --port <port>', 'port of the broker', integer(1, 65535), 1883)
    .option('--device <name>', 'name of the device in its topics', 'SN-001')
    .option('--token <token>', 'access token, which is sent as the user name')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ThingsBoardFlags) => {
      await runDevice(flags, (line) => void process.stdout.write(line + '\n'));
    });
}

/**
 * The device publishes one reading, obeys `{"value":40}` on `…/rx`, and on `…/rx/twoway` also says that it did. It
 * prints what the tutorial's own simulator prints. Ends on Ctrl-C, with a summary.
 */
async function runDevice({ host, port, device, token }: ThingsBoardFlags, print: (line: string) => void) {
  const base = `${PREFIX}/${device}`;
  let readings = 0;
  let calls = 0;
  /** True when the call has a value of the tutorial's knob; else it is refused already. */
  const take = (call: RpcCall, topic: string): boolean => {
    calls++;
    print('Incoming message');
    print(`Topic: ${topic}`);
    print(`Message: ${decodeUtf8(call.payload, call.payloadFrom, call.payloadTo)}`);
    const value = call.integer(VALUE, 15, 45, NaN);
    if (value >= 15) return true;
    if (call.error === 0) call.refuseParam(VALUE).part(encodeUtf8('an integer from 15 to 45'));
    return false;
  };
  const reply = (call: RpcCall): void => {
    if (!take(call, `${base}/rx/twoway`)) return;
    print('This is a Two-way RPC call. Going to reply now!');
    print(`Sending a response message: ${decodeUtf8(RESPONSE, 0, RESPONSE.length)}`);
    call.result.raw(RESPONSE);
  };
  let stopped: () => void;
  const end = new Promise<void>((resolve) => (stopped = resolve));
  try {
    const [oneWay] = tutorialRoutes(base, (call) => void take(call, `${base}/rx`));
    const [, twoWay] = tutorialRoutes(base, reply);
    const gateway: Gateway = new Gateway(
      {
        connection: { clientId: device, endpoints: [{ host, port }], ...(token !== undefined && { username: token }) },
        profile: new PlainProfile({ prefix: PREFIX, gateway: device }),
      },
      { name: 'example', ...nodePlatform(), store: new MemoryStore() },
      {
        onConnected: () => {
          print(`Connected to ${host}:${port}`);
          if (gateway.connection.publish(encodeUtf8(`${base}/temperature`), READING, 1, false) > 0) readings++;
        },
        onFailed: ({ detail }) => print(`Not connected: ${detail}`),
        onStopped: () => stopped(),
      },
      undefined,
      [
        new Rpc(
          { routes: [oneWay!, twoWay!], methods: [] },
          { onFault: (_error, json, from, to) => print(`Refused: ${decodeUtf8(json, from, to)}`) },
        ),
      ],
    );
    gateway.start();
    onInterrupt(() => gateway.stop());
  } catch (error) {
    throw error instanceof RangeError ? new BadInput(`--device: ${error.message}`) : error;
  }
  await end;
  print(`ended: ${countText(readings, 'reading')} sent, ${countText(calls, 'call')} received`);
}
