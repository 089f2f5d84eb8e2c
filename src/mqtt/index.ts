/** MQTT 3.1.1 for QoS 0 and 1 as a pure state machine. Begin with `Session`. */
export { Counter } from './layout.js';
export type { ConnectOptions, SessionOptions, Will } from './options.js';
export {
  encodeConnect,
  MAX_REMAINING_LENGTH,
  packetSize,
  PacketType,
  PublishFlag,
  publishLength,
  writePublishHeader,
} from './packet.js';
export { Parser, ParserEvent } from './parser.js';
export type { IncomingMessage } from './parser.js';
export { publishStream } from './payload-stream.js';
export type { PayloadSource } from './payload-stream.js';
export { exportMessages, importMessage, importMessages } from './persistence.js';
export { Session } from './session.js';
export type { SessionHandler } from './session.js';
export { copyOf, drop, firstUnacknowledged, restore, setAside } from './set-aside.js';
export { CloseReason, Refusal } from './state.js';
export { closeReasonText, refusalText, returnCodeText, topicFaultText } from './texts.js';
export { topicMatches } from './topic-match.js';
export { checkTopicFilter, checkTopicName, TopicFault } from './topic.js';
export { encodeUtf8 } from './utf8.js';
