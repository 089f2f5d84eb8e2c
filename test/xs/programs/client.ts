import { encodeUtf8, Session } from '../../../src/mqtt/index.js';
import type { SessionHandler, SessionOptions } from '../../../src/mqtt/index.js';

const BUFFER = 512;
const TOPIC = encodeUtf8('bench/client');
const PAYLOAD = new Uint8Array(32);
const CONNACK = new Uint8Array([0x20, 2, 0, 0]);
const OPTIONS: SessionOptions = {
  clientId: 'client',
  receiveBufferSize: BUFFER,
  transmitArenaSize: BUFFER,
  maxInFlight: 8,
};
const HANDLER: SessionHandler = {
  onConnected(): void {},
  onMessage(): void {},
  onAcknowledged(): void {},
  onSubscribed(): void {},
  onUnsubscribed(): void {},
  onSkipped(): void {},
  onRoom(): void {},
  onClosed(): void {},
};

let session: Session | undefined;
let receiveBuffer: Uint8Array | undefined;
let transmitBuffer: Uint8Array | undefined;

/** Makes a session, connects it, and publishes `count` messages that stay in flight. Returns how many do. */
export function connect(count: number): number {
  session = new Session(OPTIONS, HANDLER);
  session.open(0);
  drain(session);
  session.receive(CONNACK, 0, CONNACK.length, 0);
  for (let i = 0; i < count; i++) session.publish(TOPIC, PAYLOAD, 1, false);
  drain(session);
  return session.connected ? session.inFlight : 0;
}

/** Makes what is not counted of a session: its two buffers. */
export function buffers(): number {
  receiveBuffer = new Uint8Array(BUFFER);
  transmitBuffer = new Uint8Array(BUFFER);
  return receiveBuffer.length + transmitBuffer.length;
}

function drain(from: Session): void {
  while (from.next(0)) from.sent(from.outputTo - from.outputFrom, 0);
}
