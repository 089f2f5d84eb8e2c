import { Refusal } from './refusal.js';

const texts: { [refusal: number]: string } = {
  [Refusal.full]: 'no room now',
  [Refusal.tooLarge]: 'larger than the transmit arena or the protocol allows',
  [Refusal.notConnected]: 'not connected',
  [Refusal.invalidTopic]: 'not a valid topic',
  [Refusal.invalidQos]: 'QoS must be 0 or 1',
  [Refusal.wrongState]: 'not possible in this state',
  [Refusal.streaming]: 'another streamed message is under way',
  [Refusal.malformed]: 'not a saved session',
  [Refusal.unknown]: 'no such subscription',
};

/** One line for people. */
export function refusalText(refusal: Refusal): string {
  return texts[refusal] ?? 'unknown refusal ' + refusal;
}
