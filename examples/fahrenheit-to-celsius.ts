// Subscribes to one topic, converts, and publishes to another: `node build/examples/fahrenheit-to-celsius.js [port]`
import { MemoryStore } from '../sim/hal/index.js';
import { nodePlatform } from '../sim/hal/platform.js';
import { Brokers } from '../src/brokers/index.js';

const platform = nodePlatform();
const board = { name: 'example', ...platform, store: new MemoryStore(), userStore: new MemoryStore() };
const brokers = new Brokers(board, { platforms: [platform] });
const broker = brokers.add({ name: 'broker', address: '127.0.0.1', port: process.argv[2] ?? '1883' });

await broker.subscribe('house/+/fahrenheit', {
  handler: async (topic, payload) => {
    const celsius = ((Number(payload) - 32) * 5) / 9;
    if (payload === '' || !Number.isFinite(celsius)) return console.log(`${topic}: "${payload}" is not a temperature`);
    await broker.publish(topic.replace(/fahrenheit$/, 'celsius'), celsius.toFixed(1));
  },
});
console.log('converting house/+/fahrenheit to house/+/celsius');
