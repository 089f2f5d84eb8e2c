import type { CloudLimits } from '../limits.js';

/** The MQTT broker of an Event Grid namespace; "quotas" is its page "Azure Event Grid quotas and limits". */
export const EVENT_GRID_LIMITS: CloudLimits = Object.freeze({
  payloadBytes: 524288, // quotas: an MQTT packet of 512 KiB
  messagesPerSecond: 1000, // quotas: inbound publishing requests of a session
  bytesPerSecond: 1000000, // quotas: inbound bandwidth of a session
  inFlight: 1000, // quotas: inbound messages in flight
  maxQos: 1, // "MQTT features support": a PUBLISH with QoS 2 ends the connection
  willQos: 1,
  keepAliveSeconds: Object.freeze({ min: 0, max: 1160 }), // "MQTT features support": the longest keep alive
  tls: true, // the same: no way in without
  serverName: true, // a namespace is one of many at an address
  source: 'Microsoft, Azure Event Grid quotas and limits; MQTT features support in Azure Event Grid',
});
