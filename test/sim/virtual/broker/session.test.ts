import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerModel } from '../../../../sim/virtual/broker/broker-model.js';
import type { BrokerConnection } from '../../../../sim/virtual/broker/broker-model.js';
import { DisconnectReason, PublishOutcome } from '../../../../sim/virtual/broker/observer.js';
import { Session } from '../../../../src/mqtt/session.js';
import { utf8 } from '../../../mqtt/bench/bytes.js';
import { Lane } from '../../../mqtt/bench/link.js';
import { Recorder } from '../../../mqtt/bench/recorder.js';

/** After the end of a connection, milliseconds. */
const RECONNECT_AFTER = 50;

/** Our session and the broker model at the ends of a link that cuts everything into pieces. */
class Joint {
  now = 0;
  readonly broker = new BrokerModel({ now: () => this.now });
  readonly heard: Recorder;
  readonly session: Session;
  /** Payloads as the broker took them from the session, and as it distributed them. */
  readonly taken: string[] = [];
  readonly distributed: string[] = [];
  /** What the client did against the protocol. */
  readonly violations: string[] = [];

  private readonly up: Lane;
  private readonly down: Lane;
  private connection: BrokerConnection | undefined;
  private waiting = new Uint8Array(0);
  private reconnectAt = 0;
  /** The broker ended the connection; what it sent before is still on its way. */
  private ending = false;

  constructor(seed: number) {
    this.up = new Lane({ seed, fragments: true });
    this.down = new Lane({ seed: seed + 1, fragments: true });
    this.heard = new Recorder({ onClosed: () => this.close() });
    const options = { clientId: 'device', cleanSession: false, keepAliveSeconds: 10, maxInFlight: 8 };
    this.session = new Session(options, this.heard);
    this.broker.watch({
      onPublish: (_, { message, outcome }) => {
        expect(outcome).toBe(PublishOutcome.taken);
        this.taken.push(String.fromCharCode(...message.payload));
      },
      onDistribute: ({ publisher, payload }) => {
        if (publisher === 'device') this.distributed.push(String.fromCharCode(...payload));
      },
      onDisconnect: (_, reason, __, detail) => {
        if (reason === DisconnectReason.violation) this.violations.push(detail);
      },
      onNotice: (_, text) => this.violations.push(text),
    });
  }

  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    this.pump();
    for (let next = this.nextTime; next <= end; next = this.nextTime) {
      this.now = Math.max(this.now, next);
      this.step();
      this.pump();
    }
    this.now = end;
  }

  cut(): void {
    if (this.connection !== undefined) this.session.lost();
  }

  private get nextTime(): number {
    const { up, down, session, broker } = this;
    return Math.min(up.arrival, down.arrival, session.deadline, broker.deadline, this.reconnectAt);
  }

  private step(): void {
    const { now, up, down } = this;
    if (this.broker.deadline <= now) this.broker.tick(now);
    else if (this.reconnectAt <= now) this.open();
    else if (up.arrival <= now) {
      const bytes = up.take();
      this.connection?.receive(bytes, 0, bytes.length);
    } else if (down.arrival <= now) this.receive(down.take());
    else this.session.tick(now);
  }

  private open(): void {
    this.reconnectAt = Infinity;
    const connection = this.broker.accept({
      send: (bytes) => {
        if (this.connection === connection) this.down.send(bytes, this.now);
      },
      close: (abort) => {
        if (this.connection !== connection) return;
        // In order: what was sent arrives before the end.
        if (abort) this.down.clear();
        this.ending = true;
      },
    });
    this.connection = connection;
    this.session.open(this.now);
  }

  private close(): void {
    this.up.clear();
    this.down.clear();
    this.waiting = new Uint8Array(0);
    this.ending = false;
    const { connection } = this;
    this.connection = undefined;
    connection?.ended();
    this.reconnectAt = this.now + RECONNECT_AFTER;
  }

  private receive(bytes: Uint8Array): void {
    const all = new Uint8Array(this.waiting.length + bytes.length);
    all.set(this.waiting);
    all.set(bytes, this.waiting.length);
    this.waiting = all;
    this.offer();
  }

  private offer(): void {
    if (this.connection === undefined || this.waiting.length === 0) return;
    const consumed = this.session.receive(this.waiting, 0, this.waiting.length, this.now);
    if (this.waiting.length > 0) this.waiting = this.waiting.slice(consumed);
  }

  private pump(): void {
    const { session } = this;
    while (this.connection !== undefined && session.next(this.now)) {
      const { output, outputFrom, outputTo } = session;
      this.up.send(output.slice(outputFrom, outputTo), this.now);
      session.sent(outputTo - outputFrom, this.now);
      this.offer();
    }
    if (this.ending && this.down.arrival === Infinity) session.lost();
  }
}

type Action = (joint: Joint) => void;

const wait = fc.integer({ min: 0, max: 400 }).map(
  (milliseconds): Action =>
    (joint) =>
      joint.run(milliseconds),
);
const fault = fc.oneof(
  fc.constantFrom(20, 300, 20_000, Infinity).map((delay): Action => ({ broker }) => {
    broker.changeFaults({ publishAnswerDelay: delay });
  }),
  fc.constantFrom(20, 20_000, Infinity).map((delay): Action => ({ broker }) => {
    broker.changeFaults({ connackDelay: delay });
  }),
  fc.constantFrom(20, Infinity).map((delay): Action => ({ broker }) => {
    broker.changeFaults({ subscribeAnswerDelay: delay });
  }),
  fc.constantFrom(1, 3, 5).map((code): Action => ({ broker }) => {
    broker.changeFaults({ connackCode: code });
  }),
  fc.nat(4).map((every): Action => ({ broker }) => {
    let count = 0;
    broker.changeFaults({ cutsBeforeAnswer: () => count++ % (every + 1) === 0 });
  }),
  fc.integer({ min: 1, max: 9 }).map((bytes): Action => ({ broker }) => {
    broker.changeFaults({ trickleBytes: bytes, trickleInterval: 20 });
  }),
  fc.constant<Action>(({ broker }) => {
    broker.changeFaults({ answersPings: false });
  }),
  fc.constant<Action>(({ broker }) => {
    broker.changeFaults({ endsAfterConnack: true });
  }),
  fc.boolean().map(
    (keeps): Action =>
      ({ broker }) =>
        broker.restart(keeps),
  ),
  fc.constant<Action>((joint) => joint.cut()),
  fc.constant<Action>(({ broker }) => broker.disconnect('device')),
);
const heal: fc.Arbitrary<Action> = fc.constant(({ broker }) => {
  broker.endFaults();
});

describe('our session over the broker model', () => {
  it('loses and reorders nothing, breaks no rule, and gets over every fault', () => {
    const publish = fc.constantFrom('publish' as const, 'deliver' as const);
    const actions = fc.array(
      fc.oneof(
        { arbitrary: publish, weight: 6 },
        { arbitrary: wait, weight: 4 },
        { arbitrary: fault, weight: 2 },
        { arbitrary: heal, weight: 1 },
      ),
      { maxLength: 80, size: 'max' },
    );
    fc.assert(
      fc.property(actions, fc.nat(1000), (all, seed) => {
        const joint = new Joint(seed);
        const { broker, session, heard } = joint;
        session.subscribe(utf8('down'), 1);
        const published: string[] = [];
        let delivered = 0;
        for (const action of all) {
          if (typeof action === 'function') action(joint);
          else if (action === 'deliver') broker.publish('down', utf8(`${++delivered}`), 1, false);
          else if (session.publish(utf8('up'), utf8(`${published.length}`), 1, false) > 0) {
            published.push(`${published.length}`);
          }
        }
        broker.endFaults();
        joint.run(60_000);
        expect([session.connected, session.drained]).toEqual([true, true]);
        expect(joint.violations).toEqual([]);
        // Nothing lost, and nothing new before what is older; repetitions are those that QoS 1 allows.
        expect([...new Set(joint.distributed)]).toEqual(published);
        expect(joint.taken).toEqual(joint.distributed);
        const numbers = [...new Set(heard.pieces.map(({ payload }) => Number(payload)))];
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(broker.session('device')).toMatchObject({ connected: true, inflight: 0, queued: 0 });
        // What is delivered now arrives: the subscription is there.
        broker.publish('down', utf8('last'), 1, false);
        joint.run(1000);
        expect(heard.pieces.at(-1)?.payload).toBe('last');
      }),
      { numRuns: 300 },
    );
  });
});
