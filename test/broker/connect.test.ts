import { expect, it } from 'vitest';
import { FailureKind } from '../../src/connection/index.js';
import { CloseReason } from '../../src/mqtt/index.js';
import { describeBrokers } from './brokers.js';
import { Client } from './client.js';
import { Peer } from './peer.js';

describeBrokers('connect and will', ({ name, start }) => {
  it('connects without credentials, with both protocol levels', async () => {
    const { port } = await start();
    for (const protocolLevel of [4, 3] as const) {
      const client = await new Client({ port, protocolLevel, clientId: `level-${protocolLevel}` }).connect();
      expect(client.connected).toEqual([false]);
      client.publish('a', 'b', 1);
      await client.until(() => client.acknowledged.length === 1);
      await client.stop();
      expect(client.stopped).toEqual([0]);
      expect(client.failures).toEqual([]);
    }
  });

  it('lets the broker choose an identifier', async () => {
    const { port } = await start();
    const client = await new Client({ port, clientId: '' }).connect();
    expect(client.connection.connected).toBe(true);
  });

  it('connects with the right credentials, and is refused with wrong ones and with none', async () => {
    const { port } = await start({ users: { ann: 'right password', 'bob ü': 'p:@/%' } });
    await new Client({ port, username: 'ann', password: 'right password' }).connect();
    await new Client({ port, username: 'bob ü', password: new TextEncoder().encode('p:@/%') }).connect();
    // Mosquitto says 5, "not authorized"; aedes says 4, "bad user name or password".
    const returnCode = name === 'Mosquitto' ? 5 : 4;
    for (const credentials of [{ username: 'ann', password: 'wrong-secret' }, { username: 'ann' }, {}]) {
      const failure = await new Client({ port, ...credentials }).fail();
      expect(failure).toMatchObject({
        kind: FailureKind.refused,
        returnCode,
        closeReason: CloseReason.refused,
        wasConnected: false,
      });
      expect(failure.detail).toMatch(/^connection refused by the broker: (not authorized|bad user name or password)$/);
    }
  });

  it('gets in with new credentials', async () => {
    const { port } = await start({ users: { ann: 'right' } });
    const client = new Client({ port, username: 'ann', password: 'wrong' });
    await client.fail();
    client.connection.reconnect({ clientId: 'again', username: 'ann', password: 'right' });
    await client.until(() => client.connected.length === 1);
  });

  const wills = [
    { qos: 0, retain: false },
    { qos: 1, retain: true },
    { qos: 2, retain: true },
  ] as const;
  it.each(wills)('has its will (QoS $qos, retain $retain) published after close()', async ({ qos, retain }) => {
    const { port, url } = await start();
    const peer = await Peer.connect(url);
    await peer.client.subscribeAsync('status/#', { qos: 2 });
    const will = { topic: 'status/1', payload: 'offline', qos, retain };
    const client = await new Client({ port, will }).connect();
    client.connection.close();
    expect(await peer.first()).toMatchObject({ topic: 'status/1', qos });
    expect(peer.texts()).toEqual(['offline']);
    // A retained will is there for whoever comes later, a plain one is not.
    const later = await Peer.subscribed(url, 'status/#');
    await later.publish('status/end', 'end', 1);
    await later.until(() => later.texts().includes('end'));
    expect(later.texts()).toEqual(retain ? ['offline', 'end'] : ['end']);
    expect(later.messages[0]!.retain).toBe(retain);
  });

  it('has a will of bytes published as they are, and an empty one too', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, 'w/#');
    const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
    (await new Client({ port, will: { topic: 'w/bytes', payload } }).connect()).connection.close();
    await peer.first();
    expect([...peer.messages[0]!.payload]).toEqual([...payload]);
    (await new Client({ port, will: { topic: 'w/empty' } }).connect()).connection.close();
    await peer.until(() => peer.messages.length === 2);
    expect(peer.messages[1]).toMatchObject({ topic: 'w/empty', payload: Buffer.alloc(0) });
  });

  it('has no will published after stop()', async () => {
    const { port, url } = await start();
    const peer = await Peer.subscribed(url, '#');
    const stopped = await new Client({ port, will: { topic: 'w/stopped', payload: 'x' } }).connect();
    await stopped.stop();
    // The will of another client comes behind the place where the first one would have been.
    const closed = await new Client({ port, will: { topic: 'w/closed', payload: 'x' } }).connect();
    closed.connection.close();
    await peer.first();
    expect(peer.messages.map(({ topic }) => topic)).toEqual(['w/closed']);
  });
});
