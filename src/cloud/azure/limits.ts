import type { CloudLimits } from '../limits.js';

/** IoT Hub as devices see it; "quotas" is its page "IoT Hub quotas and throttling". */
export const AZURE_LIMITS: CloudLimits = Object.freeze({
  clientIdBytes: 257, // a device's id and a module's, of 128 each, with a slash: "Understand the identity registry"
  payloadBytes: 262144, // quotas: device-to-cloud messages, 256 KB
  subscriptions: 5, // "Communicate with an IoT hub using MQTT": at most five topics
  messagesPerSecond: 100, // quotas: device-to-cloud sends of the smallest hubs (all devices together)
  maxQos: 1, // "… using MQTT": a PUBLISH with QoS 2 ends the connection
  retain: false, // the same: nothing is retained, the flag becomes a property
  willQos: 1,
  willRetain: false,
  keepAliveSeconds: Object.freeze({ min: 0, max: 1177 }), // the same: 1767 s are one and a half times that
  tls: true, // the same: no way in without
  serverName: true, // "TLS support in IoT Hub": SNI
  source: 'Microsoft, Communicate with an IoT hub using the MQTT protocol; IoT Hub quotas and throttling',
});

/** Bytes of a device ID ("Understand the identity registry"). */
export const LONGEST_DEVICE_ID = 128;

/** Bytes of the key of a device, decoded (Azure/azure-iot-sdk-java#1323; those that the portal makes have 32 or 64). */
export const AZURE_KEY_BYTES = Object.freeze({ min: 16, max: 64 });

/** The shortest life of a token that is not refused at start, in seconds: each new one is a new connection. */
export const SHORTEST_TOKEN = 300;
