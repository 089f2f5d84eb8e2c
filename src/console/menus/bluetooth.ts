import { hexBytes } from '../../tags/address-text.js';
import { CHANGING, READING, READING_ANY, SET_ONLY, writeRecord } from '../list-commands.js';
import type { Menu } from '../menu.js';
import { EntryTable } from '../table.js';
import type { Table } from '../table.js';
import { printable } from '../value.js';

/* These menus are present only where Bluetooth is: then `bluetooth` of the bindings is there. */

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
  rows: ({ bluetooth }) => bluetooth!.advertisements.rows(),
  property: (row, name, { bluetooth }) => bluetooth!.advertisements.property(row, name),
};

const devices: Table<number> = {
  properties: [
    'address-type text unquoted: public or random',
    'address text unquoted: address of the tag',
    'name text: name of the tag',
    'beacon-types text unquoted: formats that it sends',
    'rssi integer: signal strength in dBm',
    'last-seen text unquoted: last advertisement (UTC)',
    'last-data text: hexadecimal',
  ],
  rows: ({ bluetooth }) => bluetooth!.devices.rows(),
  property: (row, name, { bluetooth }) => bluetooth!.devices.property(row, name),
  more: (row, { bluetooth }) => bluetooth!.devices.namesOf(row),
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
      table: devices,
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
              run: (call) => void call.bindings.bluetooth!.advertisements.clear(),
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
        ({ bluetooth }) => bluetooth!.scanners,
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
        ({ bluetooth }) => bluetooth!.whitelist,
      ),
    },
  ],
  commands: [
    {
      name: 'decode-ad',
      help: 'decodes an advertisement',
      parameters: ['data hex required unnamed: its bytes in hexadecimal'],
      run(call) {
        const data = call.required('data');
        const described = call.bindings.bluetooth!.decode(hexBytes(data, data.length / 2));
        const names = Object.keys(described);
        writeRecord(
          call,
          names,
          names.map((name) => printable(described[name]!)),
        );
      },
    },
  ],
};
