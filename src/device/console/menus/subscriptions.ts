import { ConsoleError } from '../console-error.js';
import { dateText } from '../duration.js';
import { listCommands, numbersParameter, printCommand } from '../list-commands.js';
import type { Command, Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { findRows } from '../rows.js';
import type { BrokerEntry, ConsoleServices, SubscriptionEntry } from '../services.js';
import type { Property, Table } from '../table.js';
import { brokerParameter, brokersOf, QOS } from './broker-parameters.js';
import { indices } from './indices.js';

const ON_MESSAGE: Property = {
  name: 'on-message',
  kind: ParameterKind.text,
  help: '{script} for each message, with $msgData and $msgTopic',
};

const PROPERTIES: readonly Property[] = [
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

const table: Table<SubscriptionEntry> = {
  properties: PROPERTIES,
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
        return dateText(received.epoch(index));
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
  commands: [...listCommands(table, {}), setCommand()],
};

function setCommand(): Command {
  return {
    name: 'set',
    help: 'changes subscriptions',
    parameters: [numbersParameter(table, true), brokerParameter(false), QOS, ON_MESSAGE],
    unnamed: ['numbers'],
    run(call) {
      const broker = call.text('broker');
      const source = call.text('on-message');
      // So that a script that cannot run is refused now, and not at the first message.
      if (source !== undefined) call.interpreter.host.parse(source);
      const found = findRows(call, table, call.required('numbers'));
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
