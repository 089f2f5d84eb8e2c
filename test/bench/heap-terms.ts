import { CLOUDS } from '../../src/cloud/index.js';
import { parseExample } from '../docs/render-clouds.js';
import type { Sizes } from '../xs/sizes.js';

/** Bytes of the RAM of an ESP32 that something takes, for each of the clouds of `HEAP_CLOUDS`. */
export interface HeapTerm {
  term: string;
  bytes: readonly number[];
  /** Where the figure is from. */
  source: string;
}

/** Those that a device reaches by TLS alone. */
export const HEAP_CLOUDS: readonly string[] = ['aws', 'azure'];

const SLOT = 16;
const KIB = 1024;
/** What the SDK gives a machine at its start (tools/mcconfig.js, `filterCreation`), and how it grows. */
const CHUNKS = { initial: 32768, step: 1024 };
const SLOTS = { initial: 2048, step: 64 };
const STACK_SLOTS = 640;

/** A server's chain without its root, as AWS IoT Core and IoT Hub sent it when this was written: two or three. */
const CHAIN = 5120;
/** The server's own certificate, with an RSA key of 2048 bits. */
const LEAF = 1536;
/** A client's certificate with an RSA key of 2048 bits, and the key in PKCS #8. */
const CLIENT = 1024 + 1219;
/** Header, explicit nonce and tag of a record of AES-GCM. */
const RECORD = 5 + 8 + 16;
/** The largest message of the device: `maxPayload` and its topic. */
const MESSAGE = 832;

const both = (bytes: number): number[] => HEAP_CLOUDS.map(() => bytes);
const upTo = (bytes: number, step: number): number => Math.ceil(bytes / step) * step;

/** The machine, and what a cloud and its connection add to it: while it is connected, and while it connects. */
export function heapTerms({ firmware }: Sizes): { held: HeapTerm[]; connecting: HeapTerm[]; system: HeapTerm[] } {
  const { slots, chunkBytes } = firmware.esp32;
  const tables = HEAP_CLOUDS.map(
    (name) => CLOUDS.find((cloud) => cloud.name === name)!.memory?.(parseExample(name)) ?? 0,
  );
  const session = 'ssl/session_419.js, ssl_cert.js: objects, not buffers; assumed';
  const held: HeapTerm[] = [
    { term: 'stack, 640 slots', bytes: both(STACK_SLOTS * SLOT), source: 'boards/esp32/manifest.json' },
    {
      term: 'slots of the firmware, at least 2048',
      bytes: both(Math.max(SLOTS.initial, upTo(slots, SLOTS.step)) * SLOT),
      source: 'test/sizes.json; mcconfig.js',
    },
    {
      term: 'chunks of the firmware, at least 32768',
      bytes: both(Math.max(CHUNKS.initial, upTo(chunkBytes, CHUNKS.step))),
      source: 'test/sizes.json; mcconfig.js',
    },
    { term: 'tables of the cloud', bytes: tables, source: '`memory` of its definition, with its example' },
    { term: 'slots of the TLS session', bytes: both(512 * SLOT), source: session },
    { term: "server's certificate", bytes: both(LEAF), source: 'ssl_handshake.js, `peerCert`; assumed size' },
    {
      term: 'certificate and key of the device',
      bytes: [CLIENT, 0],
      source: 'ecma419/tls-options.ts: from PEM in flash to DER in RAM; Azure has a key of 64 bytes',
    },
    { term: 'certificate `ca`', bytes: both(LEAF), source: 'the same; 0 with a root of the SDK, which is in flash' },
    {
      term: 'a message sent: encrypted, then packed',
      bytes: both(2 * (MESSAGE + RECORD)),
      source: 'ssl_record.js, `packetize`: GCM makes one copy, SSLStream another',
    },
    {
      term: 'a record received, of 512 bytes',
      bytes: both(512 + RECORD),
      source: 'session_419.js, `readPacket`; decrypted in place (ssl_record.js, `unpacketize`)',
    },
  ];
  const connecting: HeapTerm[] = [
    {
      term: "record with the server's chain",
      bytes: both(CHAIN + 9),
      source: 'session_419.js, `readPacket`; assumed size, at most 16384 (`maxFragmentSize`)',
    },
    {
      term: 'message with the certificate of the device',
      bytes: [3 * CLIENT, 0],
      source: 'ssl_handshake.js, `certificate.packetize`, and two streams around it',
    },
    {
      term: 'numbers of RSA and ECDHE',
      bytes: both(8 * KIB),
      source: 'rsa.js, ecdsa.js: BigInts of 256 and 32 bytes, garbage until it is collected; assumed',
    },
  ];
  const system: HeapTerm[] = [
    { term: 'DRAM of an ESP32', bytes: both(320 * KIB), source: 'ESP-IDF, Memory Types' },
    { term: 'less for Bluetooth', bytes: both(-64 * KIB), source: 'the same' },
    {
      term: 'less for Wi-Fi buffers, 30 of 1600',
      bytes: both(-30 * 1600),
      source: 'sdkconfig.defaults of the SDK: 6 static, 24 dynamic at the most',
    },
    { term: 'less for TCP, both windows', bytes: both(-2 * 8192), source: 'sdkconfig.defaults: LWIP_TCP_WND, SND_BUF' },
    {
      term: 'less for stacks of tasks',
      bytes: both(-(4096 + 2048 + 2560 + 4096 + 2 * 1024 + 2 * 2100)),
      source: 'sdkconfig.defaults: main, events, TCP/IP, NimBLE, idle, interrupts',
    },
  ];
  return { held, connecting, system };
}

/** The sum of terms, for each cloud. */
export function sumOf(terms: readonly HeapTerm[]): number[] {
  return HEAP_CLOUDS.map((_, cloud) => terms.reduce((sum, { bytes }) => sum + bytes[cloud]!, 0));
}

/** The arithmetic as a table for people. */
export function heapTable(sizes: Sizes): string {
  const { held, connecting, system } = heapTerms(sizes);
  const total = sumOf([...held, ...connecting]);
  const left = sumOf(system).map((bytes, cloud) => bytes - total[cloud]!);
  const rows: [string, readonly (number | string)[], string][] = [
    ['bytes, not measured on hardware', HEAP_CLOUDS, 'source'],
    ...rowsOf(held),
    ['= while it is connected', sumOf(held), ''],
    ...rowsOf(connecting),
    ['= at the most, while it connects', total, ''],
    ...rowsOf(system),
    ['= for machine, TLS and static data', sumOf(system), ''],
    ['= left for static data of ESP-IDF', left, ''],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, cells, source]) => {
      const columns = cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell).padStart(9));
      return `${name.padEnd(width)}${columns.join('')}   ${source}`.trimEnd();
    })
    .join('\n');
}

function rowsOf(terms: readonly HeapTerm[]): [string, readonly number[], string][] {
  return terms.map(({ term, bytes, source }) => [term, bytes, source]);
}
