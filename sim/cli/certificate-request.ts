import { generateKeyPairSync, sign } from 'node:crypto';

// A certificate signing request in DER (RFC 2986), as far as a device needs one: a common name and an RSA key, which is
// what the TLS of the boards takes.

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = Buffer.from([0x05, 0x00]);
const UTF8_STRING = 0x0c;
const SEQUENCE = 0x30;
const SET = 0x31;
/** An empty set of attributes: `[0]`. */
const NO_ATTRIBUTES = Buffer.from([0xa0, 0x00]);
/** 2.5.4.3, and sha256WithRSAEncryption, 1.2.840.113549.1.1.11 (RFC 8017, appendix C). */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SHA256_WITH_RSA = Buffer.from('06092a864886f70d01010b', 'hex');

/** Makes an RSA key of 2048 bits (PEM, PKCS #8) and the request for its certificate (PEM). */
export function makeCertificateRequest(commonName: string): { key: string; request: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))));
  const subject = publicKey.export({ type: 'spki', format: 'der' });
  const request = der(SEQUENCE, der(INTEGER, Buffer.from([0])), name, subject, NO_ATTRIBUTES);
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', request, privateKey)]);
  const signed = der(SEQUENCE, request, der(SEQUENCE, SHA256_WITH_RSA, NULL), der(BIT_STRING, signature));
  const lines = signed
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`,
  };
}

/** A value of DER: its tag, its length, and what is in it. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}
