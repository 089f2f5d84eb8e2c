import { CloseReason } from './close-reason.js';

const texts: { [reason: number]: string } = {
  [CloseReason.none]: 'open',
  [CloseReason.requested]: 'disconnected on request',
  [CloseReason.transportLost]: 'the connection was lost',
  [CloseReason.refused]: 'the broker refused the connection',
  [CloseReason.connackTimeout]: 'no CONNACK in time',
  [CloseReason.pingrespTimeout]: 'no PINGRESP in time',
  [CloseReason.subackTimeout]: 'no SUBACK or UNSUBACK in time',
  [CloseReason.transmitStalled]: 'nothing could be written for too long',
  [CloseReason.closingTimeout]: 'DISCONNECT could not be written in time',
  [CloseReason.payloadSourceFailed]: 'the source of a streamed payload failed',
  [CloseReason.firstPacketNotConnack]: 'protocol violation: the first packet was not CONNACK',
  [CloseReason.secondConnack]: 'protocol violation: a second CONNACK',
  [CloseReason.invalidFlags]: 'protocol violation: invalid flags in a fixed header',
  [CloseReason.invalidLength]: 'protocol violation: a remaining length that its packet cannot have',
  [CloseReason.lengthTooLong]: 'protocol violation: a remaining length of more than four bytes',
  [CloseReason.unexpectedPacket]: 'protocol violation: a packet that a broker must not send here',
  [CloseReason.zeroPacketId]: 'protocol violation: packet identifier 0',
  [CloseReason.qos3]: 'protocol violation: QoS 3',
  [CloseReason.qos2]: 'a QoS 2 message arrived, though at most QoS 1 was asked for',
  [CloseReason.dupWithQos0]: 'protocol violation: DUP with QoS 0',
  [CloseReason.emptyTopic]: 'protocol violation: an empty topic name',
  [CloseReason.malformedTopic]: 'protocol violation: a topic name that is not UTF-8',
  [CloseReason.nulInTopic]: 'protocol violation: U+0000 in a topic name',
  [CloseReason.wildcardInTopic]: 'protocol violation: a wildcard in a topic name',
  [CloseReason.invalidSuback]: 'protocol violation: a SUBACK that does not answer its SUBSCRIBE',
  [CloseReason.invalidConnack]: 'protocol violation: a CONNACK with unknown flags or code',
  [CloseReason.unexpectedSessionPresent]: 'protocol violation: Session Present where there can be no session',
};

const returnCodes = [
  'accepted',
  'unacceptable protocol version',
  'client identifier rejected',
  'server unavailable',
  'bad user name or password',
  'not authorized',
];

/** One line for people. */
export function closeReasonText(reason: CloseReason): string {
  return texts[reason] ?? 'unknown reason ' + reason;
}

/** The name of a CONNACK return code (MQTT 3.1.1, table 3.1). */
export function returnCodeText(code: number): string {
  return returnCodes[code] ?? 'unknown return code ' + code;
}
