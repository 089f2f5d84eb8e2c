import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SocketTransport } from '../../../boards/ecma419/index.js';
import { NodeClock, NodeEntropy, NodeResolver, NodeTimers, SimulatedNetwork } from '../../../sim/hal/index.js';
import { Connection, FailureKind } from '../../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../../../src/connection/index.js';
import type { Endpoint } from '../../../src/hal/index.js';
import type { IncomingMessage } from '../../../src/mqtt/index.js';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { nodeCertificates } from '../../support/ecma419/node-certificates.js';
import { nodeTcp } from '../../support/ecma419/node-tcp.js';
import { nodeTls } from '../../support/ecma419/node-tls.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A connection over the adapter, which hears what it publishes. */
class Echo implements ConnectionHandler {
  readonly connection: Connection;
  readonly failures: ConnectionFailure[] = [];
  connected = 0;
  subscribed = 0;
  acknowledged = 0;
  stopped = false;
  /** Payloads that came whole, one after the other. */
  readonly messages: Buffer[] = [];
  readonly topic: Uint8Array;
  private pieces: Buffer[] = [];
  private readonly waiting: { condition: () => boolean; resolve: () => void }[] = [];

  constructor(endpoint: Endpoint, clientId: string) {
    this.topic = utf8(`echo/${clientId}`);
    const timers = new NodeTimers();
    const tcp = nodeTcp({ buffer: 1536, lateCallbacks: true });
    const options = { timers, certificates: nodeCertificates, receive: 200, send: 200 };
    const transport = new SocketTransport(tcp, nodeTls, options);
    this.connection = new Connection(
      {
        endpoints: [endpoint],
        clientId,
        cleanSession: false,
        keepAliveSeconds: 30,
        transmitArenaSize: 32768,
        backoff: { minimum: 10, maximum: 100 },
      },
      {
        clock: new NodeClock(),
        timers,
        entropy: new NodeEntropy(),
        network: new SimulatedNetwork(),
        resolver: new NodeResolver(),
        transport,
      },
      this,
    );
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  onConnected(sessionPresent: boolean): void {
    this.connected++;
    if (!sessionPresent) this.connection.subscribe(this.topic, 1);
    this.wake();
  }

  onSubscribed(): void {
    this.subscribed++;
    this.wake();
  }

  onMessage(message: IncomingMessage): void {
    this.pieces.push(Buffer.from(message.payload.slice(message.payloadFrom, message.payloadTo)));
    if (message.offset + message.payloadTo - message.payloadFrom < message.total) return;
    this.messages.push(Buffer.concat(this.pieces));
    this.pieces = [];
    this.wake();
  }

  onAcknowledged(): void {
    this.acknowledged++;
    this.wake();
  }

  onFailed(failure: ConnectionFailure): void {
    this.failures.push(failure);
    this.wake();
  }

  onStopped(): void {
    this.stopped = true;
    this.wake();
  }

  onUnsubscribed(): void {}

  onRoom(): void {}

  private wake(): void {
    for (const entry of [...this.waiting]) {
      if (!entry.condition()) continue;
      this.waiting.splice(this.waiting.indexOf(entry), 1);
      entry.resolve();
    }
  }
}

requireMosquitto()('Connection over the ECMA-419 adapter to Mosquitto', () => {
  let certificates: Certificates;
  let broker: Mosquitto;
  const echoes: Echo[] = [];

  beforeAll(async () => {
    certificates = await makeRsaCertificates();
    const clientCa = certificates.ca.certificate;
    broker = await startMosquitto({
      persistence: true,
      tls: { server: certificates.server, clientCa, requireCertificate: true },
    });
  });
  afterAll(async () => {
    for (const echo of echoes) echo.connection.close();
    await broker.stop();
  });

  const echoTo = (endpoint: Endpoint, clientId: string): Echo => {
    const echo = new Echo(endpoint, clientId);
    echoes.push(echo);
    echo.connection.start();
    return echo;
  };

  describe.each(['TCP', 'TLS'])('over %s', (name) => {
    const endpoint = (): Endpoint =>
      name === 'TCP'
        ? { host: 'localhost', port: broker.port }
        : {
            host: 'localhost',
            port: broker.tlsPort,
            tls: { ca: certificates.ca.certificate, ...certificates.client },
          };

    it('publishes, receives, goes on after the broker was away, and stops in order', async () => {
      const echo = echoTo(endpoint(), `ecma419-${name}`);
      const { connection } = echo;
      await echo.until(() => echo.subscribed === 1);
      const large = Buffer.from(Array.from({ length: 20_000 }, (_value, i) => (i * 31) & 0xff));
      expect(connection.publish(echo.topic, utf8('small'), 1, false)).toBeGreaterThan(0);
      expect(connection.publish(echo.topic, large, 1, false)).toBeGreaterThan(0);
      await echo.until(() => echo.acknowledged === 2 && echo.messages.length === 2);
      expect(echo.messages[0]?.toString()).toBe('small');
      expect(echo.messages[1]?.equals(large)).toBe(true);

      await broker.halt();
      await echo.until(() => echo.failures.length > 0);
      expect(echo.failures[0]).toMatchObject({ kind: FailureKind.session, wasConnected: true });
      expect(connection.publish(echo.topic, utf8('kept'), 1, false)).toBeGreaterThan(0);
      await echo.until(() => echo.failures.some((failure) => failure.kind === FailureKind.connect));
      await broker.start();
      // The broker sends again what it had no PUBACK for when it left.
      const kept = (): boolean => echo.messages.some((message) => message.toString() === 'kept');
      await echo.until(() => echo.connected === 2 && kept() && echo.acknowledged === 3);

      connection.stop();
      await echo.until(() => echo.stopped);
    });
  });

  it('says tls where the certificate of the broker is not trusted, and tries again', async () => {
    const tls = { ca: certificates.otherCa.certificate, ...certificates.client };
    const echo = echoTo({ host: 'localhost', port: broker.tlsPort, tls }, 'ecma419-untrusted');
    await echo.until(() => echo.failures.length === 2);
    for (const failure of echo.failures) {
      expect(failure.kind).toBe(FailureKind.tls);
      expect(failure.detail).toMatch(/^the certificate of localhost .* is not signed by a trusted authority/);
    }
  });
});
