/** Brokers, subscriptions and on-message, as RouterOS has them. Begin with `Brokers`. */
export { BROKER_PROPERTIES, PropertyKind } from './broker-properties.js';
export type { BrokerProperty, BrokerValues } from './broker-properties.js';
export type { BrokerSessionOptions, BrokersOptions } from './broker-settings.js';
export { Broker } from './broker.js';
export type { BrokerObserver, PublishOptions, SubscribeOptions } from './broker.js';
export { Brokers } from './brokers.js';
export { MqttClient } from './client.js';
export type { ClientEvent, ClientEvents, ClientPacket, ClientPublishOptions, Grant } from './client.js';
export { closerFilter } from './message-dispatcher.js';
export { ReceivedMessages } from './received-messages.js';
export type { ReceivedMessagesOptions } from './received-messages.js';
export { Subscription } from './subscription-list.js';
export type { MessageHandler, MessageReceiver, ScriptRunner } from './subscription-list.js';
