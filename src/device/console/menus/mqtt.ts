import type { Call } from '../call.js';
import type { Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Parameter } from '../parameter.js';
import type { BrokerEntry, SubscribeOptions } from '../services.js';
import { brokerParameter, brokersOf, QOS } from './broker-parameters.js';
import { brokersMenu } from './brokers.js';
import { subscriptionsMenu } from './subscriptions.js';

const BROKER = brokerParameter(true);
const FORCE: Parameter = { name: 'force', kind: ParameterKind.flag, help: 'whether to connect first (default: yes)' };
const TOPIC: Parameter = { name: 'topic', kind: ParameterKind.text, help: 'name of the topic', required: true };
const FILTER: Parameter = {
  name: 'topic',
  kind: ParameterKind.filter,
  help: 'topic filter, + and # are wildcards',
  required: true,
};

/** `/iot mqtt` */
export const mqttMenu: Menu = {
  name: 'mqtt',
  help: 'MQTT client',
  menus: [brokersMenu, subscriptionsMenu],
  commands: [
    brokerCommand('connect', 'connects to a broker', (call) => brokerOf(call).connect()),
    brokerCommand('disconnect', 'disconnects from a broker', (call) => brokerOf(call).disconnect()),
    publishCommand(),
    {
      name: 'subscribe',
      help: 'subscribes to a topic',
      parameters: [BROKER, FILTER, QOS, FORCE],
      run: (call) => discard(brokerOf(call).subscribe(call.required('topic'), subscribeOptions(call))),
    },
    {
      name: 'unsubscribe',
      help: 'ends a subscription',
      parameters: [BROKER, FILTER],
      run: (call) => discard(brokerOf(call).unsubscribe(call.required('topic'))),
    },
  ],
  present: (services) => services.brokers !== undefined,
};

function brokerCommand(name: string, help: string, run: (call: Call) => Promise<void>): Command {
  return { name, help, parameters: [BROKER], unnamed: ['broker'], run: (call) => discard(run(call)) };
}

function publishCommand(): Command {
  return {
    name: 'publish',
    help: 'publishes a message',
    parameters: [
      BROKER,
      TOPIC,
      { name: 'message', kind: ParameterKind.text, help: 'what to publish' },
      QOS,
      { name: 'retain', kind: ParameterKind.flag, help: 'whether the broker keeps it (default: no)' },
      FORCE,
      {
        name: 'disconnect-after',
        kind: ParameterKind.flag,
        help: 'whether to disconnect when it has arrived (default: no)',
      },
    ],
    run: (call) =>
      discard(
        brokerOf(call).publish(call.required('topic'), call.text('message') ?? '', {
          qos: Number(call.text('qos') ?? 0),
          retain: call.isYes('retain', false),
          force: call.isYes('force', true),
          disconnectAfter: call.isYes('disconnect-after', false),
        }),
      ),
  };
}

function subscribeOptions(call: Call): SubscribeOptions {
  return { qos: Number(call.text('qos') ?? 0), force: call.isYes('force', true) };
}

/** The argument was checked, so there is one. */
function brokerOf(call: Call): BrokerEntry {
  return brokersOf(call.services).find(call.required('broker'))!;
}

async function discard(promise: Promise<void>): Promise<undefined> {
  await promise;
  return undefined;
}
