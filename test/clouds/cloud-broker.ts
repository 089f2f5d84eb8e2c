import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Aedes } from 'aedes';
import type { AuthenticateError, Client, ConnectPacket } from 'aedes';
import type { CloudLimits } from '../../src/cloud/index.js';
import type { Credentials } from '../support/certificates.js';
import type { CloudConnect, CloudMessage, CloudRules } from './cloud-rules.js';

/** A limit that a client exceeded. `rule` is the field of `CloudLimits`, or a word for what has none. */
export interface Violation {
  clientId: string;
  rule: keyof CloudLimits | 'topic' | 'login' | 'certificate' | 'contract';
  /** What the client did. */
  value: number | string | boolean;
}

/** What a broker does on request, as real ones do now and then. All are off at first. */
export interface Misbehaviour {
  /** Ends this many connections right after CONNACK, without a reason. */
  closeAfterConnack: number;
  /** Ends the connection instead of taking a message for which this is true. */
  closeAt: ((message: CloudMessage) => boolean) | undefined;
  /** Sends PUBACK, and loses the message. */
  ackThenDrop: boolean;
  /** Takes messages, but sends no PUBACK until this is false again. */
  holdAcks: boolean;
  /** Ends the connection at a retained message, as AWS does without the permission. */
  refuseRetain: boolean;
  /** Answers CONNECT with this return code; 0: as `authenticate` says. */
  refuseConnect: number;
}

export interface CloudBrokerOptions {
  limits: CloudLimits;
  /** At a limit: the connection ends without a reason (default), or PUBACK is sent and the message is lost. */
  punish?: 'close' | 'drop';
  /** Present: TLS. `ca`: client certificates are asked for, and must be from there. */
  tls?: { server: Credentials; ca?: string; required?: boolean; alpn?: string[] };
  /** The return code of CONNACK. Default: 0 for everybody. */
  authenticate?(connect: CloudConnect): number;
  /** When the connection that began so is ended, in ms since 1970. Default: never. */
  expiresAt?(connect: CloudConnect): number | undefined;
  /** False: the connection ends, as where a policy allows no such topic. Default: all are allowed. */
  mayPublish?(clientId: string, topic: string, payload: Buffer): boolean;
  /** False: SUBACK says failure. `close`: the connection ends. Default: all are allowed. */
  maySubscribe?(clientId: string, filter: string): boolean | 'close';
  /** A message was taken; the fixture of a cloud answers it. */
  onPublish?(message: CloudMessage, broker: CloudBroker): void;
  onSubscribe?(clientId: string, filter: string, broker: CloudBroker): void;
  /** A connection is over. */
  onEnd?(clientId: string): void;
  /** True: what clients publish is for the cloud alone, also where they subscribe to the same topic. */
  isolated?: boolean;
  /** Data points in a message, for `pointsPerSecond`. Default: 1. */
  pointsOf?(message: CloudMessage): number;
}

const SECOND = 1000;
/** Marks what the broker itself publishes. */
const OWN = 'cloud';

/** What a client did in the last second. */
class Rate {
  private readonly times: number[] = [];
  private readonly amounts: number[] = [];

  /** Adds an amount, and returns the sum of the last second. */
  add(amount: number): number {
    const now = performance.now();
    this.times.push(now);
    this.amounts.push(amount);
    while (now - this.times[0]! >= SECOND) {
      this.times.shift();
      this.amounts.shift();
    }
    return this.amounts.reduce((sum, each) => sum + each, 0);
  }
}

/** One connection. */
interface Peer {
  connect: CloudConnect;
  messages: Rate;
  bytes: Rate;
  points: Rate;
  subscriptions: Set<string>;
  /** Calls that send a PUBACK which is held back. */
  held: (() => void)[];
  /** Ends the connection when its password expires. */
  expiry?: NodeJS.Timeout;
}

/**
 * A broker that enforces the limits of a cloud as its documentation says, and punishes what exceeds them: contract
 * emulation. It is aedes, on a free port of the loopback interface.
 */
export class CloudBroker {
  port = 0;
  /** CONNECT packets, those that were refused included. */
  readonly connects: CloudConnect[] = [];
  /** What was taken, in order. */
  readonly published: CloudMessage[] = [];
  readonly violations: Violation[] = [];
  /** Topic filters by client identifier, in order. */
  readonly subscribed: { clientId: string; filter: string; qos: number }[] = [];
  readonly misbehave: Misbehaviour = {
    closeAfterConnack: 0,
    closeAt: undefined,
    ackThenDrop: false,
    holdAcks: false,
    refuseRetain: false,
    refuseConnect: 0,
  };

  private readonly peers = new Map<Client, Peer>();
  private readonly clients = new Map<string, Client>();
  private readonly connectRates = new Map<string, Rate>();
  private readonly sockets = new Set<Socket>();
  private readonly waiting: { test: () => boolean; done: () => void }[] = [];
  private readonly server: Server;

  private constructor(
    private readonly options: CloudBrokerOptions,
    private readonly aedes: Aedes,
  ) {
    const { tls } = options;
    const listener = (socket: Socket): void => {
      socket.on('error', () => undefined);
      aedes.handle(socket);
    };
    this.server = tls
      ? createTlsServer(
          {
            cert: tls.server.certificate,
            key: tls.server.key,
            ...(tls.ca !== undefined && {
              ca: tls.ca,
              requestCert: true,
              rejectUnauthorized: tls.required ?? true,
            }),
            ...(tls.alpn && { ALPNProtocols: tls.alpn }),
          },
          listener,
        )
      : createServer(listener);
    this.server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    });
    aedes.preConnect = (client, packet, done) => this.preConnect(client, packet, done);
    aedes.authenticate = (client, _username, _password, done) => {
      const connect = this.peers.get(client)!.connect;
      const code = this.misbehave.refuseConnect || (options.authenticate?.(connect) ?? 0);
      if (code === 0) return done(null, true);
      this.violate(client, 'login', code);
      done(Object.assign(new Error('refused'), { returnCode: code }) as AuthenticateError, null);
    };
    aedes.authorizePublish = (client, packet, done) => this.authorizePublish(client, packet as never, done);
    aedes.authorizeSubscribe = (client, subscription, done) => this.authorizeSubscribe(client, subscription, done);
    if (options.isolated) {
      aedes.authorizeForward = (_client, packet) =>
        (packet as { clientId?: string }).clientId === OWN ? packet : null;
    }
    aedes.on('clientReady', (client) => {
      this.clients.set(client.id, client);
      this.watchExpiry(client);
      if (this.misbehave.closeAfterConnack > 0) {
        this.misbehave.closeAfterConnack--;
        setImmediate(() => this.end(client));
      }
      this.settle();
    });
    aedes.on('clientDisconnect', (client) => {
      clearTimeout(this.peers.get(client)?.expiry);
      this.peers.delete(client);
      if (this.clients.get(client.id) === client) {
        this.clients.delete(client.id);
        options.onEnd?.(client.id);
      }
      this.settle();
    });
    aedes.on('clientError', () => this.settle());
    aedes.on('connectionError', () => this.settle());
  }

  /** A broker that holds its clients to `rules`, which speak through it. */
  static async judge(rules: CloudRules, options: Partial<CloudBrokerOptions> = {}): Promise<CloudBroker> {
    const broker = await CloudBroker.start({
      limits: rules.limits,
      authenticate: (connect) => rules.authenticate(connect),
      expiresAt: (connect) => rules.expiresAt?.(connect),
      mayPublish: (clientId, topic, payload) => rules.mayPublish?.(clientId, topic, payload) ?? true,
      maySubscribe: (clientId, filter) => rules.maySubscribe?.(clientId, filter) ?? true,
      onSubscribe: (clientId, filter) => rules.onSubscribe?.(clientId, filter),
      onPublish: (message, { violations }) => {
        const { length } = rules.faults;
        rules.onPublish(message);
        for (const { id, detail } of rules.faults.slice(length)) {
          violations.push({ clientId: message.clientId, rule: 'contract', value: `${id}: ${detail}` });
        }
      },
      onEnd: (clientId) => rules.onEnd?.(clientId),
      ...options,
    });
    rules.voice = broker;
    return broker;
  }

  static async start(options: CloudBrokerOptions): Promise<CloudBroker> {
    const broker = new CloudBroker(options, await Aedes.createBroker());
    await new Promise<void>((resolve, reject) => {
      broker.server.once('error', reject);
      broker.server.listen(0, '127.0.0.1', () => resolve());
    });
    broker.port = (broker.server.address() as AddressInfo).port;
    return broker;
  }

  get url(): string {
    return `${this.options.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${this.port}`;
  }

  /** Client identifiers that are connected. */
  get connected(): string[] {
    return [...this.clients.keys()];
  }

  /** Messages that were taken on topics that fit a regular expression, as text. */
  textsOn(topic: RegExp): string[] {
    return this.published.filter((message) => topic.test(message.topic)).map(({ payload }) => payload.toString());
  }

  /** Resolves when something that the broker saw makes `test` true. */
  until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve();
    return new Promise((done) => this.waiting.push({ test, done }));
  }

  /** Publishes as the cloud does. */
  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1 = 1, retain = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const packet = {
        cmd: 'publish' as const,
        topic,
        payload: Buffer.from(payload as Uint8Array),
        qos,
        retain,
        dup: false,
        clientId: OWN,
      };
      this.aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends a client's connection without a reason: its password has expired, another one came. */
  kick(clientId: string): void {
    const client = this.clients.get(clientId);
    if (client) this.end(client);
  }

  /** Sends the PUBACKs that were held back, and holds back no more. */
  releaseAcks(): void {
    this.misbehave.holdAcks = false;
    for (const { held } of this.peers.values()) for (const release of held.splice(0)) release();
  }

  /** Cuts all connections and ends; legal twice. */
  async close(): Promise<void> {
    for (const { expiry } of this.peers.values()) clearTimeout(expiry);
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
  }

  private preConnect(client: Client, packet: ConnectPacket, done: (error: Error | null, ok: boolean) => void): void {
    const { limits } = this.options;
    const { clientId, will } = packet;
    const socket = client.conn as Partial<TLSSocket>;
    const isTls = this.options.tls !== undefined;
    const certificate = isTls ? (socket.getPeerCertificate?.()?.subject?.CN as string | undefined) : undefined;
    const connect: CloudConnect = {
      clientId,
      username: packet.username,
      password: packet.password?.toString(),
      clean: packet.clean !== false,
      keepAliveSeconds: packet.keepalive ?? 0,
      will: will && {
        topic: will.topic,
        payload: will.payload.toString(),
        bytes: Buffer.from(will.payload),
        qos: will.qos ?? 0,
        retain: will.retain ?? false,
      },
      serverName: isTls ? (socket as { servername?: string | false }).servername || '' : undefined,
      alpn: socket.alpnProtocol || undefined,
      certificate,
    };
    this.connects.push(connect);
    this.peers.set(client, {
      connect,
      messages: new Rate(),
      bytes: new Rate(),
      points: new Rate(),
      subscriptions: new Set(),
      held: [],
    });
    const found = (rule: Violation['rule'], value: Violation['value'], isWrong: boolean | undefined): boolean => {
      if (isWrong) this.violations.push({ clientId, rule, value });
      return isWrong ?? false;
    };
    const above = (limit: number | undefined, value: number): boolean => limit !== undefined && value > limit;
    const keepAlive = limits.keepAliveSeconds;
    const rate = this.connectRates.get(clientId) ?? new Rate();
    this.connectRates.set(clientId, rate);
    const bad = [
      found('connectsPerSecond', clientId, above(limits.connectsPerSecond, rate.add(1))),
      found('clientIdBytes', Buffer.byteLength(clientId), above(limits.clientIdBytes, Buffer.byteLength(clientId))),
      found(
        'keepAliveSeconds',
        connect.keepAliveSeconds,
        keepAlive && (connect.keepAliveSeconds < keepAlive.min || connect.keepAliveSeconds > keepAlive.max),
      ),
      found('willQos', connect.will?.qos ?? 0, above(limits.willQos ?? limits.maxQos, connect.will?.qos ?? 0)),
      found('willRetain', true, limits.willRetain === false && connect.will?.retain),
      found('serverName', '', limits.serverName && isTls && connect.serverName === ''),
    ];
    this.settle();
    if (bad.includes(true)) {
      this.end(client);
      return done(new Error('limit exceeded'), false);
    }
    done(null, true);
  }

  private authorizePublish(
    client: Client | null,
    packet: { topic: string; payload: Buffer | string; qos: number; retain: boolean; dup: boolean },
    done: (error?: Error | null) => void,
  ): void {
    const peer = client && this.peers.get(client);
    // A will, or our own.
    if (!client || !peer) return done(null);
    const { topic, qos, retain, dup } = packet;
    const message: CloudMessage = {
      clientId: client.id,
      topic,
      payload: Buffer.from(packet.payload),
      qos,
      retain,
      dup,
    };
    const { options, misbehave } = this;
    const broken = this.findBroken(message, peer);
    for (const [rule, value] of broken) this.violate(client, rule, value);
    if (options.mayPublish?.(client.id, topic, message.payload) === false) {
      this.violate(client, 'topic', topic);
      return this.refuse(client, done);
    }
    if (broken.length > 0 && options.punish !== 'drop') return this.refuse(client, done);
    if (misbehave.closeAt?.(message) || (misbehave.refuseRetain && retain)) return this.refuse(client, done);
    if (broken.length === 0 && !misbehave.ackThenDrop) {
      this.published.push(message);
      options.onPublish?.(message, this);
    }
    this.settle();
    if (misbehave.holdAcks && qos > 0) peer.held.push(() => done(null));
    else done(null);
  }

  private watchExpiry(client: Client): void {
    const peer = this.peers.get(client)!;
    const at = this.options.expiresAt?.(peer.connect);
    if (at !== undefined) peer.expiry = setTimeout(() => this.end(client), Math.min(at - Date.now(), 0x7fffffff));
  }

  private findBroken(message: CloudMessage, peer: Peer): [Violation['rule'], number | string][] {
    const { limits, pointsOf } = this.options;
    const { topic, payload, qos } = message;
    const values: [keyof CloudLimits, number][] = [
      ['topicBytes', Buffer.byteLength(topic)],
      ['topicSlashes', topic.split('/').length - 1],
      ['payloadBytes', payload.length],
      ['maxQos', qos],
      ['messagesPerSecond', peer.messages.add(1)],
      ['bytesPerSecond', peer.bytes.add(payload.length)],
      ['pointsPerSecond', peer.points.add(pointsOf?.(message) ?? 1)],
      ['inFlight', qos > 0 ? peer.held.length + 1 : 0],
    ];
    const broken: [Violation['rule'], number | string][] = values.filter(([rule, value]) => {
      const limit = limits[rule];
      return typeof limit === 'number' && value > limit;
    });
    if (message.retain && limits.retain === false) broken.push(['retain', topic]);
    return broken;
  }

  private authorizeSubscribe<Subscription extends { topic: string; qos: number }>(
    client: Client | null,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    if (!client) return done(null, subscription);
    const { limits, maySubscribe, onSubscribe } = this.options;
    const { topic, qos } = subscription;
    const peer = this.peers.get(client);
    peer?.subscriptions.add(topic);
    const values: [keyof CloudLimits, number][] = [
      ['topicBytes', Buffer.byteLength(topic)],
      ['topicSlashes', topic.split('/').length - 1],
      ['maxQos', qos],
      ['subscriptions', peer?.subscriptions.size ?? 0],
    ];
    for (const [rule, value] of values) {
      const limit = limits[rule];
      if (typeof limit !== 'number' || value <= limit) continue;
      this.violate(client, rule, value);
      this.end(client);
      return done(new Error('limit exceeded'));
    }
    const may = maySubscribe?.(client.id, topic) ?? true;
    if (may !== true) this.violate(client, 'topic', topic);
    if (may === 'close') {
      this.end(client);
      return done(new Error('not allowed'));
    }
    if (!may) return done(null, null);
    this.subscribed.push({ clientId: client.id, filter: topic, qos });
    done(null, subscription);
    onSubscribe?.(client.id, topic, this);
    this.settle();
  }

  private violate(client: Client, rule: Violation['rule'], value: Violation['value']): void {
    this.violations.push({ clientId: this.peers.get(client)?.connect.clientId ?? client.id, rule, value });
    this.settle();
  }

  /** No PUBACK, and the connection is over. */
  private refuse(client: Client, done: (error?: Error | null) => void): void {
    this.end(client);
    done(new Error('refused'));
  }

  private end(client: Client): void {
    client.conn.destroy();
  }

  private settle(): void {
    for (const waiter of this.waiting.splice(0)) {
      if (waiter.test()) waiter.done();
      else this.waiting.push(waiter);
    }
  }
}
