import type { BluetoothServices, ConsoleServices, EntryList, PeripheralEntry } from '../bindings.js';
import { entryChanges, entryTable, indices, listCommands, printCommand } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { ParameterKind } from '../parameter.js';
import { printable, recordLines } from '../table.js';
import type { Property, Table } from '../table.js';

/** The bytes of pairs of hexadecimal digits. */
export function hexBytes(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Milliseconds; Core 5.4, Vol 4, Part E, 7.8.10 gives the range. */
const SCAN_TIME = { kind: ParameterKind.decimal, least: 2.5, most: 10240 };
const ADDRESS_TYPES = ['any', 'public', 'random'];

const SCANNER: readonly Property[] = [
  { name: 'name', kind: ParameterKind.text, help: 'the radio', readOnly: true },
  { name: 'type', kind: ParameterKind.choice, help: 'whether to ask for more', values: ['passive', 'active'] },
  { name: 'interval', ...SCAN_TIME, help: 'ms from window to window' },
  { name: 'window', ...SCAN_TIME, help: 'ms of listening in each interval' },
  { name: 'filter-policy', kind: ParameterKind.choice, help: 'who is heard', values: ['default', 'whitelist', 'no'] },
  {
    name: 'filter-duplicates',
    kind: ParameterKind.choice,
    help: 'what is kept of a tag',
    values: ['off', 'keep-newest', 'keep-oldest', 'keep-unique'],
  },
  { name: 'disabled', kind: ParameterKind.flag, help: 'whether it rests' },
];

const WHITELIST: readonly Property[] = [
  { name: 'device', kind: ParameterKind.text, help: 'the radio', unquoted: true },
  { name: 'address', kind: ParameterKind.text, help: 'AA:BB:CC:DD:EE:FF, or its beginning and *', unquoted: true },
  { name: 'address-type', kind: ParameterKind.choice, help: 'kind of address', values: ADDRESS_TYPES, standard: 'any' },
  { name: 'comment', kind: ParameterKind.text, help: 'shown with what it lets pass' },
  { name: 'disabled', kind: ParameterKind.flag, help: 'whether it is not used', standard: 'no' },
];

const text = (name: string, help: string): Property => ({ name, kind: ParameterKind.text, help, unquoted: true });
const whole = (name: string, help: string): Property => ({ name, kind: ParameterKind.whole, help });

const ADVERTISEMENT: readonly Property[] = [
  text('device', 'the radio'),
  text('pdu-type', 'kind of advertisement'),
  text('time', 'when (UTC)'),
  whole('epoch', 'ms since 1970'),
  text('address-type', 'public or random'),
  text('address', 'of the tag'),
  whole('rssi', 'dBm'),
  whole('length', 'bytes of data'),
  { name: 'data', kind: ParameterKind.text, help: 'hexadecimal' },
  { name: 'filter-comment', kind: ParameterKind.text, help: 'comment of the whitelist entry' },
];

const PERIPHERAL: readonly Property[] = [
  text('address-type', 'public or random'),
  text('address', 'of the tag'),
  { name: 'name', kind: ParameterKind.text, help: 'of the tag' },
  text('beacon-types', 'what it sends'),
  whole('rssi', 'dBm'),
  text('last-seen', 'when (UTC)'),
  { name: 'last-data', kind: ParameterKind.text, help: 'hexadecimal' },
];

/** The menus of Bluetooth are present only with it. */
function bluetoothOf(services: ConsoleServices): BluetoothServices {
  return services.bluetooth!;
}

const whitelist = (services: ConsoleServices): EntryList => bluetoothOf(services).whitelist;

const peripherals: Table<PeripheralEntry> = {
  ...entryTable((services) => bluetoothOf(services).devices, PERIPHERAL),
  more: (device) => device.names,
};

const advertisements: Table<number> = {
  properties: ADVERTISEMENT,
  rows: (services) => indices(bluetoothOf(services).advertisements.count),
  property: (index, name, services) => bluetoothOf(services).advertisements.property(index, name),
};

const advertisementsMenu: Menu = {
  name: 'advertisements',
  help: 'what was heard',
  menus: [],
  commands: [
    {
      name: 'clear',
      help: 'forgets the advertisements',
      parameters: [],
      run: (call) => void bluetoothOf(call.services).advertisements.clear(),
    },
    printCommand(advertisements),
  ],
};

/** `/iot bluetooth` */
export const bluetoothMenu: Menu = {
  name: 'bluetooth',
  help: 'Bluetooth tags',
  menus: [
    {
      name: 'peripheral-devices',
      help: 'tags that were heard, and what they say',
      menus: [],
      commands: listCommands(peripherals, {}),
    },
    {
      name: 'scanners',
      help: 'how to listen',
      menus: [advertisementsMenu],
      commands: listCommands(
        entryTable((services) => bluetoothOf(services).scanners, SCANNER),
        {
          set: (services, scanner, properties) => bluetoothOf(services).scanners.set(scanner, properties),
          single: true,
        },
      ),
    },
    {
      name: 'whitelist',
      help: 'who is heard with filter-policy=whitelist',
      menus: [],
      commands: listCommands(entryTable(whitelist, WHITELIST), entryChanges(whitelist)),
    },
  ],
  commands: [
    {
      name: 'decode-ad',
      help: 'says what an advertisement means',
      parameters: [{ name: 'data', kind: ParameterKind.hex, help: 'its bytes in hexadecimal', required: true }],
      unnamed: ['data'],
      run(call) {
        const described = bluetoothOf(call.services).decode(hexBytes(call.required('data')));
        const names = Object.keys(described);
        for (const line of recordLines(
          names,
          names.map((name) => printable(described[name]!)),
        ))
          call.line(line);
      },
    },
  ],
  present: (services) => services.bluetooth !== undefined,
};
