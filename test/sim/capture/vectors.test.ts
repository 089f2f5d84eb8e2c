import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAdvertisingReports } from '../../../sim/capture/hci-reports.js';
import { hex, toHex } from '../../support/btsnoop-writer.js';

interface Vector {
  id: number;
  /** An HCI event behind the type byte of H4. */
  hci_hex?: string;
  mac?: string;
  rssi?: number;
  addr_type?: string;
  adv_hex?: string;
}

const file = join(process.env['TAGWIRE_VECTORS'] ?? '../shared/vectors', 'tags.json');
const absent = !existsSync(file);

describe('HCI events of the shared vectors', () => {
  it.skipIf(absent)(absent ? `skipped: ${file} is absent, set TAGWIRE_VECTORS` : 'give what their sources say', () => {
    const vectors = (JSON.parse(readFileSync(file, 'utf8')) as Vector[]).filter((one) => one.hci_hex !== undefined);
    expect(vectors.length).toBeGreaterThan(100);
    for (const vector of vectors) {
      const event = hex(vector.hci_hex!);
      const report = readAdvertisingReports(event, 1, event.length)?.[0];
      const place = `vector ${vector.id}`;
      expect(report, place).toBeDefined();
      expect(toHex(report!.bytes), place).toBe(vector.adv_hex);
      expect(toHex(report!.address), place).toBe(vector.mac?.replaceAll(':', '').toLowerCase());
      expect(report!.rssi, place).toBe(vector.rssi);
      expect(report!.addressType, place).toBe(vector.addr_type === 'random' ? 1 : 0);
    }
  });
});
