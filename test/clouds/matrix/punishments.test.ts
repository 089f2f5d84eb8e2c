import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../../src/cloud/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import type { VirtualBoard } from '../../device/virtual-board.js';
import { Conversation, definitionOf, readingsOf } from './conversation.js';
import type { ConversationOptions } from './conversation.js';
import { TAGS } from './day.js';
import { configurationOf, PROFILES } from './profiles.js';
import type { Answer, Rule, VirtualCloud } from './virtual-cloud.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const NAMES = CLOUDS.map(({ name }) => name);

/** Readings with temperatures from 20 °C up in hundredths; the same one again left out. */
function temperatures(talk: Conversation): number[] {
  return [...new Set(readingsOf(talk).map(({ temperature }) => temperature))];
}

/** Lets the device hear so many readings of a tag, one each `every` milliseconds. */
function hear(talk: Conversation, count: number, every: number, from = 0): void {
  for (let i = from; i < from + count; i++) {
    talk.hear(TAG, mikrotik(i + 1, 20 * 256 + i * 64));
    talk.wait(every);
  }
}

function due(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 2000 + 25 * i);
}

function start(name: string, options?: ConversationOptions): Conversation {
  const talk = new Conversation(name, options);
  talk.wait(5000);
  return talk;
}

/** True for profiles whose readings have QoS 0: what is on its way when a connection ends is lost, as documented. */
function isAtMostOnce(talk: Conversation): boolean {
  return !talk.cloud.taken.some(({ topic, qos }) => qos === 1 && talk.profile.readings.test(topic));
}

describe.each(NAMES)('%s, a message without PUBACK (contract emulation)', (name) => {
  it('is delivered all the same, and holds up nothing', () => {
    const talk = start(name);
    hear(talk, 3, 2000);
    if (isAtMostOnce(talk)) return;
    let lost = 0;
    talk.cloud.discards = ({ topic }) => talk.profile.readings.test(topic) && lost++ === 0;
    hear(talk, 60, 10_000, 3);
    expect(lost).toBeGreaterThan(1);
    expect(temperatures(talk).sort((a, b) => a - b)).toEqual(due(63));
    talk.end();
    expect(talk.lost).toBe(0);
  });
});

describe.each(NAMES)('%s, a second client with its identifier (contract emulation)', (name) => {
  const sessions = PROFILES[name]!.isClean ? [true] : [true, false];

  it.each(sessions)('loses nothing when one takes over, with cleanSession %s', (cleanSession) => {
    for (const rivalIsClean of [true, false]) {
      const talk = start(name, { raw: { cleanSession } });
      const subscribed = [...(talk.cloud.subscribed.get(1) ?? [])].sort();
      hear(talk, 3, 2000);
      // In the middle of a reading, and between two.
      talk.hear(TAG, mikrotik(4, 20 * 256 + 3 * 64));
      talk.wait(1);
      talk.cloud.takeOver(rivalIsClean);
      talk.wait(100);
      hear(talk, 3, 2000, 4);
      talk.cloud.takeOver(rivalIsClean);
      talk.wait(100);
      hear(talk, 3, 2000, 7);
      talk.call();
      talk.end();
      const taken = temperatures(talk);
      expect(due(10).filter((value) => !taken.includes(value)).length).toBeLessThanOrEqual(isAtMostOnce(talk) ? 1 : 0);
      expect(talk.cloud.violations).toEqual([]);
      expect([...(talk.cloud.subscribed.get(talk.cloud.connections) ?? [])].sort()).toEqual(subscribed);
      expect(talk.answers).toBe(talk.profile.call ? 1 : 0);
    }
  });

  it('does not fight one that comes back each time', () => {
    const talk = start(name);
    let taken = 0;
    for (let second = 0; second < 600; second++) {
      talk.wait(1000);
      if (talk.cloud.connections === taken) continue;
      taken = talk.cloud.connections;
      talk.cloud.takeOver(true);
    }
    // Each of them waits for up to a minute.
    expect(talk.cloud.connections).toBeLessThan(25);
    expect(talk.cloud.violations).toEqual([]);
    hear(talk, 5, 2000);
    talk.wait(120_000);
    talk.end();
    expect(temperatures(talk)).toEqual(due(5));
  });
});

describe.each(withLimit('connectsPerSecond'))('%s, CONNECT packets in a second (contract emulation)', (name) => {
  const interval = 1000 / definitionOf(name).limits.connectsPerSecond!;

  /** The least time between two CONNECT packets. */
  function closest({ cloud }: Conversation): number {
    const { connectTimes } = cloud;
    return Math.min(...connectTimes.slice(1).map((at, i) => at - connectTimes[i]!));
  }

  it.each<[string, (talk: Conversation) => void]>([
    ['a network that comes back at once', ({ virtual }) => flap(virtual)],
    ['a planned reconnection', ({ firmware }) => firmware.gateway.connection.reconnect()],
    ['a turn to the next broker', ({ firmware }) => firmware.gateway.connection.turnToNext()],
    ['a connection that the cloud ends', ({ cloud }) => cloud.takeOver(true)],
  ])('are as few as it takes after %s', (_, lose) => {
    const [first] = configurationOf(name)['broker']!.toString().split(',');
    const talk = start(name, { raw: { broker: `${first},${first}` } });
    for (let i = 0; i < 20; i++) {
      lose(talk);
      talk.wait(10 + 150 * i);
    }
    talk.wait(60_000);
    expect(talk.cloud.connectTimes.length).toBeGreaterThan(2);
    expect(closest(talk)).toBeGreaterThanOrEqual(interval);
    expect(talk.cloud.violations).toEqual([]);
  });
});

/** Profiles whose cloud has a limit. */
function withLimit(rule: Rule): string[] {
  return NAMES.filter((name) => definitionOf(name).limits[rule] !== undefined);
}

/** A device that knows no limit, and whose configuration is not held to one. */
const CARELESS: ConversationOptions = { unchecked: true, believed: { source: 'nothing' } };
const MUCH = { outbox: 8_000_000 };

function rulesOf({ cloud }: Conversation): string[] {
  return [...new Set(cloud.violations.map(({ rule }) => rule))];
}

/** So many short readings, with temperatures a hundredth of a degree apart, 50 in a millisecond. */
function burst(talk: Conversation, count: number): void {
  const bytes = Buffer.alloc(2);
  for (let i = 0; i < count; i++) {
    bytes.writeInt16LE(2000 + i);
    talk.hear(TAGS.bthome2, `0716d2fc4002${bytes.toString('hex')}`);
    if (i % 50 === 49) talk.virtual.run(1);
  }
}

/** How many of the readings of a burst the cloud has. */
function taken({ cloud, profile }: Conversation): number {
  const messages = cloud.taken.filter(({ topic }) => profile.readings.test(topic));
  return new Set(messages.flatMap(({ payload }) => profile.temperatures(payload))).size;
}

describe.each(withLimit('messagesPerSecond'))('%s, too many messages in a second (contract emulation)', (name) => {
  const { messagesPerSecond: limit = 0 } = definitionOf(name).limits;
  const count = Math.ceil(limit * 2.5);

  it('are not sent: the outbox paces', () => {
    const talk = start(name, { raw: MUCH });
    const begun = talk.virtual.platform.time.now();
    burst(talk, count);
    talk.wait(1000);
    expect(taken(talk)).toBeLessThanOrEqual(limit * 1.1);
    talk.wait(10_000);
    expect(taken(talk)).toBe(count);
    expect(talk.virtual.platform.time.now() - begun).toBeGreaterThan(2000);
    expect(rulesOf(talk)).toEqual([]);
    talk.end();
    expect(talk.lost).toBe(0);
  });

  it('are punished when it does not, and nothing is lost', () => {
    const talk = start(name, { ...CARELESS, raw: MUCH });
    burst(talk, count);
    talk.wait(10_000);
    expect(rulesOf(talk)).toEqual(['messagesPerSecond']);
    talk.wait(600_000);
    expect(taken(talk)).toBe(count);
    talk.end();
    expect(talk.lost).toBe(0);
  });
});

describe.each(withLimit('bytesPerSecond'))('%s, too many bytes in a second (contract emulation)', (name) => {
  const { bytesPerSecond: limit = 0 } = definitionOf(name).limits;
  // A reading takes more than 100 bytes of a message.
  const count = Math.ceil((limit * 1.5) / 100);
  const raw = {
    ...MUCH,
    topic: '{prefix}/{gateway}/tags/all',
    batch: 255,
    batchSeconds: 1,
    maxPayload: 65536,
    inFlight: 64,
  };

  it('are not sent: the outbox paces', () => {
    const talk = start(name, { raw });
    burst(talk, count);
    talk.wait(10_000);
    expect(taken(talk)).toBe(count);
    expect(rulesOf(talk)).toEqual([]);
  });

  it('are punished when it does not, and nothing is lost', () => {
    const talk = start(name, { ...CARELESS, raw });
    burst(talk, count);
    talk.wait(10_000);
    expect(rulesOf(talk)).toEqual(['bytesPerSecond']);
    talk.wait(600_000);
    expect(taken(talk)).toBe(count);
    talk.end();
    expect(talk.lost).toBe(0);
  });
});

describe.each(withLimit('inFlight').filter((name) => definitionOf(name).limits.inFlight! < 1024))(
  '%s, too many messages in flight (contract emulation)',
  (name) => {
    const { inFlight: limit = 0 } = definitionOf(name).limits;

    /** The broker acknowledges nothing for two seconds. */
    function flood(options: ConversationOptions): Conversation {
      const talk = start(name, options);
      talk.cloud.acknowledges = false;
      burst(talk, limit + 50);
      talk.wait(2000);
      talk.cloud.acknowledges = true;
      return talk;
    }

    it('are not sent with the most that the check lets through', () => {
      const talk = flood({ raw: { ...MUCH, inFlight: limit }, believed: { source: 'nothing' } });
      expect(talk.cloud.inFlight).toBe(limit);
      expect(talk.cloud.violations.map(({ rule }) => rule)).not.toContain('inFlight');
    });

    it('are punished when there is one more, and nothing is lost', () => {
      const talk = flood({ ...CARELESS, raw: { ...MUCH, inFlight: limit + 1 } });
      expect(rulesOf(talk)).toContain('inFlight');
      talk.wait(600_000);
      expect(taken(talk)).toBe(limit + 50);
      talk.end();
      expect(talk.lost).toBe(0);
    });
  },
);

describe.each(NAMES.filter((name) => PROFILES[name]!.points))(
  '%s, too many data points in a second (contract emulation)',
  (name) => {
    const definition = definitionOf(name);
    const told = { messages: '1000:1', telemetryMessages: '1000:1', telemetryDataPoints: '50:1' };
    const limits = { ...definition.limits, pointsPerSecond: 50 };
    const COUNT = 100;
    const answer: Answer = (topic, payload, say) => {
      if (!payload.toString().includes('getSessionLimits')) return;
      const gatewayRateLimits = told;
      say(topic.replace('request', 'response'), JSON.stringify({ rateLimits: told, gatewayRateLimits }), 1);
    };

    it.each<[string, ConversationOptions]>([
      ['the server told its limit', { answer }],
      ['the server tells none, and somebody set maxPointRate', { raw: { maxPointRate: 50 } }],
    ])('are not sent when %s', (_, options) => {
      const talk = start(name, { limits, ...options, raw: { ...MUCH, ...options.raw } });
      burst(talk, COUNT);
      talk.wait(1000);
      expect(taken(talk)).toBeLessThan(COUNT / 2);
      talk.wait(20_000);
      expect(taken(talk)).toBe(COUNT);
      expect(rulesOf(talk)).toEqual([]);
    });

    it('are punished when nobody told the device, and nothing is lost', () => {
      const talk = start(name, { limits, ...CARELESS, raw: MUCH });
      burst(talk, COUNT);
      talk.wait(600_000);
      expect(rulesOf(talk)).toEqual(['pointsPerSecond']);
      expect(taken(talk)).toBe(COUNT);
    });
  },
);

describe.each(NAMES)('%s, retained messages refused (contract emulation)', (name) => {
  const hasKey = definitionOf(name).keys.some((key) => key.name === 'retainStatus');
  const prepare = (cloud: VirtualCloud): void => void (cloud.forbids = ({ retain }) => retain);

  it('keeps the readings, and tells what it may be', () => {
    const talk = start(name, { prepare, ...(hasKey && { raw: { retainStatus: true } }) });
    hear(talk, 5, 2000);
    talk.wait(300_000);
    const retains = talk.cloud.received.some(({ packet }) => packet.cmd === 'publish' && packet.retain);
    const log = talk.virtual.lines.join('\n');
    if (retains) {
      const line = 'before it acknowledged the status, which is retained; allow this client to retain messages, or set';
      expect(log.split(line)).toHaveLength(2);
      expect(talk.cloud.connections).toBeLessThan(20);
      talk.cloud.forbids = () => false;
      talk.wait(120_000);
    } else {
      expect(log).not.toContain('retain');
      expect(talk.cloud.connections).toBe(1);
    }
    talk.end();
    expect(temperatures(talk)).toEqual(due(5));
    expect(talk.lost).toBe(0);
  });

  it('goes on when it retains no status', () => {
    if (!hasKey) return;
    const talk = start(name, { prepare, raw: { retainStatus: false } });
    hear(talk, 5, 2000);
    talk.end();
    expect(talk.cloud.connections).toBe(1);
    expect(temperatures(talk)).toEqual(due(5));
    const { will } = talk.cloud.lastConnect;
    expect(will?.retain ?? false).toBe(false);
  });
});

describe.each(['azure'])('%s, credentials that expire (contract emulation)', (name) => {
  const HOUR = 3_600_000;

  it('are renewed in time', () => {
    const talk = start(name);
    hear(talk, 24, HOUR / 2);
    talk.end();
    expect(talk.cloud.violations).toEqual([]);
    expect(talk.cloud.connections).toBeGreaterThan(12);
    expect(temperatures(talk)).toEqual(due(24));
  });

  it('end the connection when the clock of the device is late, and nothing is lost', () => {
    const talk = start(name, { clockAhead: -15 * 60_000 });
    hear(talk, 24, HOUR / 2);
    talk.end();
    expect(new Set(talk.cloud.violations.map(({ value }) => value))).toEqual(new Set(['expired']));
    expect(temperatures(talk)).toEqual(due(24));
  });

  it('are refused when the clock is very late, until it is set', () => {
    const talk = start(name, { clockAhead: -2 * HOUR });
    hear(talk, 10, 60_000);
    expect(temperatures(talk)).toEqual([]);
    expect(talk.cloud.connections).toBeLessThan(25);
    talk.virtual.clockAhead = 0;
    hear(talk, 2, 60_000, 10);
    talk.end();
    expect(temperatures(talk)).toEqual(due(12));
  });
});

/** The network goes down and comes back. */
function flap({ platform }: VirtualBoard): void {
  platform.network.set(false);
  platform.run(5);
  platform.network.set(true);
}
