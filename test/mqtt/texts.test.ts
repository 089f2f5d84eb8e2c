import { CloseReason, Refusal } from '../../src/mqtt/state.js';
import { closeReasonText, refusalText, returnCodeText } from '../../src/mqtt/texts.js';
import { describe, expect, it } from 'vitest';

const closeReasons = [
  CloseReason.none,
  CloseReason.requested,
  CloseReason.transportLost,
  CloseReason.refused,
  CloseReason.connackTimeout,
  CloseReason.pingrespTimeout,
  CloseReason.subackTimeout,
  CloseReason.transmitStalled,
  CloseReason.closingTimeout,
  CloseReason.payloadSourceFailed,
  CloseReason.pubackTimeout,
  CloseReason.firstPacketNotConnack,
  CloseReason.secondConnack,
  CloseReason.invalidFlags,
  CloseReason.invalidLength,
  CloseReason.lengthTooLong,
  CloseReason.unexpectedPacket,
  CloseReason.zeroPacketId,
  CloseReason.qos3,
  CloseReason.qos2,
  CloseReason.dupWithQos0,
  CloseReason.emptyTopic,
  CloseReason.malformedTopic,
  CloseReason.nulInTopic,
  CloseReason.wildcardInTopic,
  CloseReason.invalidSuback,
  CloseReason.invalidConnack,
  CloseReason.unexpectedSessionPresent,
];

const refusals = [
  Refusal.full,
  Refusal.tooLarge,
  Refusal.notConnected,
  Refusal.invalidTopic,
  Refusal.invalidQos,
  Refusal.wrongState,
  Refusal.streaming,
  Refusal.malformed,
];

describe('texts for people', () => {
  it.each(closeReasons)('close reason %i has one line', (reason) => {
    expect(closeReasonText(reason)).toMatch(/^(?!unknown)[^\n]+$/);
  });

  it.each(refusals)('refusal %i has one line', (refusal) => {
    expect(refusalText(refusal)).toMatch(/^(?!unknown)[^\n]+$/);
  });

  it('differ for all close reasons', () => {
    expect(new Set(closeReasons.map(closeReasonText)).size).toBe(closeReasons.length);
  });

  it('name the return codes of table 3.1', () => {
    expect([0, 1, 2, 3, 4, 5].map(returnCodeText)).toEqual([
      'accepted',
      'unacceptable protocol version',
      'client identifier rejected',
      'server unavailable',
      'bad user name or password',
      'not authorized',
    ]);
  });

  it('say so when a number is unknown', () => {
    expect([closeReasonText(99 as CloseReason), returnCodeText(6), refusalText(-99 as Refusal)]).toEqual([
      'unknown reason 99',
      'unknown return code 6',
      'unknown refusal -99',
    ]);
  });
});
