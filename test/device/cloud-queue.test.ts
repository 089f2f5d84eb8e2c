import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { JsonBatch, PlainTagProfile } from '../../src/cloud/index.js';
import type { BatchWriter, CloudLogin, GatewayHost, GatewayPart, TagProfile } from '../../src/cloud/index.js';
import type { Connection } from '../../src/connection/index.js';
import { JsonWriter } from '../../src/bytes/json-writer.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import { OutboxStatistics } from '../../src/device/outbox-statistics.js';
import type { GatewayOptions } from '../../src/device/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { ConnectOptions } from '../../src/mqtt/index.js';
import type { Report } from '../../src/telemetry/index.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH, VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const ignore = (): void => undefined;

/** A plain profile whose parts tests replace. */
class TestProfile extends PlainTagProfile implements TagProfile {
  override readonly qos: 0 | 1;
  batch?: BatchWriter;
  batchWait = 0;
  parts = 1;
  introduces = (_report: Report, _connection: Connection, _now: number): boolean => true;

  constructor(qos: 0 | 1 = 1) {
    super({ gateway: 'shed' });
    this.qos = qos;
  }

  override messages(): number {
    return this.parts;
  }

  introduce(report: Report, connection: Connection, now: number): boolean {
    return this.introduces(report, connection, now);
  }

  override writePayload(report: Report, part: number, into: Uint8Array, from: number, to: number): number {
    if (this.parts === 1) return super.writePayload(report, part, into, from, to);
    return new TextEncoder().encodeInto(`${report.sequence}.${part}`, into.subarray(from, to)).written;
  }
}

function start(profile: TagProfile, options: Partial<GatewayOptions> = {}, parts: GatewayPart[] = []) {
  const virtual = new VirtualBoard();
  const board = virtual.board();
  const all = {
    connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 },
    rules: [{ minimumInterval: 0, maximumInterval: 0 }],
    ...options,
    profile,
  };
  const handler = { onConnected: ignore, onFailed: ignore, onStopped: ignore, onNotice: ignore };
  const reporter = new TagReporter(all, board, { onTag: ignore, onPublished: ignore, onNotice: ignore });
  const gateway = new Gateway(all, board, handler, reporter, parts);
  gateway.start();
  let uptime = 0;
  const hear = (count = 1): void => {
    for (let i = 0; i < count; i++) virtual.scanner.hear(TAG, mikrotik(++uptime, 5000 + uptime * 64));
  };
  const messages = (): IPublishPacket[] =>
    (virtual.broker.all('publish') as IPublishPacket[]).filter(({ topic }) => !topic.endsWith('/status'));
  return { virtual, gateway, hear, messages, outbox: reporter.outbox };
}

describe('a report of several messages', () => {
  it('is published part by part, and is gone with the last PUBACK', () => {
    const profile = new TestProfile();
    profile.parts = 3;
    const { virtual, gateway, hear, messages, outbox } = start(profile);
    virtual.run(100);
    virtual.broker.acknowledges = false;
    hear(2);
    virtual.run(100);
    expect(messages().map(({ payload }) => payload.toString())).toEqual(['0.0', '0.1', '0.2', '1.0', '1.1', '1.2']);
    expect([outbox.inFlightCount, gateway.unacknowledged]).toEqual([2, 2]);
  });

  it('goes on where the session had no room', () => {
    const profile = new TestProfile();
    profile.parts = 5;
    const connection = {
      clientId: 'shed',
      endpoints: [{ host: 'broker', port: 1883 }],
      keepAliveSeconds: 0,
      maxInFlight: 2,
    };
    const { virtual, gateway, hear, messages } = start(profile, { connection });
    virtual.run(100);
    hear(2);
    virtual.run(1000);
    expect(messages().map(({ payload }) => payload.toString())).toEqual(
      [0, 1].flatMap((report) => [0, 1, 2, 3, 4].map((part) => `${report}.${part}`)),
    );
    expect(gateway.unacknowledged).toBe(0);
  });

  it('of none leaves without one, and is counted under its own name', () => {
    const profile = new TestProfile();
    profile.parts = 0;
    const { virtual, gateway, hear, messages, outbox } = start(profile);
    virtual.run(100);
    hear(3);
    virtual.run(100);
    expect([messages(), gateway.unacknowledged]).toEqual([[], 0]);
    expect([outbox.notCarriedCount, outbox.acknowledgedCount, outbox.droppedCount]).toEqual([3, 0, 0]);
    const bytes = new Uint8Array(500);
    const json = new JsonWriter(bytes);
    json.reset(0, bytes.length);
    new OutboxStatistics(gateway.reporter!.queue, virtual.store).write(json);
    expect(JSON.parse(Buffer.from(bytes.slice(0, json.at)).toString())).toMatchObject({
      waiting: 0,
      acknowledged: 0,
      notCarried: 3,
      dropped: {},
    });
  });

  it('of none leaves from within a batch, too', () => {
    class Picky extends TestProfile {
      override messages(report?: Report): number {
        return report!.sequence % 2;
      }
    }
    const profile = new Picky();
    profile.batch = new JsonBatch(10);
    const { virtual, hear, messages, outbox } = start(profile);
    hear(6);
    virtual.run(1000);
    expect(messages().length).toBe(1);
    expect([outbox.notCarriedCount, outbox.acknowledgedCount]).toEqual([3, 3]);
  });
});

describe('a report with QoS 0', () => {
  it('is delivered when it is handed over', () => {
    const { virtual, gateway, hear, messages } = start(new TestProfile(0));
    virtual.run(100);
    hear(2);
    virtual.run(100);
    expect(messages().map(({ qos }) => qos)).toEqual([0, 0]);
    expect(gateway.unacknowledged).toBe(0);
  });
});

describe('what must come before a report', () => {
  it('comes before it, and the report waits until its part wakes the gateway', () => {
    const profile = new TestProfile();
    let born = false;
    let host: GatewayHost | undefined;
    const birth = encodeUtf8('birth');
    profile.introduces = (_report, connection) => {
      if (born) return true;
      connection.publishRange(birth, 0, birth.length, birth, 0, 0, 1, false);
      return false;
    };
    const part: GatewayPart = {
      deadline: Infinity,
      start: (_now, of) => void (host = of),
      tick: ignore,
    };
    const { virtual, hear, messages } = start(profile, {}, [part]);
    virtual.run(100);
    hear();
    virtual.broker.acknowledges = false;
    virtual.run(100);
    expect(new Set(messages().map(({ topic }) => topic))).toEqual(new Set(['birth']));
    born = true;
    host!.wake();
    virtual.run(1);
    expect(messages().at(-1)!.topic).toBe('tagwire/shed/tags/DC2C6E0FC03D');
  });
});

describe('several reports in one message', () => {
  const lengths = (messages: IPublishPacket[]): number[] =>
    messages.map(({ payload }) => (JSON.parse(payload.toString()) as object[]).length);

  function startBatch(maxReports: number, batchWait: number, options: Partial<GatewayOptions> = {}) {
    const profile = new TestProfile();
    profile.batch = new JsonBatch(maxReports);
    profile.batchWait = batchWait;
    return start(profile, options);
  }

  it('are as many as there can be, or wait no longer than they may', () => {
    const { virtual, gateway, hear, messages } = startBatch(3, 5000);
    virtual.run(100);
    hear(4);
    virtual.run(100);
    expect(lengths(messages())).toEqual([3]);
    virtual.run(5000);
    expect(lengths(messages())).toEqual([3, 1]);
    expect(gateway.unacknowledged).toBe(0);
  });

  it('are not tried again and again while one waits for a part and others for company', () => {
    const profile = new TestProfile();
    profile.batch = new JsonBatch(3);
    profile.batchWait = 5000;
    let tries = 0;
    profile.introduces = () => {
      if (++tries > 100) throw new Error('tried without end');
      return false;
    };
    const { virtual, gateway, hear, messages } = start(profile);
    virtual.run(100);
    hear(1);
    hear(4);
    virtual.run(1000);
    expect(tries).toBeLessThan(20);
    profile.introduces = () => true;
    gateway.wake();
    virtual.run(10_000);
    expect(lengths(messages()).reduce((sum, count) => sum + count)).toBe(5);
  });

  it('are as many as fit the payload', () => {
    const { virtual, gateway, hear, messages } = startBatch(50, 0, { maxPayload: 600 });
    hear(10);
    virtual.run(1000);
    expect(lengths(messages()).reduce((sum, count) => sum + count)).toBe(10);
    expect(messages().length).toBeGreaterThan(2);
    for (const { payload } of messages()) expect(payload.length).toBeLessThanOrEqual(600);
    expect(gateway.unacknowledged).toBe(0);
  });

  it('have as many data points as the cloud takes in a second', () => {
    const { virtual, hear, messages } = startBatch(50, 0, { pace: { pointsPerSecond: 40 } });
    hear(10);
    virtual.run(100);
    const [first] = messages();
    const { length } = JSON.parse(first!.payload.toString()) as object[];
    expect(length).toBeGreaterThan(1);
    expect(length).toBeLessThan(10);
    virtual.run(10_000);
    expect(lengths(messages()).reduce((sum, count) => sum + count)).toBe(10);
  });

  it('are all in flight until the PUBACK of their message, and all come again when it is lost', () => {
    const { virtual, gateway, hear, messages, outbox } = startBatch(4, 0);
    virtual.run(100);
    virtual.broker.acknowledges = false;
    hear(4);
    virtual.run(100);
    // The first went alone: nothing was behind it.
    expect(lengths(messages()).reduce((sum, count) => sum + count)).toBe(4);
    expect(outbox.inFlightCount).toBe(4);
    virtual.broker.acknowledges = true;
    virtual.platform.network.set(false);
    virtual.run(100);
    virtual.platform.network.set(true);
    virtual.run(60_000);
    expect(gateway.unacknowledged).toBe(0);
    expect(outbox.inFlightCount).toBe(0);
  });

  it('wait for room in the session', () => {
    const { virtual, gateway, hear, messages } = startBatch(2, 0, {
      connection: {
        clientId: 'shed',
        endpoints: [{ host: 'broker', port: 1883 }],
        keepAliveSeconds: 0,
        maxInFlight: 1,
      },
    });
    hear(9);
    virtual.run(10_000);
    expect(lengths(messages())).toEqual([2, 2, 2, 2, 1]);
    expect(gateway.unacknowledged).toBe(0);
  });

  it('leave at once at the end of the gateway', () => {
    const { virtual, gateway, hear, messages } = startBatch(100, 3_600_000);
    virtual.run(100);
    hear(3);
    virtual.run(100);
    expect(messages()).toEqual([]);
    gateway.stop();
    virtual.run(1000);
    expect(lengths(messages())).toEqual([3]);
    expect(gateway.unacknowledged).toBe(0);
  });
});

describe('a password that expires', () => {
  it('is made anew for each connection, and the gateway connects again in time, with nothing lost', () => {
    const times: [number, number][] = [];
    const login: CloudLogin = {
      renewAt: Infinity,
      prepare(options: ConnectOptions, now: number, unixTime: number) {
        options.username = 'shed';
        options.password = `token-${times.push([now, unixTime])}`;
        Object.assign(login, { renewAt: now + 60_000 });
      },
    };
    const { virtual, gateway, hear, messages } = start(new TestProfile(), { login });
    virtual.run(1000);
    const password = (): string => virtual.broker.lastConnect.password!.toString();
    expect([virtual.broker.connections, password(), times[0]![1] - times[0]![0]]).toEqual([1, 'token-1', EPOCH]);
    virtual.run(58_000);
    virtual.broker.acknowledges = false;
    hear(3);
    virtual.run(2000);
    expect(virtual.broker.connections).toBe(1);
    virtual.broker.acknowledges = true;
    virtual.run(10_000);
    expect([virtual.broker.connections, password()]).toEqual([2, 'token-2']);
    expect(virtual.broker.count('disconnect')).toBe(1);
    expect(new Set(messages().map(({ payload }) => payload.toString())).size).toBe(3);
    expect(gateway.unacknowledged).toBe(0);
    virtual.run(60_000);
    expect([virtual.broker.connections, gateway.connects]).toEqual([3, 3]);
  });
});

describe('the limit of a second', () => {
  it('holds for reports, what introduces them, births and what is sent again, over reconnections', () => {
    const profile = new TestProfile();
    let introduced = 0;
    profile.introduces = (report, connection) => {
      if (report.sequence < introduced) return true;
      const packetId = connection.publish(encodeUtf8('introduced'), encodeUtf8(String(report.sequence)), 1, false);
      if (packetId < 0) return false;
      introduced = report.sequence + 1;
      return true;
    };
    const connection = {
      clientId: 'shed',
      endpoints: [{ host: 'broker', port: 1883 }],
      keepAliveSeconds: 0,
      maxInFlight: 16,
      backoff: { minimum: 50, maximum: 60 },
    };
    const { virtual, gateway, hear } = start(profile, { connection, pace: { messagesPerSecond: 10 } });
    const times: number[] = [];
    virtual.broker.forbids = () => {
      times.push(virtual.platform.clock.now());
      return false;
    };
    virtual.broker.acknowledges = false;
    hear(40);
    for (let i = 0; i < 5; i++) {
      virtual.run(1300);
      virtual.broker.drop();
    }
    virtual.broker.acknowledges = true;
    virtual.run(20_000);
    expect(gateway.unacknowledged).toBe(0);
    expect(Math.max(...times.map((at) => times.filter((time) => time >= at && time < at + 1000).length))).toBe(10);
    expect(times.length).toBeGreaterThan(80);
  });
});
