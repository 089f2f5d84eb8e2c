import { connect } from 'node:net';
import { startPeerServer } from './peer-server.js';

const ROUND_TRIPS = 20;

/**
 * Lets the event loop go round with real traffic of another connection, so that a call which must not come has
 * had the chance to come.
 */
export async function settle(): Promise<void> {
  const server = await startPeerServer();
  const client = connect({ host: '127.0.0.1', port: server.port });
  const echo = await server.accept();
  echo.on('data', (bytes: Buffer) => echo.write(bytes));
  for (let round = 0; round < ROUND_TRIPS; round++) {
    const answered = new Promise((resolve) => client.once('data', resolve));
    client.write('.');
    await answered;
  }
  client.destroy();
  await server.close();
}
