import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readAnswer, writeQuestion } from '../../../boards/ecma419/dns-message.js';
import { UdpResolver } from '../../../boards/ecma419/index.js';
import type { ResolverHandler } from '../../../src/hal/index.js';
import { dnsAnswer, ScriptedUdp } from '../../support/ecma419/scripted-dns.js';
import type { DnsAnswerOptions } from '../../support/ecma419/scripted-dns.js';
import { VirtualTime } from '../../support/virtual-time.js';

class Answers implements ResolverHandler {
  readonly all: string[] = [];

  onResolved(address: string): void {
    this.all.push(address);
  }

  onUnresolved(detail: string): void {
    this.all.push(`! ${detail}`);
  }
}

let time: VirtualTime;
let servers: string[];
let resolver: UdpResolver;
let answers: Answers;
const udp = (): ScriptedUdp => ScriptedUdp.sockets[ScriptedUdp.sockets.length - 1]!;

const entropy = { uint32: () => 0x12345678 };
const makeResolver = (udpClass = ScriptedUdp): UdpResolver =>
  new UdpResolver({ udp: udpClass, timers: time, entropy, servers: () => servers });
/** The answer to what the last socket asked. */
const answered = (addresses: string[], options?: DnsAnswerOptions): ArrayBuffer =>
  dnsAnswer(udp().question, addresses, options);

beforeEach(() => {
  time = new VirtualTime();
  servers = ['192.0.2.53'];
  ScriptedUdp.sockets = [];
  resolver = makeResolver();
  answers = new Answers();
});

describe('UdpResolver', () => {
  it.each(['127.0.0.1', '0.0.0.0', '255.255.255.255'])('answers %s with itself, from the event loop', (address) => {
    resolver.resolve(address, answers);
    expect(answers.all).toEqual([]);
    time.run(0);
    expect(answers.all).toEqual([address]);
    expect(ScriptedUdp.sockets).toEqual([]);
  });

  it('asks the name servers of the moment, and leaves nothing open', () => {
    resolver.resolve('broker.example', answers);
    const asked = '1234 0100 0001 0000 0000 0000 0662726f6b6572 076578616d706c65 00 0001 0001'.replaceAll(' ', '');
    expect(Buffer.from(udp().question).toString('hex')).toBe(asked.replace('1234', '5678'));
    expect(udp().sent).toEqual([[udp().question, '192.0.2.53', 53]]);
    udp().arrive(answered(['192.0.2.7']));
    expect(answers.all).toEqual(['192.0.2.7']);
    expect(udp().closed).toBe(1);
    servers = ['192.0.2.54', '192.0.2.55'];
    resolver.resolve('broker.example.', answers);
    time.run(1500);
    expect(udp().sent.map(([, address]) => address)).toEqual(servers);
    expect(udp().name).toBe('broker.example');
    udp().arrive(answered(['255.254.253.252']));
    expect(answers.all).toEqual(['192.0.2.7', '255.254.253.252']);
    expect(time.pending).toBe(0);
  });

  it('takes the first address behind an alias, in whatever letters the server repeats the name', () => {
    // broker.example is an alias of a.example, which has the addresses.
    const alias = 'c00c00050001000000050004' + '0161c013';
    resolver.resolve('broker.example', answers);
    udp().arrive(answered(['192.0.2.7', '192.0.2.8'], { before: [alias], bytes: { 13: 0x42 } }));
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('asks for a name of the local network there', () => {
    resolver.resolve('Broker.local', answers);
    expect(udp().sent).toEqual([[udp().question, '224.0.0.251', 5353]]);
    expect([...udp().question.subarray(0, 2)]).toEqual([0, 0]);
    udp().arrive(dnsAnswer(writeQuestion(0, 'other.local'), ['192.0.2.1'], { isBare: true }));
    expect(answers.all).toEqual([]);
    udp().arrive(dnsAnswer(writeQuestion(0, 'broker.local'), ['192.0.2.7'], { isBare: true }));
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('passes over what is no answer to its question, and what is behind the answer', () => {
    resolver.resolve('broker.example', answers);
    udp().arrive(7, undefined, new ArrayBuffer(0), new ArrayBuffer(11), answered([], { bytes: { 2: 1 } }));
    udp().arrive(answered(['192.0.2.6'], { bytes: { 1: 9 } }), answered(['192.0.2.6'], { bytes: { 14: 0x58 } }));
    udp().arrive(dnsAnswer(writeQuestion(0x5678, 'broker.example.org'), ['192.0.2.6']));
    for (let missing = 1; missing <= 16; missing++) udp().arrive(answered(['192.0.2.6'], { missing }));
    expect(answers.all).toEqual([]);
    udp().arrive(answered(['192.0.2.7']), answered(['192.0.2.8']), 9);
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('says why there is no address', () => {
    const said = (act: () => void): string => {
      const own = new Answers();
      resolver.resolve('broker.example', own);
      act();
      return own.all.join('|');
    };
    const none = '! no address for broker.example: ';
    const ipv6 = 'c00c001c00010000003c0010' + '00'.repeat(16);
    expect(said(() => udp().arrive(answered([], { code: 3 })))).toBe(`${none}the name server knows none`);
    expect(said(() => udp().arrive(answered([])))).toBe(`${none}the name server knows none`);
    expect(said(() => udp().arrive(answered([], { before: [ipv6] })))).toBe(`${none}the name server knows none`);
    expect(said(() => time.run(5000))).toBe(`${none}no answer from 192.0.2.53`);
    expect(said(() => (udp().arrive(answered([], { code: 2 })), time.run(5000)))).toBe(
      `${none}192.0.2.53 cannot tell at the moment`,
    );
    expect(said(() => (udp().arrive(answered([], { bytes: { 2: 0x83 } })), time.run(5000)))).toBe(
      `${none}192.0.2.53 cannot tell at the moment`,
    );
    servers = ['192.0.2.53', '192.0.2.54'];
    expect(said(() => time.run(9999))).toBe('');
    expect(udp().sent).toHaveLength(10);
    expect(said(() => time.run(10_000))).toBe(`${none}no answer from 192.0.2.53 or 192.0.2.54`);
    servers = [];
    expect(said(() => time.run(0))).toBe(`${none}no name server is known`);
    expect(time.pending).toBe(0);
  });

  it('asks the next server when one could not answer, and takes its answer', () => {
    servers = ['192.0.2.53', '192.0.2.54'];
    resolver.resolve('broker.example', answers);
    udp().arrive(answered([], { code: 5 }));
    time.run(1000);
    expect(udp().sent.map(([, address]) => address)).toEqual(servers);
    udp().arrive(answered(['192.0.2.7']));
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('says why it could not ask', () => {
    class FullUdp extends ScriptedUdp {
      override write(): void {
        throw new Error('no memory');
      }
    }
    makeResolver(FullUdp).resolve('broker.example', answers);
    expect(answers.all).toEqual([]);
    time.run(0);
    expect(answers.all).toEqual(['! no address for broker.example: no memory']);
    expect(udp().closed).toBe(1);
  });

  it('asks the next server when the network takes no packet to one', () => {
    class V4Udp extends ScriptedUdp {
      override write(packet: Uint8Array, address: string, port: number): void {
        if (address.includes(':')) throw new Error('UDP send failed');
        super.write(packet, address, port);
      }
    }
    servers = ['fe80::1', '192.0.2.54'];
    makeResolver(V4Udp).resolve('broker.example', answers);
    expect(udp().sent.map(([, address]) => address)).toEqual(['192.0.2.54']);
    udp().arrive(answered(['192.0.2.7']));
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('takes an answer that comes when no further question can be asked', () => {
    resolver.resolve('broker.example', answers);
    udp().write = () => {
      throw new Error('UDP send failed');
    };
    const late = answered(['192.0.2.7']);
    // In the same millisecond as the second question, behind it.
    time.create(() => udp().arrive(late)).start(1000);
    time.run(10_000);
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it.each([
    '',
    '.',
    'two words',
    'nul\0l',
    'line\n',
    'a..b',
    '::1',
    'x'.repeat(64),
    `${'x.'.repeat(127)}x`,
    'ä.example',
  ])('refuses %j in one line', (host) => {
    resolver.resolve(host, answers);
    time.run(0);
    expect(answers.all).toHaveLength(1);
    expect(answers.all[0]).toMatch(/^! no address for [ -~]{0,70}: it is not a host name \(letters, digits/);
    expect(ScriptedUdp.sockets).toEqual([]);
  });

  it('answers nothing after cancel, whatever comes late', () => {
    resolver.resolve('broker.example', answers);
    const socket = udp();
    const late = answered(['192.0.2.7']);
    resolver.cancel();
    resolver.cancel();
    expect(socket.closed).toBe(1);
    socket.arrive(late);
    resolver.resolve('127.0.0.1', answers);
    resolver.cancel();
    time.run(10_000);
    expect(answers.all).toEqual([]);
  });

  it('answers only the second of two questions', () => {
    const second = new Answers();
    resolver.resolve('one.example', answers);
    const first = udp();
    const late = answered(['192.0.2.1']);
    resolver.resolve('two.example', second);
    first.arrive(late);
    udp().arrive(answered(['192.0.2.2']));
    time.run(0);
    expect([answers.all, second.all]).toEqual([[], ['192.0.2.2']]);
  });

  it('takes a question from inside an answer', () => {
    const second = new Answers();
    answers.onUnresolved = () => resolver.resolve('127.0.0.1', second);
    resolver.resolve('broker.example', answers);
    udp().arrive(answered([]));
    time.run(0);
    expect(second.all).toEqual(['127.0.0.1']);
  });
});

describe('readAnswer', () => {
  const question = writeQuestion(0x1234, 'broker.example');
  const whole = new Uint8Array(dnsAnswer(question, ['192.0.2.7']));

  it('takes any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 40 }))
        .map(([from, tail]) => Uint8Array.from([...whole.subarray(0, from), ...tail])),
    );
    fc.assert(
      fc.property(bytes, (packet) => {
        const answer = readAnswer(packet, question);
        expect(answer >= -3 && answer < 2 ** 32 && Number.isInteger(answer)).toBe(true);
      }),
    );
    expect(readAnswer(whole, question)).toBe(0xc0000207);
  });
});
