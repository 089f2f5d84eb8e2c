import { X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkTlsOptions, NodeTransport } from '../../../sim/hal/index.js';
import { weaknessOf } from '../../../sim/hal/peer-certificate.js';
import { TransportFailure } from '../../../src/hal/index.js';
import { makeRsaAuthority, signWeakly } from '../../support/certificates.js';
import type { Authority, CertificateOptions, Credentials } from '../../support/certificates.js';
import { startPeerServer } from '../../support/peer-server.js';
import type { PeerServer } from '../../support/peer-server.js';
import { RecordingHandler } from '../../support/recording-handler.js';

const altNames = ['localhost'];
let ca: Authority;
let server: PeerServer | undefined;

beforeAll(async () => {
  ca = await makeRsaAuthority('Tagwire test CA');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const issue = (options: Partial<CertificateOptions>): Promise<Credentials> =>
  ca.issue({ commonName: 'localhost', altNames, ...options });

/** What the transport says of a server with this certificate; undefined: it opens. */
async function refusalOf({ certificate, key }: Credentials, verify = true): Promise<string | undefined> {
  // Node's own servers refuse the weakest ones.
  server = await startPeerServer({ tls: { cert: certificate, key, ciphers: 'DEFAULT@SECLEVEL=0' } });
  const handler = new RecordingHandler(new NodeTransport());
  handler.open('127.0.0.1', { host: 'localhost', port: server.port, tls: { ca: ca.certificate, verify } });
  await handler.opened();
  handler.close();
  if (handler.calls[0] === 'onOpen') return undefined;
  expect(handler.cause).toBe(TransportFailure.tls);
  return handler.detail;
}

describe('a certificate of a server', () => {
  it('is accepted as it should be', async () => {
    expect(await refusalOf(await issue({}))).toBeUndefined();
  });

  it.each([
    ['sha1', 'SHA-1'],
    ['md5', 'MD5'],
  ] as const)('signed with %s is refused by that name', async (digest, name) => {
    const weak = signWeakly(await issue({}), ca, digest);
    expect(await refusalOf(weak)).toMatch(
      new RegExp(`^the certificate of localhost .* is signed with ${name}, which can be forged; it needs SHA-256$`),
    );
  });

  it('with an RSA key of less than 2048 bits is refused by its length', async () => {
    expect(await refusalOf(await issue({ rsaBits: 1024 }))).toMatch(
      /^the certificate of localhost .* has an RSA key of 1024 bits; it needs at least 2048$/,
    );
  });

  it('with its name as common name only is refused, and how to make it is said', async () => {
    expect(await refusalOf(await issue({ altNames: [] }))).toMatch(
      /has no subject alternative name \(SAN\), .*: make it with subjectAltName=DNS:localhost$/,
    );
  });

  it('with control characters in a name is refused, and they are not printed', async () => {
    for (const options of [{ altNames: ['localhost', 'a\u001b[2Jb'] }, { commonName: 'a\u0007b' }]) {
      const refusal = await refusalOf(await issue(options));
      expect(refusal).toMatch(/^the certificate of localhost .* has control characters in a name$/);
    }
  });

  it('is accepted whatever it is where nothing is verified', async () => {
    expect(await refusalOf(await issue({ altNames: [] }), false)).toBeUndefined();
  });
});

describe('a certificate of our own', () => {
  it('that is weak is named before there is a connection', async () => {
    const { certificate, key } = await issue({ rsaBits: 1024 });
    expect(() => checkTlsOptions({ certificate, key }, { certificate: '--cert me.crt' })).toThrow(
      '--cert me.crt: the client certificate has an RSA key of 1024 bits; it needs at least 2048',
    );
  });
});

describe('weaknessOf', () => {
  it('does not mind how a root signed itself', () => {
    expect(weaknessOf([new X509Certificate(ca.certificate)])).toBeUndefined();
    expect(weaknessOf([new X509Certificate(signWeakly(ca, ca, 'sha1').certificate)])).toBeUndefined();
  });
});
