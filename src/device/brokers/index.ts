/** Brokers, subscriptions and on-message, as RouterOS has them. Begin with `Brokers`. */
export { Broker } from './broker.js';
export type { BrokerObserver } from './broker-observer.js';
export type { BrokersOptions, BrokerSessionOptions } from './broker-options.js';
export { BROKER_PROPERTIES, PropertyKind } from './broker-properties.js';
export type { BrokerProperty, BrokerValues } from './broker-properties.js';
export { Brokers } from './brokers.js';
export type { PublishOptions, SubscribeOptions } from './call-options.js';
export { MqttClient } from './client.js';
export type { ClientPublishOptions, Grant } from './client.js';
export type { ClientEvent, ClientEvents, ClientPacket } from './client-events.js';
export { closerFilter } from './closer-filter.js';
export type { MessageHandler, MessageReceiver, ScriptRunner } from './message-handler.js';
export { ReceivedMessages } from './received-messages.js';
export type { ReceivedMessagesOptions } from './received-messages.js';
export { Subscription } from './subscription.js';
