import fc from 'fast-check';
import { generate, parser as makeParser } from 'mqtt-packet';
import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import type { Qos } from './desk.js';
import { connectPacket, showPacket } from './desk.js';

/** A network connection to a broker, whichever it is. */
export interface ScriptLink {
  send(bytes: Uint8Array): void;
  /** Ends it as a broken connection: the broker sees no DISCONNECT. */
  lose(): void;
}

/** Opens a connection; `data` and `ended` may be called at once or later. */
export type OpenLink = (data: (bytes: Uint8Array) => void, ended: () => void) => ScriptLink;

/** A will, whose payload is `will of` and the client. */
export type Will = Omit<NonNullable<IConnectPacket['will']>, 'payload'>;

/** What one of the clients does. */
export type Step =
  | { do: 'connect'; slot: number; clean: boolean; will: Will | undefined }
  | { do: 'subscribe'; slot: number; filters: readonly (readonly [topic: string, qos: Qos])[] }
  | { do: 'unsubscribe'; slot: number; filters: readonly string[] }
  | { do: 'publish'; slot: number; topic: string; qos: Qos; retain: boolean; empty: boolean; count: number }
  /** Answers nothing from now on: messages stay in flight. */
  | { do: 'hold'; slot: number }
  /** Answers what is held, and goes on holding: the next step of QoS 2 is held again. */
  | { do: 'answer'; slot: number }
  /** Answers what is held, and everything from now on. */
  | { do: 'release'; slot: number }
  /** Sends again with DUP what has no answer: PUBLISH, or PUBREL when PUBREC had come. */
  | { do: 'resend'; slot: number }
  | { do: 'disconnect'; slot: number }
  | { do: 'lose'; slot: number }
  | { do: 'violate'; slot: number; hex: string };

export const SLOTS = 3;
/** The first ones come often, so that steps meet. */
const TOPICS = ['a', 'a', 'a', 'a', 'a/b', 'a/b', 'b', 'a/c', 'a/b/c', '/', 'a/', '/b', 'a//b', '$x', '$x/a'];
const FILTERS = [
  ...['a', 'a', 'a', 'a/#', 'a/#', '#', '#', '#'],
  ...['#', '+', 'a', 'b', 'a/#', 'a/+', 'a/b', '+/b', 'a/+/c', 'a/+/+', '+/+', '/', '/+', '/#', '+/#', 'a/b/#'],
  ...['$x/#', '$x/+', '$x/a', '+/a'],
];

/** Each of these makes a server close the connection. */
export const VIOLATIONS = [
  ...['e100', '0000', 'f000', '20020000', '30ffffffffff'],
  ...['3605000161 0001', '300300012b', '3003000123', '30020000', '3003000100', '30030001ff'],
  ...['3205000161 0000', '3000', '30020005', '60020001', '40020000'],
  ...['8006000100 016100', '820600000 0016100', '82020001', '82060001 00016103', '82060001 00016180'],
  ...['8207000100026123 00', '820700010002612b00', '82050001000000'],
  ...['a0050001 000161', 'a2020001', 'a206000100026123'],
];

/** This too, after which Mosquitto 2.0 sends no will. */
export const SECOND_CONNECT = '100d00044d5154540402000000 0163';

/** These too, which Mosquitto 2.0 does not mind: flags, lengths, packets that only a server sends, DUP with QoS 0. */
export const TOLERATED = [
  ...['c100', 'c00100', '90030001 00', 'b0020001', 'd000', '3805000161 0001', '41020001', '4003000100'],
];

const slot = fc.nat(SLOTS - 1);
const qos = fc.constantFrom<Qos[]>(0, 1, 2);
const topic = fc.constantFrom(...TOPICS);
const filter = fc.constantFrom(...FILTERS);
const will = fc.record({ topic, qos, retain: fc.boolean() });

/** Scripts of a few clients; those that are connected most of the time. */
export const script: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: connectStep(), weight: 6 },
    {
      arbitrary: fc.record({
        do: fc.constant('subscribe' as const),
        slot,
        filters: fc.array(fc.tuple(filter, qos), { minLength: 1, maxLength: 3 }),
      }),
      weight: 6,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('unsubscribe' as const),
        slot,
        filters: fc.array(filter, { minLength: 1, maxLength: 3 }),
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('publish' as const),
        slot,
        topic,
        qos,
        retain: fc.boolean(),
        empty: fc.nat(9).map((number) => number === 0),
        count: fc.constantFrom(1, 1, 2, 4),
      }),
      weight: 12,
    },
    { arbitrary: fc.record({ do: fc.constant('hold' as const), slot }), weight: 4 },
    { arbitrary: fc.record({ do: fc.constant('answer' as const), slot }), weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('release' as const), slot }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('resend' as const), slot }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('disconnect' as const), slot }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('lose' as const), slot }), weight: 3 },
    {
      arbitrary: fc.record({ do: fc.constant('violate' as const), slot, hex: fc.constantFrom(...VIOLATIONS) }),
      weight: 1,
    },
  ),
  { minLength: 4, maxLength: 40, size: 'max' },
);

function connectStep(): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constant('connect' as const),
    slot,
    clean: fc.nat(3).map((number) => number === 0),
    will: fc.option(will, { nil: undefined, freq: 3 }),
  });
}

/** Runs a script and returns what each client received in each step. Rejects when the broker falls silent. */
export async function runScript(steps: readonly Step[], open: OpenLink): Promise<string[][]> {
  await cleanUp(makeClients(open));
  const clients = makeClients(open);
  // All connect at first, so that few steps are idle.
  for (const client of clients) await client.connect(false, undefined);
  await clients[0]!.perform({ do: 'subscribe', slot: 0, filters: [['a/#', 2]] }, '');
  await settle(clients);
  const outcome: string[][] = [];
  for (const [number, step] of steps.entries()) {
    const client = clients[step.slot]!;
    await client.perform(step, `${number}`);
    await settle(clients);
    outcome.push(clients.map((each) => each.takeText()));
  }
  for (const client of clients) await client.perform({ do: 'disconnect', slot: 0 }, '');
  return outcome;
}

function makeClients(open: OpenLink): ScriptClient[] {
  return Array.from({ length: SLOTS }, (_, i) => new ScriptClient(`c${i}`, open));
}

/** Until all clients have an answer to a PINGREQ, and nothing else came or was answered since the one before. */
async function settle(clients: readonly ScriptClient[]): Promise<void> {
  for (let busy = true; busy;) {
    busy = false;
    for (const client of clients) if (await client.ping()) busy = true;
  }
}

/** Removes sessions and retained messages of a script before, which may have failed. */
async function cleanUp(clients: readonly ScriptClient[]): Promise<void> {
  for (const client of clients) {
    await client.connect(true, undefined);
    await client.perform({ do: 'disconnect', slot: 0 }, '');
  }
  const [first] = clients;
  await first!.connect(true, undefined);
  for (const each of TOPICS) {
    await first!.perform({ do: 'publish', slot: 0, topic: each, qos: 0, retain: true, empty: true, count: 1 }, '');
  }
  await first!.ping();
  await first!.perform({ do: 'disconnect', slot: 0 }, '');
}

/** A message of the client that has no final answer. */
interface Unanswered {
  packet: IPublishPacket;
  /** PUBREC came, and PUBREL was sent. */
  released: boolean;
}

class ScriptClient {
  private link: ScriptLink | undefined;
  private received: Packet[] = [];
  private ends = 0;
  private lastId = 0;
  private holds = false;
  /** Answers that were held. */
  private held: Packet[] = [];
  private readonly unanswered = new Map<number, Unanswered>();
  /** Messages of the broker with QoS 1 and 2 that are not answered, as text, by packet id. */
  private readonly inflight = new Map<number, string>();
  private pingresps = 0;
  /** Packets that came or were answered since the last ping. */
  private active = false;
  private wake: () => void = () => {};
  private readonly willPayload: Buffer;
  /** Of the last CONNECT. */
  private hasWill = false;

  constructor(
    private readonly clientId: string,
    private readonly open: OpenLink,
  ) {
    this.willPayload = Buffer.from(`will of ${clientId}`);
  }

  async connect(clean: boolean, will: Will | undefined): Promise<void> {
    // Mosquitto 2.0 sends no will when a session is taken over, against [MQTT-3.1.2-8].
    if (this.hasWill) await this.perform({ do: 'lose', slot: 0 }, '');
    this.hasWill = will !== undefined;
    const before = this.link;
    const ends = this.ends;
    if (clean) {
      this.inflight.clear();
      this.unanswered.clear();
    }
    this.held = [];
    const parser = makeParser({ protocolVersion: 4 });
    let answered = false;
    let ended = false;
    parser.on('packet', (each) => {
      answered ||= each.cmd === 'connack';
      this.take(each);
    });
    const link: ScriptLink = this.open(
      (bytes) => parser.parse(Buffer.from(bytes)),
      () => {
        ended = true;
        this.ends++;
        if (this.link === link) this.link = undefined;
        this.wake();
      },
    );
    this.link = link;
    link.send(
      generate(connectPacket(this.clientId, { clean, ...(will && { will: { ...will, payload: this.willPayload } }) })),
    );
    await this.until(() => answered || ended, 'CONNACK');
    // The other connection is taken over.
    if (before !== undefined) await this.until(() => this.ends > ends, 'the end of the connection before');
  }

  async perform(step: Step, payload: string): Promise<void> {
    if (step.do === 'connect') {
      await this.connect(step.clean, step.will);
      return;
    }
    if (step.do === 'hold') this.holds = true;
    const { link } = this;
    if (link === undefined) return;
    switch (step.do) {
      case 'subscribe':
        this.send({
          cmd: 'subscribe',
          messageId: this.nextId(),
          subscriptions: step.filters.map(([each, granted]) => ({ topic: each, qos: granted })),
        });
        return;
      case 'unsubscribe':
        this.send({ cmd: 'unsubscribe', messageId: this.nextId(), unsubscriptions: [...step.filters] });
        return;
      case 'publish':
        for (let i = 0; i < step.count; i++) this.publish(step, step.empty ? '' : `${payload}.${i}`);
        return;
      case 'release':
      case 'answer':
        if (step.do === 'release') this.holds = false;
        for (const packet of this.held.splice(0)) this.answer(packet);
        return;
      case 'resend':
        for (const [messageId, { packet, released }] of this.unanswered) {
          this.send(released ? { cmd: 'pubrel', messageId } : { ...packet, dup: true });
        }
        return;
      case 'disconnect':
      case 'lose':
      case 'violate': {
        const { ends, pingresps } = this;
        if (step.do === 'disconnect') this.send({ cmd: 'disconnect' });
        else if (step.do === 'lose') link.lose();
        else link.send(Buffer.from(`${step.hex.replaceAll(' ', '')}c000`, 'hex'));
        // A broker that tolerates the violation answers the PINGREQ behind it.
        const over = (): boolean => this.ends > ends || this.pingresps > pingresps;
        await this.until(over, `the end after ${JSON.stringify(step)}`);
      }
    }
  }

  /** Waits for the answer to a PINGREQ. True when anything else came since the last time. */
  async ping(): Promise<boolean> {
    if (this.link === undefined) return false;
    const before = this.pingresps;
    const ends = this.ends;
    this.send({ cmd: 'pingreq' });
    await this.until(() => this.pingresps > before || this.ends > ends, 'PINGRESP');
    const { active } = this;
    this.active = false;
    return active;
  }

  /**
   * What came, as text. The standard leaves open how answers are mixed with messages and other answers, and how
   * messages with different topics or QoS are mixed [MQTT-4.6.0-6], so that each of these is a part of its own, sorted.
   */
  takeText(): string {
    const lines = new Map<string, string>();
    for (const packet of this.received.splice(0)) {
      const { cmd } = packet;
      const key = cmd === 'publish' ? `publish ${packet.topic} ${packet.qos}:` : `${cmd}:`;
      let text = showPacket(packet);
      // The packet id is the broker's own choice.
      if (cmd === 'publish') text = `${packet.payload.toString()}${packet.retain ? 'r' : ''}${packet.dup ? 'd' : ''}`;
      else if (cmd === 'pubrel') text = 'x';
      lines.set(key, `${lines.get(key) ?? key} ${text}`);
    }
    return [...lines.values()]
      .sort()
      .concat(this.link === undefined ? 'not connected' : [])
      .join('; ');
  }

  private take(packet: Packet): void {
    if (packet.cmd === 'pingresp') {
      this.pingresps++;
      this.wake();
      return;
    }
    this.active = true;
    this.received.push(packet);
    const messageId = packet.messageId!;
    switch (packet.cmd) {
      case 'connack':
        if (!packet.sessionPresent) this.inflight.clear();
        break;
      case 'publish': {
        if (packet.qos === 0) break;
        const text = `${packet.topic} ${packet.qos} ${packet.payload.toString()}`;
        const before = this.inflight.get(messageId);
        if (packet.dup ? before !== text : before !== undefined) {
          throw new Error(`${showPacket(packet)} does not fit, in flight is ${before ?? 'nothing'}`);
        }
        this.inflight.set(messageId, text);
        this.answerOrHold({ cmd: packet.qos === 1 ? 'puback' : 'pubrec', messageId });
        break;
      }
      case 'pubrel':
        this.answerOrHold({ cmd: 'pubcomp', messageId });
        break;
      case 'pubrec': {
        const unanswered = this.unanswered.get(messageId);
        if (unanswered) unanswered.released = true;
        this.answerOrHold({ cmd: 'pubrel', messageId });
        break;
      }
      case 'puback':
      case 'pubcomp':
        this.unanswered.delete(messageId);
        break;
    }
    this.wake();
  }

  private publish({ topic: name, qos: level, retain }: Extract<Step, { do: 'publish' }>, payload: string): void {
    const packet: IPublishPacket = { cmd: 'publish', topic: name, payload, qos: level, retain, dup: false };
    if (level > 0) {
      packet.messageId = this.nextId();
      this.unanswered.set(packet.messageId, { packet, released: false });
    }
    this.send(packet);
  }

  private answerOrHold(packet: Packet): void {
    if (this.holds) this.held.push(packet);
    else this.answer(packet);
  }

  private answer(packet: Packet): void {
    if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') this.inflight.delete(packet.messageId!);
    this.active = true;
    this.send(packet);
  }

  private send(packet: Packet): void {
    this.link?.send(generate(packet));
  }

  private nextId(): number {
    return ++this.lastId;
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        const impatience = setTimeout(() => reject(new Error(`${this.clientId} waits for ${what}`)), 5_000);
        this.wake = () => {
          clearTimeout(impatience);
          resolve();
        };
      });
    }
  }
}
