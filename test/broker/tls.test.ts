import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import type { TlsOptions } from '../../src/hal/index.js';
import { makeCertificates } from '../support/certificates.js';
import type { Certificates, Credentials } from '../support/certificates.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto } from '../support/mosquitto.js';
import { Client, closeClients } from './client.js';
import { publishStream } from '../../src/mqtt/payload-stream.js';

requireMosquitto()('TLS to Mosquitto', () => {
  let certificates: Certificates;
  const brokers: Mosquitto[] = [];
  /** With a good certificate, and one that demands a client certificate. */
  let open: Mosquitto;
  let strict: Mosquitto;

  const start = async (server: Credentials, requireCertificate = false): Promise<Mosquitto> => {
    const broker = await startMosquitto({
      tls: { server, clientCa: certificates.ca.certificate, requireCertificate },
    });
    brokers.push(broker);
    return broker;
  };
  beforeAll(async () => {
    certificates = await makeCertificates();
    open = await start(certificates.server);
    strict = await start(certificates.server, true);
  });
  afterEach(closeClients);
  afterAll(async () => {
    for (const broker of brokers) await broker.stop();
  });

  const trusting = (): TlsOptions => ({ ca: certificates.ca.certificate });
  const roundTrip = async (client: Client): Promise<void> => {
    await client.connect();
    await client.subscribe('loop', 1);
    client.publish('loop', 'x'.repeat(400), 1);
    await client.until(() => client.messages.length === 1 && client.acknowledged.length === 1);
    await client.stop();
    expect(client.failures).toEqual([]);
  };
  const failureOf = async (port: number, tls: TlsOptions, host = '127.0.0.1'): Promise<ConnectionFailure> => {
    const failure = await new Client({ port, host, tls }).fail();
    expect(failure.detail).not.toMatch(/\n|PRIVATE KEY|BEGIN/);
    expect(failure.wasConnected).toBe(false);
    return failure;
  };

  it('verifies the server by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      await roundTrip(new Client({ port: open.tlsPort, host, tls: trusting() }));
    }
  });

  it('shows a client certificate', async () => {
    await roundTrip(new Client({ port: strict.tlsPort, tls: { ...trusting(), ...certificates.client } }));
  });

  it('verifies another name than the host when told so', async () => {
    const broker = await start(certificates.wrongHost);
    await roundTrip(new Client({ port: broker.tlsPort, tls: { ...trusting(), serverName: 'broker.example' } }));
  });

  it('carries 1 MB both ways through small buffers', async () => {
    const client = await new Client({ port: open.tlsPort, tls: trusting() }).connect();
    await client.subscribe('big', 1);
    const source = {
      read(offset: number, into: Uint8Array, from: number, to: number): number {
        const count = Math.min(to - from, 1_000_000 - offset);
        for (let i = 0; i < count; i++) into[from + i] = (offset + i) % 251;
        return count;
      },
    };
    publishStream(client.connection.session, new TextEncoder().encode('big'), source, 1_000_000, 1, false);
    client.connection.flush();
    await client.until(() => client.messages.length === 1);
    const { payload } = client.messages[0]!;
    expect(payload.length).toBe(1_000_000);
    expect(payload.every((byte, i) => byte === i % 251)).toBe(true);
  });

  it('refuses a server of another authority', async () => {
    const failure = await failureOf(open.tlsPort, { ca: certificates.otherCa.certificate });
    expect(failure.kind).toBe(FailureKind.tls);
    expect(failure.detail).toMatch(/^the certificate of 127\.0\.0\.1 port \d+ is not signed by a trusted authority/);
  });

  it('refuses a server of no public authority when none is named', async () => {
    expect((await failureOf(open.tlsPort, {})).kind).toBe(FailureKind.tls);
  });

  it('refuses an expired certificate', async () => {
    const failure = await failureOf((await start(certificates.expired)).tlsPort, trusting());
    expect(failure.kind).toBe(FailureKind.tls);
    expect(failure.detail).toMatch(/^the certificate of 127\.0\.0\.1 port \d+ has expired$/);
  });

  it('refuses a certificate for another name', async () => {
    const { tlsPort } = await start(certificates.wrongHost);
    const byName = await failureOf(tlsPort, trusting(), 'localhost');
    expect(byName.kind).toBe(FailureKind.tls);
    expect(byName.detail).toMatch(/^the certificate of localhost .* is for another name: .*broker\.example/);
    const byAddress = await failureOf(tlsPort, trusting());
    expect(byAddress.kind).toBe(FailureKind.tls);
    expect(byAddress.detail).toMatch(/ is for another name: .*127\.0\.0\.1/);
  });

  it('accepts all of these when told not to verify', async () => {
    const { tlsPort } = await start(certificates.expired);
    await roundTrip(new Client({ port: tlsPort, tls: { verify: false } }));
  });

  it('tells that the broker refused the client certificate, or its absence', async () => {
    const cases: [TlsOptions, RegExp][] = [
      [trusting(), /refused the TLS connection: .*certificate required/],
      [{ ...trusting(), ...certificates.strangerClient }, /refused the TLS connection: .*unknown ca/],
    ];
    for (const [tls, alert] of cases) {
      const failure = await failureOf(strict.tlsPort, tls);
      if (failure.kind === FailureKind.tls) {
        expect(failure.detail).toMatch(alert);
      } else {
        // A broker that has closed answers CONNECT with a reset, which may outrun its alert.
        expect(failure.kind).toBe(FailureKind.session);
        expect(failure.detail).toMatch(/after the TLS handshake; does it want another client certificate\?$/);
      }
    }
  });

  it('tells that the port does not speak TLS', async () => {
    const failure = await failureOf(open.port, trusting());
    expect(failure.kind).toBe(FailureKind.tls);
    expect(failure.detail).toMatch(/is TLS spoken on this port\?$/);
  });

  it('does not get through to a TLS port without TLS', async () => {
    const failure = await new Client({ port: open.tlsPort }).fail();
    expect(failure.wasConnected).toBe(false);
    expect([FailureKind.session, FailureKind.connect]).toContain(failure.kind);
  });
});
