import { expect, it } from 'vitest';
import { mikrotik } from '../../device/hand-scanner.js';
import { Conversation, readingsOf } from '../matrix/conversation.js';

/** The firmware and the hub of `AzureRules`, in virtual time. */

const TAG = 'DC:2C:6E:0F:C0:3D';
const MINUTE = 60_000;

it('renews its token before it expires, for a day, and loses nothing', () => {
  const conversation = new Conversation('azure');
  const { cloud } = conversation;
  conversation.wait(MINUTE);
  const heard = 24 * 12;
  for (let i = 0; i < heard; i++) {
    conversation.hear(TAG, mikrotik(i + 1, (20 + (i % 100) / 10) * 256));
    conversation.wait(5 * MINUTE);
  }
  conversation.end();
  expect(cloud.violations).toEqual([]);
  // Tokens live for an hour, and are renewed after four fifths of that.
  expect(cloud.connections).toBe(31);
  expect(readingsOf(conversation)).toHaveLength(heard);
  expect(conversation.lost).toBe(0);
});

it('is refused while its clock is behind, says so, and goes on when that is right', () => {
  const conversation = new Conversation('azure');
  const { cloud, virtual } = conversation;
  conversation.wait(MINUTE);
  virtual.clockAhead = -120 * MINUTE;
  cloud.takeOver(true);
  conversation.hear(TAG, mikrotik(1, 20 * 256));
  conversation.wait(MINUTE);
  expect(cloud.violations[0]).toEqual({ rule: 'contract', value: 'login: expired' });
  expect(virtual.lines.join('\n')).toMatch(/refused: .*not authorized/);
  expect(virtual.lines.join('\n')).not.toContain('SharedAccessSignature');
  virtual.clockAhead = 0;
  conversation.wait(10 * MINUTE);
  conversation.end();
  expect(readingsOf(conversation)).toHaveLength(1);
});
