import { expect, it } from 'vitest';
import { supportFor } from './host/support.js';
import { describeIfPresent } from '../support/require.js';
import { measurePeer, PEER_OPERATIONS, peerMissing } from './measure-peer.js';

const sdk = process.env['MODDABLE'];
const missing = peerMissing(sdk) ?? supportFor(32).missing;

// Without the SDK, also where tests run for every change, there is nothing to compare.
describeIfPresent(missing)("the SDK's own MQTT client and ours on the same engine", () => {
  it('ours allocates nothing, and receives with half of the instructions', async () => {
    const costs = await measurePeer(sdk!);
    for (const operation of PEER_OPERATIONS) {
      const { session, connection, tcp } = costs;
      for (const ours of [session, connection, tcp]) {
        expect({ operation, ...ours[operation] }).toMatchObject({ operation, slots: 0, chunkBytes: 0 });
      }
      expect(costs.sdk[operation].slots).toBeGreaterThan(0);
    }
    expect(costs.session.Receive.compute).toBeLessThan(costs.sdk.Receive.compute / 2);
  }, 120_000);
});
