import { CloseReason, Refusal } from './state.js';
import { TopicFault } from './topic.js';

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
  switch (reason) {
    case CloseReason.none:
      return 'open';
    case CloseReason.requested:
      return 'disconnected on request';
    case CloseReason.transportLost:
      return 'connection lost';
    case CloseReason.refused:
      return 'connection refused by the broker';
    case CloseReason.connackTimeout:
      return 'timed out waiting for CONNACK';
    case CloseReason.pingrespTimeout:
      return 'timed out waiting for PINGRESP';
    case CloseReason.subackTimeout:
      return 'timed out waiting for SUBACK or UNSUBACK';
    case CloseReason.transmitStalled:
      return 'transmit timed out: the transport took no bytes';
    case CloseReason.closingTimeout:
      return 'timed out sending DISCONNECT';
    case CloseReason.payloadSourceFailed:
      return 'the source of a streamed payload failed';
    case CloseReason.pubackTimeout:
      return 'timed out waiting for PUBACK';
    case CloseReason.firstPacketNotConnack:
      return 'protocol violation: the first packet was not CONNACK';
    case CloseReason.secondConnack:
      return 'protocol violation: a second CONNACK';
    case CloseReason.invalidFlags:
      return 'protocol violation: invalid flags in a fixed header';
    case CloseReason.invalidLength:
      return 'protocol violation: a remaining length that its packet cannot have';
    case CloseReason.lengthTooLong:
      return 'protocol violation: a remaining length of more than four bytes';
    case CloseReason.unexpectedPacket:
      return 'protocol violation: a packet that a broker must not send here';
    case CloseReason.zeroPacketId:
      return 'protocol violation: packet identifier 0';
    case CloseReason.qos3:
      return 'protocol violation: QoS 3';
    case CloseReason.qos2:
      return 'a QoS 2 message arrived, though at most QoS 1 was requested';
    case CloseReason.dupWithQos0:
      return 'protocol violation: DUP with QoS 0';
    case CloseReason.emptyTopic:
      return 'protocol violation: an empty topic name';
    case CloseReason.malformedTopic:
      return 'protocol violation: a topic name that is not UTF-8';
    case CloseReason.nulInTopic:
      return 'protocol violation: U+0000 in a topic name';
    case CloseReason.wildcardInTopic:
      return 'protocol violation: a wildcard in a topic name';
    case CloseReason.invalidSuback:
      return 'protocol violation: a SUBACK that does not answer its SUBSCRIBE';
    case CloseReason.invalidConnack:
      return 'protocol violation: a CONNACK with unknown flags or code';
    case CloseReason.unexpectedSessionPresent:
      return 'protocol violation: Session Present where there can be no session';
  }
  return 'unknown reason ' + String(reason);
}

/** The name of a CONNACK return code (MQTT 3.1.1, table 3.1). */
export function returnCodeText(code: number): string {
  return returnCodes[code] ?? 'unknown return code ' + code;
}

/** One line for people. */
export function refusalText(refusal: Refusal): string {
  switch (refusal) {
    case Refusal.full:
      return 'no room at the moment';
    case Refusal.tooLarge:
      return 'larger than the transmit arena or the protocol allows';
    case Refusal.notConnected:
      return 'not connected';
    case Refusal.invalidTopic:
      return 'not a valid topic';
    case Refusal.invalidQos:
      return 'QoS must be 0 or 1';
    case Refusal.wrongState:
      return 'not allowed in this state';
    case Refusal.streaming:
      return 'another streamed message is in progress';
    case Refusal.malformed:
      return 'not an exported session';
  }
  return 'unknown refusal ' + String(refusal);
}

/** One line for people, to follow the name of the topic. */
export function topicFaultText(fault: TopicFault): string {
  switch (fault) {
    case TopicFault.none:
      return 'valid';
    case TopicFault.empty:
      return 'it is empty; at least one character is needed';
    case TopicFault.tooLong:
      return 'it is longer than 65535 bytes';
    case TopicFault.malformed:
      return 'it is not well-formed UTF-8';
    case TopicFault.nul:
      return 'it contains U+0000';
    case TopicFault.wildcard:
      return 'a topic to publish to has no + and no #';
    case TopicFault.misplacedPlus:
      return '+ must fill a whole level, as in a/+/b';
    case TopicFault.misplacedHash:
      return '# must be alone in the last level, as in a/#';
  }
  return 'unknown fault ' + String(fault);
}
