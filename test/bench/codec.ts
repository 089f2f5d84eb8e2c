import { generate, parser as makePeerParser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { encodeUtf8, Parser, ParserEvent, writePublishHeader } from '../../src/mqtt/index.js';
import { OURS, rate } from './rows.js';
import type { BenchRun } from './rows.js';

const TOPIC = 'tagwire/gateway/tags/DC2C6E';
const PAYLOAD_SIZE = 64;
const PACKETS = 1000;

const ROUNDS = 9;

/** Encoding and decoding PUBLISH packets of 64 bytes, against mqtt-packet. */
export async function benchCodec(bench: BenchRun): Promise<void> {
  await compare(bench, 'encode PUBLISH', encodeOurs(), encodePeers());
  await compare(bench, 'decode PUBLISH', decodeOurs(), decodePeers());
}

/** Both must return the same number, so that neither does less work. */
async function compare(bench: BenchRun, name: string, ours: () => number, peers: () => number): Promise<void> {
  if (ours() !== peers()) throw new Error(`${name}: the results of both sides differ`);
  await bench.measure({ part: 'codec', name, unit: 'packets' }, ROUNDS, [
    { name: OURS, run: () => rate(ours, PACKETS) },
    { name: 'mqtt-packet', run: () => rate(peers, PACKETS) },
  ]);
}

function encodeOurs(): () => number {
  const topic = encodeUtf8(TOPIC);
  const payload = new Uint8Array(PAYLOAD_SIZE).fill(65);
  const arena = new Uint8Array(512);
  return () => {
    let bytes = 0;
    for (let id = 1; id <= PACKETS; id++) {
      const at = writePublishHeader(arena, 0, topic, 0, topic.length, 1, false, id, PAYLOAD_SIZE);
      arena.set(payload, at);
      bytes += at + PAYLOAD_SIZE;
    }
    return bytes;
  };
}

function encodePeers(): () => number {
  const payload = Buffer.alloc(PAYLOAD_SIZE, 65);
  return () => {
    let bytes = 0;
    for (let id = 1; id <= PACKETS; id++) {
      bytes += generate({ ...peerPacket(payload), messageId: id }).length;
    }
    return bytes;
  };
}

function decodeOurs(): () => number {
  const stream = makeStream();
  const parser = new Parser(new Uint8Array(512));
  return () => {
    let bytes = 0;
    let at = 0;
    while (parser.next(stream, at, stream.length) === ParserEvent.message) {
      at = parser.position;
      bytes += parser.payloadTo - parser.payloadFrom;
    }
    return bytes;
  };
}

function decodePeers(): () => number {
  const stream = makeStream();
  let bytes = 0;
  const parser = makePeerParser();
  parser.on('packet', (packet: Packet) => {
    if (packet.cmd === 'publish') bytes += packet.payload.length;
  });
  return () => {
    bytes = 0;
    parser.parse(stream);
    return bytes;
  };
}

function makeStream(): Buffer {
  const packets: Buffer[] = [];
  for (let id = 1; id <= PACKETS; id++) {
    packets.push(generate({ ...peerPacket(Buffer.alloc(PAYLOAD_SIZE, 65)), messageId: id }));
  }
  return Buffer.concat(packets);
}

function peerPacket(payload: Buffer) {
  return { cmd: 'publish' as const, topic: TOPIC, payload, qos: 1 as const, dup: false, retain: false };
}
