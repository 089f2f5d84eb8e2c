import { parseBase64, writeBase64 } from '../../bytes/base64.js';
import { writeDecimal } from '../../bytes/decimal.js';
import { put, putByte } from '../../bytes/json-writer.js';
import { writeUrlEncoded } from '../../bytes/url-encoding.js';
import type { Ciphers } from '../../hal/ciphers.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';

const RESOURCE = encodeUtf8('SharedAccessSignature sr=');
const SIGNATURE = encodeUtf8('&sig=');
const EXPIRY = encodeUtf8('&se=');
const NAME = encodeUtf8('&skn=');
const NEWLINE = 0x0a;
const HMAC_LENGTH = 32;
/** Base64 of a signature. */
const SIGNATURE_LENGTH = 44;
/** Digits of 2^53 - 1. */
const EXPIRY_LENGTH = 16;

/**
 * Makes the shared access signatures with which a device proves its symmetric key to Azure IoT Hub or to the Device
 * Provisioning Service (IoT Hub's "Control access with shared access signatures"):
 *
 *     SharedAccessSignature sr={resource}&sig={signature}&se={seconds since 1970}
 *
 * The signature is the HMAC-SHA256 of `{resource}\n{se}` by the decoded key; resource and signature are URL-encoded.
 * `policy`: the name of a policy, `&skn=registration` for the Device Provisioning Service.
 */
export class SasToken {
  private readonly ciphers: Ciphers;
  private readonly key: Uint8Array;
  /** URL-encoded, as it is signed. */
  private readonly resource: Uint8Array;
  private readonly policy: Uint8Array;

  /**
   * `resource`: `{host}/devices/{device}`, `{host}/devices/{device}/modules/{module}` or
   * `{idScope}/registrations/{registration}`; `key`: in Base64, as Azure's pages show it. Throws a RangeError that
   * says what is wrong with the key and does not show it.
   */
  constructor(ciphers: Ciphers, resource: string, key: string, policy?: string) {
    const decoded = parseBase64(key);
    if (decoded === undefined || decoded.length === 0) {
      throw new RangeError(
        'the shared access key must be Base64, as the portal shows it: 44 characters that end with =',
      );
    }
    this.ciphers = ciphers;
    this.key = decoded;
    const plain = encodeUtf8(resource);
    const encoded = new Uint8Array(3 * plain.length);
    this.resource = encoded.slice(0, writeUrlEncoded(plain, 0, plain.length, encoded, 0, encoded.length));
    this.policy = policy === undefined ? new Uint8Array(0) : encodeUtf8(policy);
  }

  /** A token that is valid until `expiry`, in whole seconds since 1970. Allocates: it is made once for a connection. */
  make(expiry: number): Uint8Array {
    const { policy, resource } = this;
    const message = new Uint8Array(resource.length + 1 + EXPIRY_LENGTH);
    const expiryAt = putByte(NEWLINE, message, put(resource, message, 0, message.length), message.length);
    const messageEnd = writeDecimal(expiry, 0, message, expiryAt, message.length);
    const hmac = this.ciphers.hmacSha256(this.key, message.slice(0, messageEnd));
    const signature = new Uint8Array(SIGNATURE_LENGTH);
    writeBase64(hmac, 0, HMAC_LENGTH, signature, 0, SIGNATURE_LENGTH);

    const to =
      RESOURCE.length + resource.length + SIGNATURE.length + 3 * SIGNATURE_LENGTH + EXPIRY.length + EXPIRY_LENGTH;
    const token = new Uint8Array(to + NAME.length + policy.length);
    let at = put(resource, token, put(RESOURCE, token, 0, to), to);
    at = writeUrlEncoded(signature, 0, SIGNATURE_LENGTH, token, put(SIGNATURE, token, at, to), to);
    at = writeDecimal(expiry, 0, token, put(EXPIRY, token, at, to), to);
    if (policy.length > 0) at = put(policy, token, put(NAME, token, at, token.length), token.length);
    return token.slice(0, at);
  }
}

/**
 * The symmetric key of a device in an enrollment group of the Device Provisioning Service: the HMAC-SHA256 of its
 * registration id (in small letters) by the group's key, both in Base64. Throws a RangeError as the constructor of
 * `SasToken`.
 */
export function deriveDeviceKey(ciphers: Ciphers, groupKey: string, registration: string): string {
  const key = parseBase64(groupKey);
  if (key === undefined || key.length === 0) {
    throw new RangeError('the key of the enrollment group must be Base64, as the portal shows it: it ends with =');
  }
  const derived = ciphers.hmacSha256(key, encodeUtf8(registration));
  const text = new Uint8Array(SIGNATURE_LENGTH);
  writeBase64(derived, 0, HMAC_LENGTH, text, 0, SIGNATURE_LENGTH);
  return String.fromCharCode.apply(undefined, Array.from(text));
}
