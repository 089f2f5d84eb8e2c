import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { UdpResolver } from '../../../boards/ecma419/index.js';
import { SntpClient } from '../../../boards/ecma419/sntp-client.js';
import type { SntpHandler } from '../../../boards/ecma419/sntp-client.js';
import { readTime, SntpOutcome, writeQuery } from '../../../boards/ecma419/sntp-message.js';
import type { Entropy, Timer, Timers } from '../../../src/hal/index.js';
import { nodeUdp } from '../../support/ecma419/node-udp.js';
import { dnsAnswer, ScriptedUdp } from '../../support/ecma419/scripted-dns.js';
import { NOW, NOW_1900, sntpAnswer } from '../../support/ecma419/sntp-answer.js';
import type { SntpAnswerOptions } from '../../support/ecma419/sntp-answer.js';
import { VirtualTime } from '../../support/virtual-time.js';

const SERVER = '192.0.2.123';

/** Who lends the timer of a query, as TimeService does. */
class Asker implements SntpHandler {
  readonly all: (number | string)[] = [];
  readonly timer: Timer;
  client: SntpClient | undefined;

  constructor(time: VirtualTime) {
    this.timer = time.create(() => this.client!.wake());
  }

  onTime(seconds: number): void {
    this.all.push(seconds);
    this.client = undefined;
  }

  onNoTime(detail: string, isRefused: boolean): void {
    this.all.push((isRefused ? '!! ' : '! ') + detail);
    this.client = undefined;
  }
}

let time: VirtualTime;
let asker: Asker;
let random: number[];
const udp = (): ScriptedUdp => ScriptedUdp.sockets[ScriptedUdp.sockets.length - 1]!;
const entropy: Entropy = { uint32: () => random.shift() ?? 7 };
const makeResolver = (timers: Timers): UdpResolver =>
  new UdpResolver({ udp: ScriptedUdp, timers, entropy, servers: () => ['192.0.2.53'] });

function ask(host = SERVER, udpClass = ScriptedUdp): void {
  asker.client = new SntpClient({ udp: udpClass, entropy, timer: asker.timer, makeResolver }, host, asker);
  // An address is resolved from the event loop.
  if (host === SERVER) time.run(1);
}

/** The answer to what the last socket asked. */
const answered = (options?: SntpAnswerOptions): ArrayBuffer => sntpAnswer(udp().question, options);

beforeEach(() => {
  time = new VirtualTime();
  asker = new Asker(time);
  random = [];
  ScriptedUdp.sockets = [];
});

describe('SntpClient', () => {
  it('asks with a random number and nothing else, and leaves nothing open', () => {
    random = [0x89abcdef, 0x01234567];
    ask();
    expect(udp().sent).toEqual([[udp().question, SERVER, 123]]);
    expect(Buffer.from(udp().question).toString('hex')).toBe(`23${'00'.repeat(39)}89abcdef01234567`);
    udp().arrive(answered());
    expect(asker.all).toEqual([NOW]);
    expect([udp().closed, time.pending]).toEqual([1, 0]);
  });

  it('finds the server by its name, with the same timer', () => {
    ask('time.example');
    expect(udp().name).toBe('time.example');
    time.run(1000);
    expect(udp().sent).toHaveLength(2);
    udp().arrive(dnsAnswer(udp().question, [SERVER]));
    expect(ScriptedUdp.sockets.map(({ closed }) => closed)).toEqual([1, 0]);
    expect(udp().sent.map(([, address]) => address)).toEqual([SERVER]);
    time.run(4999);
    expect(udp().sent).toHaveLength(1);
    time.run(1);
    expect(udp().sent).toHaveLength(2);
    udp().arrive(answered());
    expect([asker.all, time.pending]).toEqual([[NOW], 0]);
  });

  it('says why the name has no address', () => {
    ask('time.example');
    udp().arrive(dnsAnswer(udp().question, [], { code: 3 }));
    expect(asker.all).toEqual(['! no address for time.example: the name server knows none']);
    expect([ScriptedUdp.sockets.length, udp().closed, time.pending]).toEqual([1, 1, 0]);
  });

  it('asks five times in 25 s, and takes an answer to any of them', () => {
    ask();
    const first = answered();
    time.run(24_998);
    expect(udp().sent).toHaveLength(5);
    expect(asker.all).toEqual([]);
    udp().arrive(first);
    expect([asker.all, time.pending]).toEqual([[NOW], 0]);

    ask();
    time.run(25_000);
    expect(asker.all).toEqual([NOW, `! ${SERVER}: no answer from ${SERVER}`]);
    expect([udp().closed, time.pending]).toEqual([1, 0]);
  });

  it.each([
    ['no packet', 7],
    ['no bytes', new ArrayBuffer(0)],
    ['a byte too few', { length: 47 }],
    ['that of a client', { bytes: { 0: 0x23 } }],
    ['that of a broadcast', { bytes: { 0: 0x25 } }],
    ['of version 2', { bytes: { 0: 0x14 } }],
    ['of version 5', { bytes: { 0: 0x2c } }],
    ['to another query', { bytes: { 24: 1 } }],
    ['to another query, in its last byte', { bytes: { 31: 1 } }],
    ['a kiss to another query', { stratum: 0, reference: 'DENY', bytes: { 31: 1 } }],
    ['not synchronized', { bytes: { 0: 0xe4 } }],
    ['of stratum 16', { stratum: 16 }],
    ['of stratum 255', { stratum: 255 }],
    ['without a time', { seconds: 0, fraction: 0 }],
  ])('does not take an answer that is %s', (_name, options: unknown) => {
    ask();
    const isRaw = typeof options === 'number' || options instanceof ArrayBuffer;
    udp().arrive(isRaw ? options : answered(options as SntpAnswerOptions));
    expect(asker.all).toEqual([]);
    udp().arrive(answered());
    expect(asker.all).toEqual([NOW]);
  });

  it('takes version 3, what follows the packet, a leap second, and strata from 1 to 15', () => {
    for (const options of [
      { bytes: { 0: 0x1c } },
      { length: 68 },
      { bytes: { 0: 0x64 } },
      { stratum: 1 },
      { stratum: 15 },
    ]) {
      ask();
      udp().arrive(answered(options));
    }
    expect(asker.all).toEqual(Array<number>(5).fill(NOW));
  });

  it.each([
    ['below half a second', NOW_1900, 0x7fffffff, NOW],
    ['from half a second on', NOW_1900, 0x80000000, NOW + 1],
    ['at the end of the era', 0xffffffff, 0x80000000, 2085978496],
    ['at the beginning of the next', 0, 1, 2085978496],
    ['in 2100', 4102444800 + 2208988800 - 2 ** 32, 0, 4102444800],
    ['in 1970', 2208988801, 0, 1],
    ['in 1968', 0x80000000, 0, 0],
  ])('reads the time %s', (_name, seconds, fraction, expected) => {
    ask();
    udp().arrive(answered({ seconds, fraction }));
    expect(asker.all).toEqual([expected]);
  });

  it('ends with the code of a kiss, and says whether the server refuses', () => {
    for (const reference of ['RATE', 'DENY', 'RSTR', 'INIT', '\n\0\xffx']) {
      ask();
      // As ntpd sends it: not synchronized, and without a time.
      udp().arrive(answered({ stratum: 0, reference, bytes: { 0: 0xe4 }, seconds: 0 }));
    }
    const text = `${SERVER}: ${SERVER} answers with the code `;
    const codes = ['!! RATE', '!! DENY', '!! RSTR', '! INIT', '!    x'];
    expect(asker.all).toEqual(codes.map((code) => code.replace(' ', ` ${text}`)));
    expect([ScriptedUdp.sockets.every(({ closed }) => closed === 1), time.pending]).toEqual([true, 0]);
  });

  it('says of a server without the time that it does not know it', () => {
    ask();
    udp().arrive(answered({ bytes: { 0: 0xe4 } }));
    time.run(25_000);
    expect(asker.all).toEqual([`! ${SERVER}: ${SERVER} does not know the time`]);
  });

  it('passes over what is behind the answer', () => {
    ask();
    udp().arrive(answered(), answered({ seconds: 1 }), 9);
    expect(asker.all).toEqual([NOW]);
  });

  it('answers nothing after close, whatever comes late', () => {
    ask();
    const late = answered();
    asker.client!.close();
    expect([udp().closed, time.pending]).toEqual([1, 0]);
    udp().arrive(late);
    expect(asker.all).toEqual([]);

    ask('time.example');
    const name = udp();
    const address = dnsAnswer(name.question, [SERVER]);
    asker.client!.close();
    name.arrive(address);
    expect([name.closed, ScriptedUdp.sockets.length, time.pending]).toEqual([1, 2, 0]);
    time.run(100_000);
    expect(asker.all).toEqual([]);
  });

  it('takes another query from inside an answer', () => {
    const { onTime } = Asker.prototype;
    asker.onTime = (seconds) => {
      onTime.call(asker, seconds);
      if (asker.all.length === 1) ask('time.example');
    };
    ask();
    udp().arrive(answered());
    expect(udp().name).toBe('time.example');
    time.run(1000);
    expect(udp().sent).toHaveLength(2);
  });

  it('asks again where the network takes no packet, and says why at the end', () => {
    let sockets = 0;
    class FullUdp extends ScriptedUdp {
      constructor(options: ConstructorParameters<typeof ScriptedUdp>[0]) {
        if (sockets++ === 0) throw new Error('no socket');
        super(options);
      }

      override write(packet: Uint8Array, address: string, port: number): void {
        if (sockets < 3) throw new Error('UDP send failed');
        super.write(packet, address, port);
      }
    }
    ask(SERVER, FullUdp);
    expect(ScriptedUdp.sockets).toEqual([]);
    time.run(25_000);
    expect(asker.all).toEqual([`! ${SERVER}: UDP send failed`]);
    sockets = 3;
    ask(SERVER, FullUdp);
    udp().arrive(answered());
    expect(asker.all[1]).toBe(NOW);
  });

  it('takes the time from a server on the network', async () => {
    const server = createSocket('udp4');
    server.on('message', (query, { port, address }) => {
      server.send(new Uint8Array(sntpAnswer(query, { bytes: { 25: 9 } })), port, address);
      server.send(new Uint8Array(sntpAnswer(query, { fraction: 0xc0000000 })), port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      await new Promise<void>((resolve) => {
        const options = { udp: nodeUdp(server.address().port, resolve), entropy, timer: asker.timer, makeResolver };
        asker.client = new SntpClient(options, '127.0.0.1', asker);
        time.run(1);
      });
      expect(asker.all).toEqual([NOW + 1]);
    } finally {
      server.close();
    }
  });
});

describe('readTime', () => {
  const query = writeQuery(0x12345678, 0x9abcdef0);
  const good = new Uint8Array(sntpAnswer(query, { length: 60 }));

  it('takes any bytes, and none for a time that do not repeat the query', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.nat(good.length), fc.uint8Array({ maxLength: 40 }))
        .map(([from, tail]) => Uint8Array.from([...good.subarray(0, from), ...tail])),
    );
    fc.assert(
      fc.property(bytes, (packet) => {
        const read = readTime(packet, query);
        expect(Number.isInteger(read) && read >= SntpOutcome.kiss && read < 2 ** 32 + 2 ** 31).toBe(true);
        const repeats = Buffer.from(packet.subarray(24, 32)).equals(query.subarray(40));
        if (!repeats || packet.length < 48) expect(read).toBe(SntpOutcome.foreign);
      }),
    );
    expect(readTime(good, query)).toBe(NOW);
  });

  it('takes no answer with a bit of the query changed', () => {
    for (let bit = 0; bit < 64; bit++) {
      const packet = good.slice();
      packet[24 + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(readTime(packet, query)).toBe(SntpOutcome.foreign);
    }
  });
});
