import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { NodeTransport } from '../../../sim/hal/index.js';
import { TransportFailure } from '../../../src/hal/index.js';
import type { TlsOptions } from '../../../src/hal/index.js';
import { makeCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { RecordingHandler } from '../../support/recording-handler.js';

/** CONNECT of client `t` with a clean session and keep alive 60 s, and the CONNACK that accepts it. */
const CONNECT = Uint8Array.of(0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x74);
const CONNACK = [0x20, 2, 0, 0];

requireMosquitto()('NodeTransport to Mosquitto', () => {
  let certificates: Certificates;
  let broker: Mosquitto;
  const handlers: RecordingHandler[] = [];

  beforeAll(async () => {
    certificates = await makeCertificates();
    const clientCa = certificates.ca.certificate;
    broker = await startMosquitto({ tls: { server: certificates.server, clientCa, requireCertificate: true } });
  });
  afterEach(() => {
    for (const handler of handlers.splice(0)) handler.close();
  });
  afterAll(() => broker.stop());

  const opened = async (port: number, tls?: TlsOptions): Promise<RecordingHandler> => {
    const handler = new RecordingHandler(new NodeTransport());
    handlers.push(handler);
    handler.open('127.0.0.1', { host: 'localhost', port, ...(tls === undefined ? {} : { tls }) });
    await handler.opened();
    return handler;
  };
  const expectConnack = async (handler: RecordingHandler): Promise<void> => {
    expect(handler.write(CONNECT)).toBe(CONNECT.length);
    await handler.until(() => handler.receivedBytes >= CONNACK.length);
    expect([...Buffer.concat(handler.received)]).toEqual(CONNACK);
  };

  it('is answered over TCP', async () => {
    await expectConnack(await opened(broker.port));
  });

  it('is answered over TLS with a client certificate', async () => {
    const { ca, client } = certificates;
    await expectConnack(await opened(broker.tlsPort, { ca: ca.certificate, ...client }));
  });

  it('says tls, with the reason of the broker, for no certificate and for one of a stranger', async () => {
    const ca = certificates.ca.certificate;
    const cases: [TlsOptions, RegExp][] = [
      [{ ca }, /refused the TLS connection: .*certificate required/],
      [{ ca, ...certificates.strangerClient }, /refused the TLS connection: .*unknown ca/],
    ];
    for (const [tls, detail] of cases) {
      const handler = await opened(broker.tlsPort, tls);
      await handler.closed();
      expect(handler.count('onClose')).toBe(1);
      expect(handler.cause).toBe(TransportFailure.tls);
      expect(handler.detail).toMatch(detail);
    }
  });

  it('says that the port speaks TLS when it speaks none itself', async () => {
    const handler = await opened(broker.tlsPort);
    handler.write(CONNECT);
    await handler.closed();
    expect(handler.detail).toMatch(/speaks TLS on this port|is TLS spoken on this port\?/);
  });

  it('says tls when the port is the plain one', async () => {
    const handler = await opened(broker.port, { ca: certificates.ca.certificate });
    expect(handler.calls).toEqual(['onClose']);
    expect(handler.cause).toBe(TransportFailure.tls);
    expect(handler.detail).toMatch(/is TLS spoken on this port\?/);
  });
});
