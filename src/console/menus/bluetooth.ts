import type { BluetoothBindings, ConsoleBindings, PeripheralEntry } from '../bindings.js';
import { CHANGING, READING, READING_ANY, SET_ONLY } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { EntryTable, indices, recordLines } from '../table.js';
import type { Table } from '../table.js';
import { printable } from '../value.js';

/** The bytes of pairs of hexadecimal digits. */
export function hexBytes(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The menus of Bluetooth are present only where it is. */
function bluetoothOf(bindings: ConsoleBindings): BluetoothBindings {
  return bindings.bluetooth!;
}

class PeripheralTable extends EntryTable<PeripheralEntry> {
  more(device: PeripheralEntry): readonly string[] {
    return device.names;
  }
}

const advertisements: Table<number> = {
  properties: [
    'device text unquoted: radio',
    'pdu-type text unquoted: PDU type',
    'time text unquoted: time of arrival (UTC)',
    'epoch integer: ms since 1970-01-01 (UTC)',
    'address-type text unquoted: public or random',
    'address text unquoted: address of the tag',
    'rssi integer: signal strength in dBm',
    'length integer: length of the data in bytes',
    'data text: hexadecimal',
    'filter-comment text: comment of the matching whitelist entry',
  ],
  rows: (bindings) => indices(bluetoothOf(bindings).advertisements.count),
  property: (index, name, bindings) => bluetoothOf(bindings).advertisements.property(index, name),
};

/** `/iot bluetooth` */
export const bluetoothMenu: Menu = {
  name: 'bluetooth',
  help: 'Bluetooth tags',
  needs: 'bluetooth',
  menus: [
    {
      name: 'peripheral-devices',
      help: 'tags that were heard, with their values',
      commands: READING_ANY,
      table: new PeripheralTable(
        [
          'address-type text unquoted: public or random',
          'address text unquoted: address of the tag',
          'name text: name of the tag',
          'beacon-types text unquoted: formats that it sends',
          'rssi integer: signal strength in dBm',
          'last-seen text unquoted: last advertisement (UTC)',
          'last-data text: hexadecimal',
        ],
        (bindings) => bluetoothOf(bindings).devices,
      ),
    },
    {
      name: 'scanners',
      help: 'scanning',
      menus: [
        {
          name: 'advertisements',
          help: 'received advertisements',
          table: advertisements,
          commands: [
            {
              name: 'clear',
              help: 'removes all advertisements',
              run: (call) => void bluetoothOf(call.bindings).advertisements.clear(),
            },
            ...READING,
          ],
        },
      ],
      commands: [...READING, SET_ONLY],
      // Core 5.4, Vol 4, Part E, 7.8.10 gives the range of interval and window.
      table: new EntryTable(
        [
          'name text read-only: radio',
          'type choice (passive|active): active scanning requests scan responses',
          'interval decimal (2.5..10240): scan interval in ms',
          'window decimal (2.5..10240): scan window in ms, at most the interval',
          'filter-policy choice (default|whitelist|no): which advertisers are accepted',
          'filter-duplicates choice (off|keep-newest|keep-oldest|keep-unique): how repeated advertisements are handled',
          'disabled flag: stop scanning',
        ],
        (bindings) => bluetoothOf(bindings).scanners,
      ),
    },
    {
      name: 'whitelist',
      help: 'addresses accepted with filter-policy=whitelist',
      commands: CHANGING,
      table: new EntryTable(
        [
          'device text unquoted: radio',
          'address text unquoted: AA:BB:CC:DD:EE:FF, or its first bytes and *',
          'address-type choice (any|public|random) =any: address type',
          'comment text: comment, shown with the advertisements that it accepts',
          'disabled flag =no: ignore this entry',
        ],
        (bindings) => bluetoothOf(bindings).whitelist,
      ),
    },
  ],
  commands: [
    {
      name: 'decode-ad',
      help: 'decodes an advertisement',
      parameters: ['data hex required unnamed: its bytes in hexadecimal'],
      run(call) {
        const described = bluetoothOf(call.bindings).decode(hexBytes(call.required('data')));
        const names = Object.keys(described);
        const values = names.map((name) => printable(described[name]!));
        for (const line of recordLines(names, values)) call.line(line);
      },
    },
  ],
};
