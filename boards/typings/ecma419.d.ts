// Modules of the Moddable SDK that neither its own typings nor @moddable/typings declare, in the part that boards use.

declare module 'x509' {
  const X509: {
    decode(certificate: Uint8Array): { tbs: Uint8Array };
    decodeTBS(tbs: Uint8Array): { validity: { from: number; to: number } };
    decodeSPKI(certificate: Uint8Array): unknown;
    decodeExtension(certificate: Uint8Array, identifier: number[]): Uint8Array | undefined;
  };
  export default X509;
}

declare module 'ssl/cert' {
  export default class CertificateManager {
    constructor(options: { verify: boolean });
    _verify(spki: unknown, decoded: unknown): boolean;
  }
}

declare module 'crypt' {
  const Crypt: {
    Digest: new (name: string) => { reset(): void; write(bytes: ArrayBuffer): void; close(): ArrayBuffer };
    BlockCipher: new (name: string, key: ArrayBuffer) => { encrypt(block: ArrayBuffer, into: ArrayBuffer): unknown };
  };
  export default Crypt;
}
