import type { CloudLimits } from '../limits.js';

/**
 * Sparkplug names no sizes and rates: those are the broker's. What it asks of messages is here, with its statements
 * (tck-id-…).
 */
export const SPARKPLUG_LIMITS: CloudLimits = Object.freeze({
  clientIdBytes: 65535, // MQTT 3.1.1, 1.5.3
  topicBytes: 65535, // MQTT 3.1.1, 4.7.3
  topicSlashes: 4, // topic-structure: namespace/group_id/message_type/edge_node_id/device_id
  payloadBytes: 268435455, // MQTT 3.1.1, 2.2.3
  inFlight: 65535, // MQTT 3.1.1, 2.3.1
  keepAliveSeconds: Object.freeze({ min: 0, max: 65535 }), // MQTT 3.1.1, 3.1.2.10
  maxQos: 1, // message-flow-edge-node-ncmd-subscribe
  retain: false, // topics-nbirth-mqtt, topics-ddata-mqtt
  willQos: 1, // payloads-ndeath-will-message-qos
  willRetain: false, // payloads-ndeath-will-message-retain
  source: 'Eclipse Sparkplug Specification 3.0.0',
});
