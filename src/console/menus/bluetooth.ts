import type { BluetoothBindings, ConsoleBindings, EntryList, PeripheralEntry } from '../bindings.js';
import { entryChanges, entryTable, indices, listCommands } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { recordLines } from '../table.js';
import type { Property, Table } from '../table.js';
import { printable } from '../value.js';

/** The bytes of pairs of hexadecimal digits. */
export function hexBytes(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Milliseconds; Core 5.4, Vol 4, Part E, 7.8.10 gives the range. */
const SCAN_TIME = { kind: ParameterKind.decimal, min: 2.5, max: 10240 };
const ADDRESS_TYPES = ['any', 'public', 'random'];

const SCANNER: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'radio', readOnly: true },
  {
    name: 'type',
    kind: ParameterKind.choice,
    help: 'active scanning requests scan responses',
    values: ['passive', 'active'],
  },
  { name: 'interval', ...SCAN_TIME, help: 'scan interval in ms' },
  { name: 'window', ...SCAN_TIME, help: 'scan window in ms, at most the interval' },
  {
    name: 'filter-policy',
    kind: ParameterKind.choice,
    help: 'which advertisers are accepted',
    values: ['default', 'whitelist', 'no'],
  },
  {
    name: 'filter-duplicates',
    kind: ParameterKind.choice,
    help: 'how repeated advertisements are handled',
    values: ['off', 'keep-newest', 'keep-oldest', 'keep-unique'],
  },
  { name: 'disabled', kind: ParameterKind.flag, help: 'stop scanning' },
];

const WHITELIST: readonly Property[] = [
  { name: 'device', kind: ParameterKind.text, help: 'radio', unquoted: true },
  { name: 'address', kind: ParameterKind.text, help: 'AA:BB:CC:DD:EE:FF, or its first bytes and *', unquoted: true },
  { name: 'address-type', kind: ParameterKind.choice, help: 'address type', values: ADDRESS_TYPES, default: 'any' },
  { name: 'comment', kind: ParameterKind.text, help: 'comment, shown with the advertisements that it accepts' },
  { name: 'disabled', kind: ParameterKind.flag, help: 'ignore this entry', default: 'no' },
];

const text = (name: string, help: string): Property => ({ name, kind: ParameterKind.text, help, unquoted: true });
const integer = (name: string, help: string): Property => ({ name, kind: ParameterKind.integer, help });

const ADVERTISEMENT: readonly Property[] = [
  text('device', 'radio'),
  text('pdu-type', 'PDU type'),
  text('time', 'time of arrival (UTC)'),
  integer('epoch', 'ms since 1970-01-01 (UTC)'),
  text('address-type', 'public or random'),
  text('address', 'address of the tag'),
  integer('rssi', 'signal strength in dBm'),
  integer('length', 'length of the data in bytes'),
  { name: 'data', kind: ParameterKind.text, help: 'hexadecimal' },
  { name: 'filter-comment', kind: ParameterKind.text, help: 'comment of the matching whitelist entry' },
];

const PERIPHERAL: readonly Property[] = [
  text('address-type', 'public or random'),
  text('address', 'address of the tag'),
  { name: 'name', kind: ParameterKind.text, help: 'name of the tag' },
  text('beacon-types', 'formats that it sends'),
  integer('rssi', 'signal strength in dBm'),
  text('last-seen', 'last advertisement (UTC)'),
  { name: 'last-data', kind: ParameterKind.text, help: 'hexadecimal' },
];

/** The menus of Bluetooth are present only where it is. */
function bluetoothOf(bindings: ConsoleBindings): BluetoothBindings {
  return bindings.bluetooth!;
}

const whitelist = (bindings: ConsoleBindings): EntryList => bluetoothOf(bindings).whitelist;

const peripherals: Table<PeripheralEntry> = {
  ...entryTable((bindings) => bluetoothOf(bindings).devices, PERIPHERAL),
  more: (device) => device.names,
};

const advertisements: Table<number> = {
  properties: ADVERTISEMENT,
  rows: (bindings) => indices(bluetoothOf(bindings).advertisements.count),
  property: (index, name, bindings) => bluetoothOf(bindings).advertisements.property(index, name),
};

const advertisementsMenu: Menu = {
  name: 'advertisements',
  help: 'received advertisements',
  menus: [],
  commands: [
    {
      name: 'clear',
      help: 'removes all advertisements',
      parameters: [],
      run: (call) => void bluetoothOf(call.bindings).advertisements.clear(),
    },
    ...listCommands(advertisements, {}),
  ],
};

/** `/iot bluetooth` */
export const bluetoothMenu: Menu = {
  name: 'bluetooth',
  help: 'Bluetooth tags',
  menus: [
    {
      name: 'peripheral-devices',
      help: 'tags that were heard, with their values',
      menus: [],
      commands: listCommands(peripherals, {}),
    },
    {
      name: 'scanners',
      help: 'scanning',
      menus: [advertisementsMenu],
      commands: listCommands(
        entryTable((bindings) => bluetoothOf(bindings).scanners, SCANNER),
        {
          set: (bindings, scanner, properties) => bluetoothOf(bindings).scanners.set(scanner, properties),
          single: true,
        },
      ),
    },
    {
      name: 'whitelist',
      help: 'addresses accepted with filter-policy=whitelist',
      menus: [],
      commands: listCommands(entryTable(whitelist, WHITELIST), entryChanges(whitelist)),
    },
  ],
  commands: [
    {
      name: 'decode-ad',
      help: 'decodes an advertisement',
      parameters: [{ name: 'data', kind: ParameterKind.hex, help: 'its bytes in hexadecimal', required: true }],
      unnamed: ['data'],
      run(call) {
        const described = bluetoothOf(call.bindings).decode(hexBytes(call.required('data')));
        const names = Object.keys(described);
        for (const line of recordLines(
          names,
          names.map((name) => printable(described[name]!)),
        ))
          call.line(line);
      },
    },
  ],
  present: (bindings) => bindings.bluetooth !== undefined,
};
