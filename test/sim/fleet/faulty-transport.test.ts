import { afterEach, describe, expect, it } from 'vitest';
import { FaultyTransport } from '../../../sim/fleet/faulty-transport.js';
import { NodeTransport } from '../../../sim/hal/index.js';
import { TransportFailure } from '../../../src/hal/index.js';
import { transportContract } from '../../contracts/transport.contract.js';
import { startPeerServer } from '../../support/peer-server.js';
import type { PeerServer } from '../../support/peer-server.js';
import { RecordingHandler } from '../../support/recording-handler.js';
import { settle } from '../../support/settle.js';

transportContract('FaultyTransport without a fault', () => new FaultyTransport(new NodeTransport()), { tls: false });

describe('FaultyTransport', () => {
  let server: PeerServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const connect = async (transport: FaultyTransport): Promise<RecordingHandler> => {
    server ??= await startPeerServer();
    const handler = new RecordingHandler(transport);
    handler.open('127.0.0.1', { host: 'localhost', port: server.port });
    await handler.opened();
    return handler;
  };

  it('resets: the handler hears it once, and the next connection works', async () => {
    const transport = new FaultyTransport(new NodeTransport());
    const handler = await connect(transport);
    transport.reset();
    transport.reset();
    expect(handler.calls).toEqual(['onOpen', 'onClose']);
    expect(handler.cause).toBe(TransportFailure.reset);
    const next = await connect(transport);
    expect(next.write(new Uint8Array(3))).toBe(3);
    next.close();
  });

  it('goes dead: all is taken, nothing arrives, not even the end, and the next connection works', async () => {
    const transport = new FaultyTransport(new NodeTransport());
    const handler = await connect(transport);
    const peer = await server!.accept();
    const arrived: Buffer[] = [];
    peer.on('data', (bytes: Buffer) => arrived.push(bytes));
    transport.halfOpen();
    expect(handler.write(new Uint8Array(100_000))).toBe(100_000);
    peer.end('answer');
    await settle();
    expect(handler.calls).toEqual(['onOpen']);
    expect(handler.receivedBytes).toBe(0);
    expect(arrived).toEqual([]);
    handler.close();
    const next = await connect(transport);
    (await server!.accept()).write('alive');
    await next.until(() => next.receivedBytes === 5);
    next.close();
  });
});
