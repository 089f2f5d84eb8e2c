// Publishes over a connection that breaks, and comes in pieces: `node build/examples/broken-network.js [port]`
import { MemoryStore } from '../sim/hal/index.js';
import { nodePlatform } from '../sim/hal/platform.js';
import { FaultyTransport } from '../sim/virtual/index.js';
import { Brokers } from '../src/brokers/index.js';

const node = nodePlatform();
const transport = new FaultyTransport(node.transport, node.timers);
transport.pieceBytes = 1;
transport.writeBytes = 4;
const platform = { ...node, transport };
const board = { name: 'example', ...platform, store: new MemoryStore(), userStore: new MemoryStore() };
const brokers = new Brokers(board, { platforms: [platform] });
const port = process.argv[2] ?? '1883';
const broker = brokers.add({ name: 'broker', address: '127.0.0.1', port, 'auto-connect': 'yes' });

for (const text of ['one', 'two', 'three']) {
  const delivery = broker.publish('messages', text, { qos: 1, patient: true });
  transport.reset();
  await delivery;
  console.log(`${text} was acknowledged`);
}
await broker.disconnect();
