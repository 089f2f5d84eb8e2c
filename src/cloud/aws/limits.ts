import type { CloudLimits } from '../limits.js';

/** AWS IoT Core, message broker and protocol limits; those of the account are the defaults, which AWS may raise. */
export const AWS_LIMITS: CloudLimits = Object.freeze({
  clientIdBytes: 128, // "Client ID size"
  topicBytes: 256, // "Topic size": UTF-8; without `$aws/rules/…/` of basic ingest, which is not used here
  topicSlashes: 7, // "Maximum number of slashes in topic and topic filter"; the reserved topics may have more
  filtersPerSubscribe: 8, // "Maximum subscriptions per subscribe request"
  subscriptions: 50, // "Subscriptions per connection", adjustable
  payloadBytes: 131072, // "Message size": 128 KB
  messagesPerSecond: 100, // "Publish requests per second per connection"
  bytesPerSecond: 524288, // "Throughput per second per connection": 512 KB
  inFlight: 100, // "Maximum inbound unacknowledged QoS 1 publish requests"
  keepAliveSeconds: Object.freeze({ min: 30, max: 1200 }), // "Connection inactivity (keep-alive interval)"
  maxQos: 1, // AWS IoT Core Developer Guide, MQTT, "AWS IoT differences from MQTT specifications"
  willQos: 1, // the same: a will with QoS 2 ends the connection
  tls: true, // Developer Guide, "Transport security in AWS IoT Core"
  serverName: true, // the same: "Devices must provide the SNI extension"
  connectsPerSecond: 1, // "Connect requests per second per client ID"
  source: 'https://docs.aws.amazon.com/general/latest/gr/iot-core.html',
});
