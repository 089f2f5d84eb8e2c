import { afterEach, expect, it } from 'vitest';
import { FailureKind } from '../../src/connection/index.js';
import { CloseReason } from '../../src/mqtt/index.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto } from '../support/mosquitto.js';
import { Client, closeClients } from './client.js';

requireMosquitto()('a broker that stopped without a word', () => {
  let broker: Mosquitto;

  afterEach(async () => {
    closeClients();
    await broker.stop();
  });

  it('is noticed by keep alive, and what it did not acknowledge is delivered when it goes on', async () => {
    broker = await startMosquitto();
    const client = new Client({ port: broker.port, keepAliveSeconds: 1, pingrespTimeout: 200, connackTimeout: 300 });
    await client.connect();
    broker.signal('SIGSTOP');
    client.publish('t', 'while frozen', 1);
    await client.until(() => client.failures.length > 0);
    expect(client.failures[0]).toMatchObject({
      kind: FailureKind.session,
      closeReason: CloseReason.pingrespTimeout,
      detail: 'timed out waiting for PINGRESP',
      wasConnected: true,
    });
    // The kernel still accepts connections for the frozen process; CONNACK has a deadline of its own.
    await client.until(() => client.failures.some(({ closeReason }) => closeReason === CloseReason.connackTimeout));
    broker.signal('SIGCONT');
    await client.until(() => client.acknowledged.length === 1);
  });
});
