import { needsTime } from '../../../boards/ecma419/tls-options.js';
import { gatewayName } from '../../../boards/moddable/wifi-network.js';
import { expect, it } from 'vitest';

it('a device without a name is called after its hardware address', () => {
  expect(gatewayName('esp32', '24:0A:C4:A1:B2:C3')).toBe('esp32-a1b2c3');
  for (const unknown of [undefined, '', 'AA:BB', 7]) expect(gatewayName('esp32', unknown)).toBe('esp32');
});

it('time is needed where a certificate is verified', () => {
  const plain = { host: 'a', port: 1883 };
  expect(needsTime([plain])).toBe(false);
  expect(needsTime([plain, { ...plain, tls: { verify: false } }])).toBe(false);
  expect(needsTime([plain, { ...plain, tls: {} }])).toBe(true);
});
