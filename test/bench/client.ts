import type { Work } from './work.js';

// A process that is measured: node client.js WORK, which is a `Work` as JSON. It loads the one client that does the
// work, and tells over its IPC channel when the measured part begins, and what it took.

const work = JSON.parse(process.argv[2]!) as Work;
const load = {
  tagwire: async () => (await import('./tagwire-client.js')).run,
  mqttjs: async () => (await import('./mqttjs-client.js')).run,
  raw: async () => (await import('./raw-client.js')).run,
  gateway: async () => (await import('./gateway-client.js')).run,
};
await (
  await load[work.side]()
)(work);
if (process.connected) process.disconnect();
