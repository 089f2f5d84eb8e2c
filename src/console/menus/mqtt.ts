import type { SubscribeOptions } from '../../brokers/index.js';
import type { BrokerEntry, ConsoleBindings, SubscriptionEntry } from '../bindings.js';
import { CHANGING, findRows, READING, ROWS } from '../list-commands.js';
import type { Call, Menu } from '../menu.js';
import type { Parameter } from '../parameter.js';
import { EntryTable, indices } from '../table.js';
import type { Table } from '../table.js';
import { dateText } from '../value.js';

/* These menus are present only where brokers are: then `brokers` of the bindings is there. */

/** `/iot mqtt brokers` */
const brokersMenu: Menu = {
  name: 'brokers',
  help: 'configured brokers',
  commands: CHANGING,
  // In RouterOS's order, with the ranges of its manual, except that a TCP port has 16 bits.
  table: new EntryTable(
    [
      'name text: name of the broker in this console',
      'address text: host name or IP address, or several separated by commas',
      'port integer (1..65535): TCP port, default 1883',
      'ssl flag: use TLS, default no',
      'certificate text: name of the TLS certificate',
      'client-id text: client identifier, unique on the broker',
      'username text secret: user name, or access token',
      'password text secret stars: password',
      'auto-connect flag: reconnect automatically, default no',
      'keep-alive integer (30..64800): keep alive in seconds, default 60',
      'parallel-scripts-limit integer (3..1000|off) =off: on-message scripts that may run at the same time',
      'clean-session flag =yes: clean session',
      'will-topic text: topic of the will',
      'will-message text: payload of the will',
      'will-qos integer (0..1) =0: QoS of the will',
      'will-retain flag =no: retain flag of the will',
      'connected flag read-only: connected to the broker',
    ],
    ({ brokers }) => brokers!,
  ),
};

/** The session implements QoS 0 and 1. */
const QOS: Parameter = 'qos integer (0..1): quality of service';

const ON_MESSAGE: Parameter = 'on-message text script: {script} to run for each message, with $msgData and $msgTopic';

const GRANTED_HELP = 'quality of service that the broker granted; print shows it when it is not qos';

const subscriptionTable: Table<SubscriptionEntry> = {
  properties: [
    'broker text unquoted read-only: name of the broker',
    'topic filter read-only: topic filter',
    QOS,
    `granted-qos integer (0..2|refused) read-only: ${GRANTED_HELP}`,
    ON_MESSAGE,
  ],
  rows: ({ brokers }) => brokers!.list.flatMap((broker) => broker.subscriptions.slice()),
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
  properties: [
    'broker text unquoted: name of the broker',
    'topic text: topic of the message',
    'data text: payload of the message',
    'time text unquoted: time of arrival (UTC)',
  ],
  rows: ({ brokers }) => indices(brokers!.received.count),
  property(index, name, { brokers }) {
    const { received } = brokers!;
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
  note({ brokers }) {
    const { lost } = brokers!.received;
    return lost > 0 ? lost + ' older messages were lost' : '';
  },
};

/** `/iot mqtt subscriptions` */
const subscriptionsMenu: Menu = {
  name: 'subscriptions',
  help: 'subscriptions and received messages',
  table: subscriptionTable,
  menus: [
    {
      name: 'recv',
      help: 'received messages',
      table: receivedTable,
      commands: [
        {
          name: 'clear',
          help: 'removes all messages',
          run: (call) => void call.bindings.brokers!.received.clear(),
        },
        ...READING,
      ],
    },
  ],
  commands: [
    ...READING,
    {
      name: 'set',
      help: 'changes subscriptions',
      parameters: [...ROWS, 'broker broker: name of a broker', QOS, ON_MESSAGE],
      run(call) {
        const broker = call.text('broker');
        const source = call.text('on-message');
        // A script with an error is refused now, and not at the first message.
        if (source !== undefined) call.run.host.parse(source);
        const found = findRows(call) as SubscriptionEntry[];
        for (const subscription of found) {
          if (broker !== undefined && ownerOf(call.bindings, subscription)?.name !== broker) {
            throw new RangeError('no such item of broker ' + broker);
          }
        }
        for (const subscription of found) {
          if (call.has('qos')) subscription.qos = Number(call.required('qos'));
          if (source !== undefined) subscription.onMessage = source;
        }
      },
    },
  ],
};

function ownerOf(bindings: ConsoleBindings, subscription: SubscriptionEntry): BrokerEntry | undefined {
  return bindings.brokers!.list.find((broker) => broker.subscriptions.includes(subscription));
}

const BROKER: Parameter = 'broker broker required: name of a broker';
const BROKER_ALONE: readonly Parameter[] = ['broker broker required unnamed: name of a broker'];
const FORCE: Parameter = 'force flag: connect first if necessary, default yes';
const FILTER: Parameter = 'topic filter required: topic filter, with the wildcards + and #';

/** `/iot mqtt` */
export const mqttMenu: Menu = {
  name: 'mqtt',
  help: 'MQTT client',
  needs: 'brokers',
  menus: [brokersMenu, subscriptionsMenu],
  commands: [
    {
      name: 'connect',
      help: 'connects to a broker',
      parameters: BROKER_ALONE,
      run: (call) => brokerOf(call).connect(),
    },
    {
      name: 'disconnect',
      help: 'disconnects from a broker',
      parameters: BROKER_ALONE,
      run: (call) => brokerOf(call).disconnect(),
    },
    {
      name: 'publish',
      help: 'publishes a message',
      parameters: [
        BROKER,
        'topic text required: topic name',
        'message text: payload',
        QOS,
        'retain flag: retain the message on the broker, default no',
        FORCE,
        'disconnect-after flag: disconnect when the broker has acknowledged it, default no',
      ],
      async run(call) {
        const topic = call.required('topic');
        const { delivered, reason } = await brokerOf(call).publish(topic, call.text('message') ?? '', {
          ...subscribeOptions(call),
          retain: call.isYes('retain', false),
          disconnectAfter: call.isYes('disconnect-after', false),
        });
        if (!delivered && !call.substituted) call.line('message kept: ' + reason);
      },
    },
    {
      name: 'subscribe',
      help: 'subscribes to a topic filter',
      parameters: [BROKER, FILTER, QOS, FORCE],
      run: (call) => brokerOf(call).subscribe(call.required('topic'), subscribeOptions(call)),
    },
    {
      name: 'unsubscribe',
      help: 'ends a subscription',
      parameters: [BROKER, FILTER],
      run: (call) => brokerOf(call).unsubscribe(call.required('topic')),
    },
  ],
};

function subscribeOptions(call: Call): SubscribeOptions {
  return { qos: Number(call.text('qos') ?? 0), force: call.isYes('force', true) };
}

/** The argument was checked, so the broker exists. */
function brokerOf(call: Call): BrokerEntry {
  return call.bindings.brokers!.find(call.required('broker'))!;
}
