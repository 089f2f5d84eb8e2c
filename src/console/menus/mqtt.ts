import type { SubscribeOptions } from '../../brokers/index.js';
import type { BrokerEntry, BrokerList, ConsoleBindings, SubscriptionEntry } from '../bindings.js';
import { ConsoleError } from '../console-error.js';
import { entryChanges, entryTable, findRows, indices, listCommands, numbersParameter } from '../list-commands.js';
import type { Call, Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { Parameter } from '../parameter.js';
import type { Property, Table } from '../table.js';
import { dateText } from '../value.js';

/** The session implements QoS 0 and 1. */
export const QOS: Parameter = { name: 'qos', kind: ParameterKind.integer, help: 'quality of service', min: 0, max: 1 };

/** The menus of brokers are present only where brokers are. */
export function brokersOf(bindings: ConsoleBindings): BrokerList {
  return bindings.brokers!;
}

/** The name of an existing broker. */
export function brokerParameter(required: boolean): Parameter {
  return {
    name: 'broker',
    kind: ParameterKind.reference,
    help: 'name of a broker',
    candidates: (bindings) => brokersOf(bindings).list.map((broker) => broker.name),
    required,
  };
}

/** In RouterOS's order, with the ranges of its manual, except that a TCP port has 16 bits. */
const BROKER_PROPERTIES: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'name of the broker in this console' },
  { name: 'address', kind: ParameterKind.text, help: 'host name or IP address, or several separated by commas' },
  { name: 'port', kind: ParameterKind.integer, help: 'TCP port, default 1883', min: 1, max: 65535 },
  { name: 'ssl', kind: ParameterKind.flag, help: 'use TLS, default no' },
  { name: 'certificate', kind: ParameterKind.text, help: 'name of the TLS certificate' },
  { name: 'client-id', kind: ParameterKind.text, help: 'client identifier, unique on the broker' },
  { name: 'username', kind: ParameterKind.text, help: 'user name, or access token', secret: true },
  { name: 'password', kind: ParameterKind.text, help: 'password', secret: true, stars: true },
  { name: 'auto-connect', kind: ParameterKind.flag, help: 'reconnect automatically, default no' },
  {
    name: 'keep-alive',
    kind: ParameterKind.integer,
    help: 'keep alive in seconds, default 60',
    min: 30,
    max: 64800,
  },
  {
    name: 'parallel-scripts-limit',
    kind: ParameterKind.integer,
    help: 'on-message scripts that may run at the same time',
    min: 3,
    max: 1000,
    values: ['off'],
    default: 'off',
  },
  {
    name: 'clean-session',
    kind: ParameterKind.flag,
    help: 'clean session',
    default: 'yes',
  },
  { name: 'will-topic', kind: ParameterKind.text, help: 'topic of the will' },
  { name: 'will-message', kind: ParameterKind.text, help: 'payload of the will' },
  { name: 'will-qos', kind: ParameterKind.integer, help: 'QoS of the will', min: 0, max: 1, default: '0' },
  { name: 'will-retain', kind: ParameterKind.flag, help: 'retain flag of the will', default: 'no' },
  { name: 'connected', kind: ParameterKind.flag, help: 'connected to the broker', readOnly: true },
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
  help: 'configured brokers',
  menus: [],
  commands: listCommands(brokerTable, entryChanges(brokersOf)),
};

const ON_MESSAGE: Property = {
  name: 'on-message',
  kind: ParameterKind.text,
  help: '{script} to run for each message, with $msgData and $msgTopic',
  script: true,
};

const SUBSCRIPTION_PROPERTIES: readonly Property[] = [
  { name: 'broker', kind: ParameterKind.text, help: 'name of the broker', unquoted: true, readOnly: true },
  { name: 'topic', kind: ParameterKind.filter, help: 'topic filter', readOnly: true },
  QOS,
  {
    name: 'granted-qos',
    kind: ParameterKind.integer,
    help: 'quality of service that the broker granted; print shows it when it is not qos',
    min: 0,
    max: 2,
    values: ['refused'],
    readOnly: true,
  },
  ON_MESSAGE,
];

const RECEIVED_PROPERTIES: readonly Property[] = [
  { name: 'broker', kind: ParameterKind.text, help: 'name of the broker', unquoted: true },
  { name: 'topic', kind: ParameterKind.text, help: 'topic of the message' },
  { name: 'data', kind: ParameterKind.text, help: 'payload of the message' },
  { name: 'time', kind: ParameterKind.text, help: 'time of arrival (UTC)', unquoted: true },
];

const subscriptionTable: Table<SubscriptionEntry> = {
  properties: SUBSCRIPTION_PROPERTIES,
  rows: (bindings) => brokersOf(bindings).list.flatMap((broker) => broker.subscriptions.slice()),
  property(subscription, name, bindings) {
    switch (name) {
      case 'broker':
        return ownerOf(bindings, subscription)?.name ?? '';
      case 'topic':
        return subscription.topic;
      case 'qos':
        return String(subscription.qos);
      case 'granted-qos':
        if (subscription.grantedQos === undefined) return '';
        return subscription.grantedQos > 2 ? 'refused' : String(subscription.grantedQos);
      default:
        return subscription.onMessage;
    }
  },
  omits: (subscription, name) => name === 'granted-qos' && subscription.grantedQos === subscription.qos,
};

const receivedTable: Table<number> = {
  properties: RECEIVED_PROPERTIES,
  rows: (bindings) => indices(brokersOf(bindings).received.count),
  property(index, name, bindings) {
    const { received } = brokersOf(bindings);
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
  help: 'subscriptions and received messages',
  menus: [
    {
      name: 'recv',
      help: 'received messages',
      menus: [],
      commands: [
        {
          name: 'clear',
          help: 'removes all messages',
          parameters: [],
          run: (call) => void brokersOf(call.bindings).received.clear(),
        },
        ...listCommands(receivedTable, {}).map((command) => (command.name === 'print' ? withLost(command) : command)),
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
      // A script with an error is refused now, and not at the first message.
      if (source !== undefined) call.run.host.parse(source);
      const found = findRows(call, subscriptionTable, call.required('numbers'));
      for (const subscription of found) {
        if (broker !== undefined && ownerOf(call.bindings, subscription)?.name !== broker) {
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

/** `print` of received messages, which says how many are missing. */
function withLost(print: Command): Command {
  return {
    ...print,
    async run(call) {
      const value = await print.run(call);
      const { lost } = brokersOf(call.bindings).received;
      if (lost > 0 && !call.substituted) call.line('# ' + lost + ' older messages were lost');
      return value;
    },
  };
}

function ownerOf(bindings: ConsoleBindings, subscription: SubscriptionEntry): BrokerEntry | undefined {
  return brokersOf(bindings).list.find((broker) => broker.subscriptions.includes(subscription));
}

const BROKER = brokerParameter(true);
const FORCE: Parameter = { name: 'force', kind: ParameterKind.flag, help: 'connect first if necessary, default yes' };
const TOPIC: Parameter = { name: 'topic', kind: ParameterKind.text, help: 'topic name', required: true };
const FILTER: Parameter = {
  name: 'topic',
  kind: ParameterKind.filter,
  help: 'topic filter, with the wildcards + and #',
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
      help: 'subscribes to a topic filter',
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
  present: (bindings) => bindings.brokers !== undefined,
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
      { name: 'message', kind: ParameterKind.text, help: 'payload' },
      QOS,
      { name: 'retain', kind: ParameterKind.flag, help: 'retain the message on the broker, default no' },
      FORCE,
      {
        name: 'disconnect-after',
        kind: ParameterKind.flag,
        help: 'disconnect when the broker has acknowledged it, default no',
      },
    ],
    async run(call) {
      const { delivered, reason } = await brokerOf(call).publish(call.required('topic'), call.text('message') ?? '', {
        qos: Number(call.text('qos') ?? 0),
        retain: call.isYes('retain', false),
        force: call.isYes('force', true),
        disconnectAfter: call.isYes('disconnect-after', false),
      });
      if (!delivered && !call.substituted) call.line('message kept: ' + reason);
      return undefined;
    },
  };
}

function subscribeOptions(call: Call): SubscribeOptions {
  return { qos: Number(call.text('qos') ?? 0), force: call.isYes('force', true) };
}

/** The argument was checked, so the broker exists. */
function brokerOf(call: Call): BrokerEntry {
  return brokersOf(call.bindings).find(call.required('broker'))!;
}

async function discard(promise: Promise<void>): Promise<undefined> {
  await promise;
  return undefined;
}
