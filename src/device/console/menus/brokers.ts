import { entryChanges, entryTable } from '../entry-table.js';
import { listCommands } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import type { BrokerEntry } from '../services.js';
import type { Property, Table } from '../table.js';
import { brokersOf } from './broker-parameters.js';

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

const table: Table<BrokerEntry> = {
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
  commands: listCommands(table, entryChanges(brokersOf)),
};
