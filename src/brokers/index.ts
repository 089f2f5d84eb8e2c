/** Brokers, subscriptions and on-message, as in RouterOS. Start with `Brokers`. */
export type { BrokerObserver } from './broker-link.js';
export { BROKER_PROPERTIES, PropertyKind } from './broker-properties.js';
export type {
  BrokerConnectionOptions,
  BrokerProperty,
  BrokerSessionOptions,
  BrokerValues,
} from './broker-properties.js';
export { Broker } from './broker.js';
export type { BrokerOptions, PublishOptions, SubscribeOptions } from './broker.js';
export { Brokers } from './brokers.js';
export type { BrokersOptions } from './brokers.js';
export { closerFilter } from './message-dispatcher.js';
export { ReceivedMessages } from './message-ring.js';
export type { ReceivedMessagesOptions } from './message-ring.js';
export { MqttClient } from './mqtt-client.js';
export type { ClientEvent, ClientEvents, ClientPacket, ClientPublishOptions, Grant } from './mqtt-client.js';
export type { Delivery, OutgoingOptions } from './outgoing-messages.js';
export { Subscription } from './subscriptions.js';
export type { MessageHandler, MessageReceiver, ScriptRunner } from './subscriptions.js';
