import { beforeAll, describe, expect, it } from 'vitest';
import { secureOptions } from '../../../boards/ecma419/tls-options.js';
import type { TlsOptions } from '../../../src/hal/index.js';
import { makeCertificates, makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';

const ENDPOINT = { host: 'broker.example.', port: 8883 };
let rsa: Certificates;
let ecdsa: Certificates;

beforeAll(async () => {
  [rsa, ecdsa] = await Promise.all([makeRsaCertificates(), makeCertificates()]);
});

describe('secureOptions', () => {
  it('gives the TLS class what it can use, and no more', () => {
    expect(secureOptions(ENDPOINT, {})).toEqual({ serverName: 'broker.example' });
    expect(secureOptions(ENDPOINT, { verify: true, alpn: [], serverName: '' })).toEqual({
      serverName: 'broker.example',
    });
    const all = secureOptions(ENDPOINT, {
      ca: rsa.ca.certificate,
      certificate: rsa.client.certificate + rsa.ca.certificate,
      key: rsa.client.key,
      serverName: 'other.example',
      alpn: ['mqtt'],
      verify: false,
    });
    expect(Object.keys(all).sort()).toEqual([
      'applicationLayerProtocolNegotiation',
      'certificate',
      'clientCertificates',
      'clientKey',
      'serverName',
      'verify',
    ]);
    expect(all.clientCertificates).toHaveLength(2);
    const der = { certificate: all.clientCertificates![0]!, key: all.clientKey! };
    expect(secureOptions(ENDPOINT, der).clientKey).toBe(der.key);
  });

  it('refuses what the TLS class cannot use, and quotes no key', () => {
    const { certificate, key } = rsa.client;
    const cases: [TlsOptions, string][] = [
      [{ ca: rsa.ca.certificate + rsa.otherCa.certificate }, 'ca must be a single certificate, got 2'],
      [{ ca: 'x' }, 'ca: holds no line -----BEGIN CERTIFICATE-----'],
      [{ certificate }, 'certificate: needs its private key; key is missing'],
      [{ key }, 'key: needs its client certificate; certificate is missing'],
      [
        { certificate: ecdsa.client.certificate, key: ecdsa.client.key },
        'key must be an RSA key: this board supports no other kind',
      ],
      [{ certificate, key: rsa.strangerClient.key }, 'key: this private key does not belong to the certificate'],
      [{ alpn: ['mqtt', ''] }, 'alpn: a protocol name must have 1 to 255 characters, got 0'],
      [{ alpn: ['x'.repeat(256)] }, 'alpn: a protocol name must have 1 to 255 characters, got 256'],
    ];
    for (const [options, message] of cases) expect(() => secureOptions(ENDPOINT, options)).toThrow(message);
  });

  it('survives a damaged key', () => {
    const der = secureOptions(ENDPOINT, rsa.client).clientKey!;
    const wrong =
      /^key(:)? (must be an RSA key: this board supports no other kind|does not parse|this private key does not belong to the certificate|is .*)$/;
    for (let at = 0; at < 60; at++) {
      const key = Uint8Array.from(der);
      key[at]! ^= 0xff;
      let message = '';
      try {
        secureOptions(ENDPOINT, { certificate: rsa.client.certificate, key });
      } catch (error) {
        message = (error as Error).message;
      }
      // What stands before the algorithm, the version, is nobody's business.
      if (message !== '') expect(message).toMatch(wrong);
    }
  });
});
