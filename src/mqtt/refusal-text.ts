import { Refusal } from './refusal.js';

/** One line for people. */
export function refusalText(refusal: Refusal): string {
  switch (refusal) {
    case Refusal.full:
      return 'no room now';
    case Refusal.tooLarge:
      return 'larger than the transmit arena or the protocol allows';
    case Refusal.notConnected:
      return 'not connected';
    case Refusal.invalidTopic:
      return 'not a valid topic';
    case Refusal.invalidQos:
      return 'QoS must be 0 or 1';
    case Refusal.wrongState:
      return 'not possible in this state';
    case Refusal.streaming:
      return 'another streamed message is under way';
    case Refusal.malformed:
      return 'not a saved session';
    case Refusal.unknown:
      return 'no such subscription';
  }
  return 'unknown refusal ' + String(refusal);
}
