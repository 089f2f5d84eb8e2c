import { beforeEach, describe, expect, it } from 'vitest';
import { UdpResolver } from '../../../boards/ecma419/index.js';
import type { ResolverHandler } from '../../../src/hal/index.js';
import { ScriptedDns, ScriptedUdp } from '../../support/ecma419/scripted-dns.js';
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
const dns = (): ScriptedDns => ScriptedDns.resolvers[ScriptedDns.resolvers.length - 1]!;
const udp = (): ScriptedUdp => ScriptedUdp.sockets[ScriptedUdp.sockets.length - 1]!;

beforeEach(() => {
  time = new VirtualTime();
  servers = ['192.0.2.53'];
  ScriptedDns.resolvers = [];
  ScriptedUdp.sockets = [];
  resolver = new UdpResolver({ dns: ScriptedDns, udp: ScriptedUdp, timers: time, servers: () => servers });
  answers = new Answers();
});

describe('UdpResolver', () => {
  it.each(['127.0.0.1', '0.0.0.0', '255.255.255.255'])('answers %s with itself, from the event loop', (address) => {
    resolver.resolve(address, answers);
    expect(answers.all).toEqual([]);
    time.run(0);
    expect(answers.all).toEqual([address]);
    expect(ScriptedDns.resolvers).toEqual([]);
  });

  it('asks the name servers of the moment, and leaves nothing open', () => {
    resolver.resolve('broker.example', answers);
    expect(udp().sent).toEqual([['broker.example', '192.0.2.53', 53]]);
    udp().arrive('192.0.2.7');
    expect(answers.all).toEqual(['192.0.2.7']);
    expect([dns().closed, udp().closed]).toEqual([1, 1]);
    servers = ['192.0.2.54', '192.0.2.55'];
    resolver.resolve('broker.example.', answers);
    expect(dns().options.servers).toEqual(servers);
    expect(dns().question?.host).toBe('broker.example');
    expect(time.pending).toBe(0);
  });

  it('passes over packets that do not parse, and those behind the answer', () => {
    resolver.resolve('broker.example', answers);
    udp().arrive(7, undefined);
    expect(answers.all).toEqual([]);
    udp().arrive('192.0.2.7', '192.0.2.8', 9);
    expect(answers.all).toEqual(['192.0.2.7']);
  });

  it('says why there is no address', () => {
    const said = (host: string, act: () => void): string => {
      const own = new Answers();
      resolver.resolve(host, own);
      act();
      time.run(0);
      return own.all.join('|');
    };
    const none = '! no address for broker.example: ';
    expect(said('broker.example', () => udp().arrive(''))).toBe(`${none}the name server knows none`);
    expect(said('broker.example', () => udp().arrive('undefined'))).toBe(`${none}the answer holds none`);
    expect(said('broker.example', () => udp().arrive('1.2.3.256'))).toBe(`${none}the answer holds none`);
    expect(said('broker.example', () => dns().giveUp())).toBe(`${none}no answer from 192.0.2.53`);
    servers = ['192.0.2.53', '192.0.2.54'];
    expect(said('broker.example', () => dns().giveUp())).toBe(`${none}no answer from 192.0.2.53 or 192.0.2.54`);
    servers = [];
    expect(said('broker.example', () => undefined)).toBe(`${none}no name server is known`);
  });

  it('says why it could not ask', () => {
    class FailingDns extends ScriptedDns {
      override resolve(): void {
        throw new Error('no memory');
      }
    }
    const failing = new UdpResolver({ dns: FailingDns, udp: ScriptedUdp, timers: time, servers: () => servers });
    failing.resolve('broker.example', answers);
    expect(answers.all).toEqual([]);
    time.run(0);
    expect(answers.all).toEqual(['! no address for broker.example: no memory']);
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
    expect(ScriptedDns.resolvers).toEqual([]);
  });

  it('answers nothing after cancel, whatever comes late', () => {
    resolver.resolve('broker.example', answers);
    const [first, socket] = [dns(), udp()];
    resolver.cancel();
    resolver.cancel();
    expect([first.closed, socket.closed]).toEqual([1, 1]);
    first.question?.onResolved('broker.example', '192.0.2.7');
    first.giveUp();
    socket.arrive('192.0.2.7');
    resolver.resolve('127.0.0.1', answers);
    resolver.cancel();
    time.run(0);
    expect(answers.all).toEqual([]);
  });

  it('answers only the second of two questions', () => {
    const second = new Answers();
    resolver.resolve('one.example', answers);
    const first = dns();
    resolver.resolve('two.example', second);
    first.question?.onResolved('one.example', '192.0.2.1');
    udp().arrive('192.0.2.2');
    time.run(0);
    expect([answers.all, second.all]).toEqual([[], ['192.0.2.2']]);
  });

  it('takes a question from inside an answer', () => {
    const second = new Answers();
    answers.onUnresolved = () => resolver.resolve('127.0.0.1', second);
    resolver.resolve('broker.example', answers);
    udp().arrive('');
    time.run(0);
    expect(second.all).toEqual(['127.0.0.1']);
  });
});
