import { X509Certificate } from 'node:crypto';
import type { CertificateTools } from '../../../boards/ecma419/index.js';

/** The SDK's `x509` and `ssl/cert` over node:crypto. What they decode is the certificate as Node has it. */
export const nodeCertificates: CertificateTools = {
  X509: {
    decode: (der) => ({ tbs: der }),
    decodeTBS: (der) => {
      const certificate = new X509Certificate(der);
      return { validity: { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) } };
    },
    decodeSPKI: (der) => new X509Certificate(der).publicKey,
    // Basic constraints are all that is asked for.
    decodeExtension: (der) =>
      new X509Certificate(der).ca ? Uint8Array.of(0x30, 3, 1, 1, 0xff) : Uint8Array.of(0x30, 0),
  },
  CertificateManager: class {
    _verify(publicKey: unknown, decoded: unknown): boolean {
      const certificate = new X509Certificate((decoded as { tbs: Uint8Array }).tbs);
      return certificate.verify(publicKey as X509Certificate['publicKey']);
    }
  },
};
