import type { Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';
import { Bench } from './bench.js';
import { VirtualBroker } from './virtual-broker.js';
import type { VirtualLink } from './virtual-platform.js';

const keep = { cleanSession: false, stableTime: 60000 };

/** A bench whose broker ends the connection at the payloads `bad`. */
function guarded(...bad: string[]): Bench {
  const bench = new Bench(keep);
  bench.broker.forbids = (packet) => bad.includes(packet.payload.toString());
  return bench;
}

function names(bench: Bench): string[] {
  return bench.setAside.map(({ payload }) => Buffer.from(payload).toString());
}

describe('a message at which the broker ends the connection', () => {
  it('is set aside after three connections, and everything behind it flows', () => {
    const bench = guarded('bad');
    bench.connection.start();
    for (const payload of ['a', 'b', 'bad', 'c', 'd']) bench.publish(payload);
    bench.run(120000);
    expect(names(bench)).toEqual(['bad']);
    expect(bench.setAside[0]).toMatchObject({ packetId: 3, topic: encodeUtf8('t'), size: 3 });
    expect(bench.acknowledged).toEqual([1, 2, 4, 5]);
    expect([bench.connection.session.drained, bench.connection.connected]).toEqual([true, true]);
    // One more connection ended before it could be known which of the messages it was.
    expect(bench.broker.payloads.filter((payload) => payload === 'bad').length).toBeLessThanOrEqual(4);
    const order = bench.broker.payloads.filter((payload, i, all) => all.indexOf(payload) === i);
    expect(order).toEqual(['a', 'b', 'bad', 'c', 'd']);
  });

  it('is found though acknowledgements are lost with the connection', () => {
    const bench = guarded('bad');
    const { broker } = bench;
    // Until it is sent alone, the broker reads on to the bad message and its answers are lost.
    broker.acknowledges = false;
    bench.connection.start();
    for (const payload of ['a', 'bad', 'c']) bench.publish(payload);
    bench.until(() => bench.failures.length === 1, 10000);
    broker.acknowledges = true;
    bench.run(240000);
    expect([names(bench), bench.acknowledged]).toEqual([['bad'], [1, 3]]);
  });

  it('is set aside when it is alone, once the connection has been stable without it', () => {
    const bench = guarded('bad');
    bench.connection.start();
    bench.publish('bad');
    bench.run(30000);
    expect([names(bench), bench.connection.connected]).toEqual([[], true]);
    bench.run(60000);
    expect([names(bench), bench.connection.session.inFlight]).toEqual([['bad'], 0]);
  });

  it('may be several, one after the other', () => {
    const bench = guarded('bad 1', 'bad 2');
    bench.connection.start();
    for (const payload of ['bad 1', 'a', 'b', 'bad 2', 'c']) bench.publish(payload);
    bench.run(600000);
    expect([names(bench), bench.acknowledged]).toEqual([
      ['bad 1', 'bad 2'],
      [2, 3, 5],
    ]);
  });

  it('may be a stream', () => {
    const bench = new Bench(keep);
    bench.broker.forbids = (packet) => packet.topic === 'big';
    const source = { read: (_o: number, _i: Uint8Array, from: number, to: number) => to - from };
    bench.connection.start();
    publishStream(bench.connection.session, encodeUtf8('big'), source, 5000, 1, false);
    bench.publish('a');
    bench.run(120000);
    expect(bench.setAside).toMatchObject([{ topic: encodeUtf8('big'), size: 5000, payload: new Uint8Array(0) }]);
    expect(bench.acknowledged).toEqual([2]);
  });
});

describe('no message is set aside', () => {
  it('by a broker that ends the connection whatever comes first: all is sent in order later', () => {
    const bench = new Bench(keep);
    bench.broker.forbids = () => true;
    bench.connection.start();
    for (const payload of ['a', 'b', 'c']) bench.publish(payload);
    bench.run(600000);
    expect([bench.setAside, bench.acknowledged]).toEqual([[], []]);
    // It backs off: about ten minutes of waits that grow to one minute.
    expect(bench.broker.connections).toBeLessThan(30);
    bench.broker.forbids = () => false;
    bench.run(180000);
    expect([bench.setAside, bench.acknowledged]).toEqual([[], expect.arrayContaining([1, 2, 3])]);
    expect(bench.connection.session.inFlight).toBe(0);
  });

  it('by a broker that ends the connection right after CONNACK', () => {
    const bench = new Bench(keep);
    bench.broker.drops = true;
    bench.connection.start();
    for (const payload of ['a', 'b', 'c']) bench.publish(payload);
    bench.run(600000);
    bench.broker.drops = false;
    bench.run(180000);
    expect([bench.setAside, bench.connection.session.inFlight]).toEqual([[], 0]);
  });

  it('by a link that fails, or a network that goes down', () => {
    const bench = new Bench({ ...keep, keepAliveSeconds: 4, pingrespTimeout: 1000 });
    bench.connection.start();
    bench.publish('a');
    bench.publish('b');
    bench.broker.acknowledges = false;
    bench.broker.answersPings = false;
    bench.run(300000);
    for (let i = 0; i < 6; i++) {
      bench.platform.network.set(false);
      bench.run(1000);
      bench.platform.network.set(true);
      bench.run(3000);
    }
    bench.broker.acknowledges = bench.broker.answersPings = true;
    bench.platform.network.set(false);
    bench.run(1000);
    bench.platform.network.set(true);
    bench.run(120000);
    expect([bench.setAside, bench.connection.session.inFlight]).toEqual([[], 0]);
  });

  it('by two ends with it and a third with another', () => {
    const bench = new Bench(keep);
    bench.broker.acknowledges = false;
    bench.connection.start();
    bench.publish('a');
    for (let i = 0; i < 2; i++) {
      bench.until(() => bench.broker.payloads.length === i + 1, 100000);
      bench.broker.drop(TransportFailure.reset, 'reset');
      bench.run(10);
    }
    bench.broker.acknowledges = true;
    bench.run(60000);
    bench.publish('b');
    bench.run(100);
    expect([bench.setAside, bench.acknowledged]).toEqual([[], [1, 2]]);
  });

  it('by a message with QoS 0, at which the broker ends the connection before it acknowledges the one before', () => {
    const bench = new Bench(keep);
    const broker = new LateBroker(bench);
    bench.platform.listen('broker', 1883, broker);
    broker.forbids = ({ qos }) => qos === 0;
    bench.hook = (name) => {
      if (name === 'onConnected' && broker.connections < 4) bench.platform.later(10, () => bench.publish('bad', 0));
    };
    bench.connection.start();
    bench.publish('a');
    bench.until(() => broker.connections === 4, 60000);
    bench.publish('b');
    bench.run(100000);
    expect([names(bench), bench.acknowledged]).toEqual([[], [1, 2]]);
  });
});

/** Acknowledges after 50 ms. */
class LateBroker extends VirtualBroker {
  constructor(private readonly bench: Bench) {
    super();
  }

  protected override send(link: VirtualLink, packet: Packet): void {
    const late = packet.cmd === 'puback' ? 50 : 0;
    this.bench.platform.later(late, () => super.send(link, packet));
  }
}
