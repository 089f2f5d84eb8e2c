import { expect, it } from 'vitest';
import { startEmbeddedBroker } from '../../sim/broker.js';
import { endPeers, Peer } from '../broker/peer.js';
import { RunningExample } from './running-example.js';

it('publishes over a connection that breaks at each message', async () => {
  const broker = await startEmbeddedBroker();
  const peer = await Peer.subscribed(broker.url, 'messages');
  const example = new RunningExample('broken-network', broker.port);
  try {
    for (const text of ['one', 'two', 'three']) expect(await example.line()).toBe(`${text} was acknowledged`);
    expect(await example.line()).toBeUndefined();
    const texts = new Set(peer.messages.map(({ payload }) => payload.toString()));
    expect([...texts]).toEqual(['one', 'two', 'three']);
  } finally {
    await example.end();
    await endPeers();
    await broker.close();
  }
});
