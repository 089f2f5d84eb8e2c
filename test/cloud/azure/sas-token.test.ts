import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import { NodeCiphers } from '../../../sim/hal/index.js';
import { deriveDeviceKey, SasToken } from '../../../src/cloud/azure/sas-token.js';
import { sdkCrypt } from '../../boards/moddable/support/sdk-crypt.js';

const KEY = Buffer.from('secret-key-for-tests-01234567890').toString('base64');
const ciphers = new NodeCiphers();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

interface Vector {
  host: string;
  device: string;
  key_b64: string;
  se: number;
  token: string;
}

describe('SasToken', () => {
  // Made once by azure-iot-common.
  it.each([
    [
      'contoso.azure-devices.net/devices/MyDevice01',
      1700000000,
      'SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2FMyDevice01' +
        '&sig=C6kz5oEMWdUkEWCQOl0Cxy5HgI3cGROnretGq0%2FBNXA%3D&se=1700000000',
    ],
    [
      'contoso.azure-devices.net/devices/gw 01/ä',
      1893456000,
      'SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fgw%2001%2F%C3%A4' +
        '&sig=dU7NkKlMjqqx9ij4JOpjCF90oWcHFldfR4olChYjJm0%3D&se=1893456000',
    ],
  ])('signs %s', (resource, expiry, token) => {
    expect(text(new SasToken(ciphers, resource, KEY).make(expiry))).toBe(token);
    expect(text(new SasToken(new SdkCiphers(sdkCrypt), resource, KEY).make(expiry))).toBe(token);
  });

  const path = `${process.env.TAGWIRE_VECTORS ?? '../shared/vectors'}/azure-sas.json`;
  it.skipIf(!existsSync(path))('signs as azure-iot-common does', () => {
    for (const { host, device, key_b64: key, se, token } of JSON.parse(readFileSync(path, 'utf8')) as Vector[]) {
      expect(text(new SasToken(ciphers, `${host}/devices/${device}`, key).make(se))).toBe(token);
    }
  });

  it('names a policy behind the expiry', () => {
    const token = text(new SasToken(ciphers, '0ne00000001/registrations/dock-1', KEY, 'registration').make(1700000000));
    expect(token).toMatch(
      /^SharedAccessSignature sr=0ne00000001%2Fregistrations%2Fdock-1&sig=[^&]+&se=1700000000&skn=/,
    );
    expect(token.endsWith('&skn=registration')).toBe(true);
  });

  it.each(['', 'not base64!', KEY.slice(0, -1)])('refuses the key "%s" and does not show it', (key) => {
    expect(() => new SasToken(ciphers, 'hub/devices/d', key)).toThrow(
      new RangeError('the shared access key must be Base64, as the portal shows it: 44 characters that end with ='),
    );
  });

  it('derives the key of a device from that of its group', () => {
    const expected = createHmac('sha256', Buffer.from(KEY, 'base64')).update('dock-1').digest('base64');
    expect(deriveDeviceKey(ciphers, KEY, 'dock-1')).toBe(expected);
    expect(() => deriveDeviceKey(ciphers, 'x', 'dock-1')).toThrow('enrollment group must be Base64');
  });
});
