import type { CloudLimits } from '../limits.js';

/**
 * What every ThingsBoard has unless its administrator changed it. How many messages and data points a device may send
 * is a matter of its tenant: it is asked for at each connection (`getSessionLimits`), see `SessionLimits`.
 */
export const THINGSBOARD_LIMITS: CloudLimits = Object.freeze({
  topicBytes: 65535, // MQTT 4.7.3
  payloadBytes: 65536, // NETTY_MAX_PAYLOAD_SIZE of thingsboard.yml
  inFlight: 100, // MQTT_MSG_QUEUE_SIZE_PER_DEVICE_LIMIT of thingsboard.yml
  maxQos: 1, // MQTT Device API Reference, MQTT basics: QoS levels 0 and 1
  retain: false, // it keeps none: MqttTransportHandler.processPublish does not look at RETAIN
  told: Object.freeze(['payloadBytes', 'messagesPerSecond', 'pointsPerSecond', 'inFlight'] as const),
  source: 'thingsboard.io, MQTT Device API Reference, and the defaults of thingsboard.yml; rates: what the server says',
});

/** Characters of an access token: its form takes `/^.{1,32}$/` (ui-ngx, device-credentials.component.ts). */
export const MAX_TOKEN = 32;
