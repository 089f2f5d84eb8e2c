/**
 * The client alone, for boards that link no more of it: without streamed payloads, texts for people, topic matching,
 * messages kept over a reboot, and messages set aside. Each of those is a file of its own.
 */
export type { ConnectOptions, SessionOptions, Will } from './options.js';
export type { IncomingMessage } from './parser.js';
export { Session } from './session.js';
export type { SessionHandler } from './session.js';
export { encodeUtf8 } from './utf8.js';
