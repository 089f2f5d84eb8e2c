import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCertificateRecord } from '../../../boards/ecma419/tls-chain.js';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates } from '../../support/certificates.js';
import { nodeCertificates } from '../../support/ecma419/node-certificates.js';

let certificates: Certificates;
const der = (pem: string): Uint8Array => new X509Certificate(pem).raw;
const uint24 = (value: number): number[] => [value >> 16, (value >> 8) & 0xff, value & 0xff];

/** A TLS record with a ServerHello and a Certificate message. */
function certificateRecord(...chain: Uint8Array[]): Buffer {
  const list = Buffer.concat(chain.flatMap((one) => [Buffer.from(uint24(one.length)), one]));
  const message = Buffer.concat([Buffer.from([11, ...uint24(list.length + 3), ...uint24(list.length)]), list]);
  const messages = Buffer.concat([Buffer.from([2, 0, 0, 2, 3, 3]), message]);
  return Buffer.concat([Buffer.from([22, 3, 3, messages.length >> 8, messages.length & 0xff]), messages]);
}

const faultOf = (record: Uint8Array, authority?: Uint8Array): string => {
  try {
    checkCertificateRecord(record, authority, nodeCertificates);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

beforeAll(async () => {
  certificates = await makeRsaCertificates();
});

describe('checkCertificateRecord', () => {
  it('accepts a chain that ends at the authority', () => {
    const ca = der(certificates.ca.certificate);
    const server = der(certificates.server.certificate);
    expect(faultOf(certificateRecord(server, ca), ca)).toBe('');
    // For the SDK a certificate must not come alone.
    expect(faultOf(certificateRecord(server), ca)).toBe('certificate: sent alone');
    expect(faultOf(certificateRecord(server))).toBe('certificate: sent alone');
    expect(faultOf(certificateRecord(server, ca))).toBe('');
  });

  it('refuses what the check of the SDK would let through', async () => {
    const ca = der(certificates.ca.certificate);
    const otherCa = der(certificates.otherCa.certificate);
    const server = der(certificates.server.certificate);
    const altNames = ['localhost'];
    const forged = der((await certificates.otherCa.issue({ commonName: 'localhost', altNames })).certificate);
    const unchained = 'certificate: not signed by the one behind it';
    const untrusted = 'certificate: not signed by a trusted authority';
    expect(faultOf(certificateRecord(forged, ca), ca)).toBe(unchained);
    expect(faultOf(certificateRecord(forged, server, ca), ca)).toBe(unchained);
    expect(faultOf(certificateRecord(forged, otherCa), ca)).toBe(untrusted);
    expect(faultOf(certificateRecord(forged, otherCa, ca), ca)).toBe(unchained);
    // A good certificate of a stranger, with a forged one behind it that has the name.
    expect(faultOf(certificateRecord(server, forged, ca), ca)).toBe(unchained);
    expect(faultOf(certificateRecord(forged, ca))).toBe(unchained);
    expect(faultOf(certificateRecord(der(certificates.expired.certificate), ca), ca)).toBe('certificate: expired');
    const early = await certificates.ca.issue({ commonName: 'localhost', altNames, validFromDays: 1 });
    expect(faultOf(certificateRecord(der(early.certificate), ca), ca)).toBe('certificate: not valid yet');
  });

  it('refuses an issuer that is no authority', () => {
    const server = der(certificates.server.certificate);
    const tools = {
      ...nodeCertificates,
      CertificateManager: class {
        _verify = (): boolean => true;
      },
    };
    expect(() => {
      checkCertificateRecord(certificateRecord(server, server), undefined, tools);
    }).toThrow('not signed by the one behind it');
  });

  it('leaves other records alone, and damaged ones to the SDK or refused', () => {
    const ca = der(certificates.ca.certificate);
    const record = certificateRecord(der(certificates.server.certificate), ca);
    expect(faultOf(Buffer.from([20, 3, 3, 0, 1, 1]), ca)).toBe('');
    expect(faultOf(Buffer.from([22, 3, 3, 0, 4, 14, 0, 0, 0]), ca)).toBe('');
    expect(faultOf(record.subarray(0, 300), ca)).toBe('certificate: the chain is cut short');
    const appData = Buffer.from(record);
    appData[0] = 23;
    expect(faultOf(appData, der(certificates.otherCa.certificate))).toBe('');
  });

  it('refuses an empty chain when an authority is given', () => {
    expect(faultOf(certificateRecord(), der(certificates.ca.certificate))).toBe(
      'certificate: not signed by a trusted authority',
    );
  });
});
