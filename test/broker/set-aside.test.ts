import { afterEach, expect, it } from 'vitest';
import type { SetAsideMessage } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { killCommands, runTagwire } from '../support/cli.js';
import { requireMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Mosquitto } from '../support/mosquitto.js';
import { Client, closeClients } from './client.js';

requireMosquitto()('a message that is larger than Mosquitto takes', () => {
  let broker: Mosquitto;

  afterEach(async () => {
    closeClients();
    await killCommands();
    await broker.stop();
  });

  it('is set aside, and everything behind it arrives', async () => {
    broker = await startMosquitto({ settings: ['max_packet_size 1000'] });
    const client = new Client({ port: broker.port, cleanSession: false, transmitArenaSize: 8192 });
    const setAside: SetAsideMessage[] = [];
    Object.assign(client, { onSetAside: (message: SetAsideMessage) => setAside.push(message) });
    await client.connect();
    for (const size of [10, 20, 5000, 30, 40]) client.publish('sizes', new Uint8Array(size), 1);
    await client.until(() => client.connection.session.drained);
    expect(client.acknowledged).toEqual([1, 2, 4, 5]);
    expect(setAside).toMatchObject([{ packetId: 3, topic: encodeUtf8('sizes'), size: 5000 }]);
  });

  it('ends tagwire pub with a code of its own', async () => {
    broker = await startMosquitto({ settings: ['max_packet_size 1000'] });
    const flags = ['-h', '127.0.0.1', '-p', `${broker.port}`, '-t', 'sizes', '-q', '1'];
    const { code, stderr } = await runTagwire(['pub', ...flags, '-m', 'x'.repeat(5000)]);
    expect(stderr).toContain('message to "sizes" (5000 bytes) set aside: the broker closed 3 connections at it');
    expect(code).toBe(9);
  });
});
