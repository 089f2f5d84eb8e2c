import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../support/mosquitto.js';
import { describeUnless } from '../support/require.js';
import { blocksOf } from './examples.js';

/** Two gateways, each of which sends some readings again. */
const MESSAGES = [
  ['shed', '1/0', 20],
  ['shed', '1/1', 21],
  ['barn', '1/0', 30],
  ['shed', '1/1', 21],
  ['shed', '2/0', 22],
  ['barn', '1/0', 30],
  ['shed', '1/0', 20],
  ['barn', '1/1', 31],
].map(([gateway, id, temperature]) => ({
  topic: `tagwire/${gateway}/tags/DC2C6E0FC03D`,
  payload: JSON.stringify({ address: 'DC:2C:6E:0F:C0:3D', id, temperature }),
}));
const TAKEN = [20, 21, 30, 22, 31];

function blockOf(language: string): string {
  const blocks = blocksOf('outbox.md', language);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}

describe('docs/outbox.md', () => {
  it('shows how duplicates are dropped in JavaScript', () => {
    const client = new EventEmitter();
    const taken: number[] = [];
    const take = (reading: { temperature: number }): void => void taken.push(reading.temperature);
    new Function('client', 'take', blockOf('js'))(client, take);
    for (const { topic, payload } of MESSAGES) client.emit('message', topic, Buffer.from(payload));
    expect(taken).toEqual(TAKEN);
  });
});

describeUnless(findProgram('python3') ? undefined : 'python3 is not on PATH (Debian: apt-get install python3)')(
  'docs/outbox.md, with Python',
  () => {
    it('shows how duplicates are dropped', () => {
      const program = [
        'import json, sys, types',
        'taken = []',
        "def take(reading): taken.append(reading['temperature'])",
        blockOf('python'),
        'for line in json.load(sys.stdin):',
        "    message = types.SimpleNamespace(topic=line['topic'], payload=line['payload'].encode())",
        '    on_message(None, None, message)',
        'print(json.dumps(taken))',
      ].join('\n');
      const { stdout, stderr } = spawnSync('python3', ['-c', program], {
        input: JSON.stringify(MESSAGES),
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual(TAKEN);
    });
  },
);
