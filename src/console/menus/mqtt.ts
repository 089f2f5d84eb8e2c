import type { BrokerEntry, BrokerList, ConsoleServices, SubscribeOptions, SubscriptionEntry } from '../bindings.js';
import type { Call } from '../call.js';
import { ConsoleError } from '../console-error.js';
import {
  entryChanges,
  entryTable,
  findRows,
  indices,
  listCommands,
  numbersParameter,
  printCommand,
} from '../list-commands.js';
import type { Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Parameter } from '../parameter.js';
import type { Property, Table } from '../table.js';
import { dateText } from '../value.js';

/** The session knows QoS 0 and 1. */
export const QOS: Parameter = { name: 'qos', kind: ParameterKind.whole, help: 'quality of service', least: 0, most: 1 };

/** The menus of brokers are present only with them. */
export function brokersOf(services: ConsoleServices): BrokerList {
  return services.brokers!;
}

/** The name of a broker that there is. */
export function brokerParameter(required: boolean): Parameter {
  return {
    name: 'broker',
    kind: ParameterKind.reference,
    help: 'name of a broker',
    candidates: (services) => brokersOf(services).list.map((broker) => broker.name),
    required,
  };
}

/** In the order in which RouterOS prints them; ranges as in its manual, but a TCP port has 16 bits. */
const BROKER_PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'what the broker is called here' },
  { name: 'address', kind: ParameterKind.text, help: 'host name or IP address; several with commas between' },
  { name: 'port', kind: ParameterKind.whole, help: 'TCP port', least: 1, most: 65535 },
  { name: 'ssl', kind: ParameterKind.flag, help: 'whether TLS is used' },
  { name: 'certificate', kind: ParameterKind.text, help: 'name of the certificate for TLS' },
  { name: 'client-id', kind: ParameterKind.text, help: 'unique name of this client' },
  { name: 'username', kind: ParameterKind.text, help: 'name for the broker', secret: true },
  { name: 'password', kind: ParameterKind.text, help: 'password for the broker', secret: true, stars: true },
  { name: 'auto-connect', kind: ParameterKind.flag, help: 'whether to connect again after a loss' },
  {
    name: 'keep-alive',
    kind: ParameterKind.whole,
    help: 'seconds without traffic before a ping',
    least: 30,
    most: 64800,
  },
  {
    name: 'parallel-scripts-limit',
    kind: ParameterKind.whole,
    help: 'how many scripts of messages run at once',
    least: 3,
    most: 1000,
    values: ['off'],
    standard: 'off',
  },
  {
    name: 'clean-session',
    kind: ParameterKind.flag,
    help: 'whether the broker forgets at each connect',
    standard: 'yes',
  },
  { name: 'will-topic', kind: ParameterKind.text, help: 'where the broker announces a lost connection' },
  { name: 'will-message', kind: ParameterKind.text, help: 'what it says there' },
  { name: 'will-qos', kind: ParameterKind.whole, help: 'its quality of service', least: 0, most: 1, standard: '0' },
  { name: 'will-retain', kind: ParameterKind.flag, help: 'whether the broker keeps it', standard: 'no' },
  { name: 'connected', kind: ParameterKind.flag, help: 'whether there is a connection', readOnly: true },
];

const brokerTable: Table<BrokerEntry> = {
  ...entryTable(brokersOf, BROKER_PROPERTIES),
  property(broker, name) {
    if (name !== 'connected') return broker.property(name);
    return broker.connected ? 'yes' : 'no';
  },
};

/** `/iot mqtt brokers` */
export const brokersMenu: Menu = {
  name: 'brokers',
  help: 'the configured brokers',
  menus: [],
  commands: listCommands(brokerTable, entryChanges(brokersOf)),
};

const ON_MESSAGE: Property = {
  name: 'on-message',
  kind: ParameterKind.text,
  help: '{script} for each message, with $msgData and $msgTopic',
};

const SUBSCRIPTION_PROPERTIES: readonly Property[] = [
  { name: 'broker', kind: ParameterKind.text, help: 'name of the broker', unquoted: true, readOnly: true },
  { name: 'topic', kind: ParameterKind.filter, help: 'topic filter', readOnly: true },
  QOS,
  ON_MESSAGE,
];

const RECEIVED_PROPERTIES: readonly Property[] = [
  { name: 'broker', kind: ParameterKind.text, help: 'name of the broker', unquoted: true },
  { name: 'topic', kind: ParameterKind.text, help: 'topic of the message' },
  { name: 'data', kind: ParameterKind.text, help: 'the message' },
  { name: 'time', kind: ParameterKind.text, help: 'when it arrived (UTC)', unquoted: true },
];

const subscriptionTable: Table<SubscriptionEntry> = {
  properties: SUBSCRIPTION_PROPERTIES,
  rows: (services) => brokersOf(services).list.flatMap((broker) => broker.subscriptions.slice()),
  property(subscription, name, services) {
    switch (name) {
      case 'broker':
        return ownerOf(services, subscription)?.name ?? '';
      case 'topic':
        return subscription.topic;
      case 'qos':
        return String(subscription.qos);
      default:
        return subscription.onMessage;
    }
  },
};

const receivedTable: Table<number> = {
  properties: RECEIVED_PROPERTIES,
  rows: (services) => indices(brokersOf(services).received.count),
  property(index, name, services) {
    const { received } = brokersOf(services);
    switch (name) {
      case 'broker':
        return received.broker(index);
      case 'topic':
        return received.topic(index);
      case 'data':
        return received.text(index);
      default:
        return dateText(received.unixTime(index));
    }
  },
};

/** `/iot mqtt subscriptions` */
export const subscriptionsMenu: Menu = {
  name: 'subscriptions',
  help: 'the subscriptions and what arrived',
  menus: [
    {
      name: 'recv',
      help: 'messages that arrived',
      menus: [],
      commands: [
        {
          name: 'clear',
          help: 'forgets the messages',
          parameters: [],
          run: (call) => void brokersOf(call.services).received.clear(),
        },
        printReceivedCommand(),
      ],
    },
  ],
  commands: [...listCommands(subscriptionTable, {}), setCommand()],
};

function setCommand(): Command {
  return {
    name: 'set',
    help: 'changes subscriptions',
    parameters: [numbersParameter(subscriptionTable, true), brokerParameter(false), QOS, ON_MESSAGE],
    unnamed: ['numbers'],
    run(call) {
      const broker = call.text('broker');
      const source = call.text('on-message');
      // So that a script that cannot run is refused now, and not at the first message.
      if (source !== undefined) call.interpreter.host.parse(source);
      const found = findRows(call, subscriptionTable, call.required('numbers'));
      for (const subscription of found) {
        if (broker !== undefined && ownerOf(call.services, subscription)?.name !== broker) {
          throw new ConsoleError('no such item of broker ' + broker);
        }
      }
      for (const subscription of found) {
        if (call.has('qos')) subscription.qos = Number(call.required('qos'));
        if (source !== undefined) subscription.onMessage = source;
      }
    },
  };
}

function printReceivedCommand(): Command {
  const print = printCommand(receivedTable);
  return {
    ...print,
    async run(call) {
      const value = await print.run(call);
      const { lost } = brokersOf(call.services).received;
      if (lost > 0 && !call.substituted) call.line('# ' + lost + ' older messages were lost');
      return value;
    },
  };
}

function ownerOf(services: ConsoleServices, subscription: SubscriptionEntry): BrokerEntry | undefined {
  return brokersOf(services).list.find((broker) => broker.subscriptions.includes(subscription));
}

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
