import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endPeers, Peer } from '../broker/peer.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { blocksOf } from './examples.js';
import { expect, it } from 'vitest';

requireMosquitto()("docs/rpc.md's access control list", () => {
  it('lets the operator call, the device answer, and nobody else call', async () => {
    const folder = makeTemporaryFolder();
    const acl = join(folder.path, 'acl');
    writeFileSync(acl, blocksOf('rpc.md', 'acl')[0]!, { mode: 0o600 });
    const users = { operator: 'a', shed: 'b', barn: 'c', mallory: 'd' };
    const broker = await startMosquitto({ users, settings: [`acl_file ${acl}`] });
    const connect = (username: keyof typeof users, filter: string): Promise<Peer> =>
      Peer.subscribed(broker.url, filter, { username, password: users[username] });
    try {
      const shed = await connect('shed', 'tagwire/shed/cmd/+');
      const operator = await connect('operator', 'tagwire/+/res/+');
      for (const name of ['mallory', 'barn'] as const) {
        const stranger = await connect(name, 'tagwire/#');
        await stranger.publish('tagwire/shed/cmd/1', name, 1);
      }
      await operator.publish('tagwire/shed/cmd/2', 'operator', 1);
      await shed.until(() => shed.messages.length > 0);
      expect(shed.messages.map(({ payload }) => payload.toString())).toEqual(['operator']);
      await shed.publish('tagwire/shed/res/2', 'answer', 1);
      await operator.until(() => operator.messages.length > 0);
    } finally {
      await endPeers();
      await broker.stop();
      folder.remove();
    }
  });
});
