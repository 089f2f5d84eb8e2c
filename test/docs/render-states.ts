import { nextScanState, scanEventNames, scanStateNames } from '../../src/device/scan-state.js';
import { nextMessageState, nextSessionState, Step } from '../../src/mqtt/state.js';

/** Where the diagrams are kept, relative to the top of the project. */
export const STATES_FILE = 'docs/states.md';

const sessionStates = ['idle', 'connecting', 'connected', 'disconnecting'];
const sessionEvents = ['open', 'accepted', 'refused', 'packet', 'disconnect', 'disconnected', 'failed'];
const messageStates = [
  'done',
  'queued',
  'awaitingPuback',
  'awaitingPubrec',
  'pubrelQueued',
  'awaitingPubcomp',
  'setAside',
];
const messageEvents = [
  'writtenQos0',
  'writtenQos1',
  'writtenQos2',
  'puback',
  'pubrec',
  'pubcomp',
  'connectionLost',
  'setAside',
  'dropped',
  'restored',
];

/** The text of docs/states.md, drawn from the tables in src/mqtt/state.ts and src/device/scan-state.ts. */
export function renderStates(): string {
  return [
    '# States of a session, a message and a scanner',
    '',
    'Made from the tables in `src/mqtt/state.ts` and `src/device/scan-state.ts` by `npm run diagrams`; the prose is at',
    'the top of those files.',
    '',
    '## Session',
    '',
    ...diagram(sessionStates, sessionEvents, nextSessionState, 'idle'),
    '',
    '## Outgoing message',
    '',
    'The states of QoS 2 have their place in the table; QoS 2 is never sent, so no event leads there.',
    '',
    ...diagram(messageStates, messageEvents, nextMessageState, 'queued'),
    '',
    '## Scanner',
    '',
    ...diagram(scanStateNames, scanEventNames, nextScanState, 'stopped'),
    '',
  ].join('\n');
}

function diagram(
  states: readonly string[],
  events: readonly string[],
  next: (state: number, event: number) => number,
  first: string,
): string[] {
  const lines = ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`];
  for (let state = 0; state < states.length; state++) {
    for (let event = 0; event < events.length; event++) {
      const to = next(state, event);
      if (to !== Step.illegal) lines.push(`  ${states[state]} --> ${states[to]}: ${events[event]}`);
    }
  }
  return [...lines, '```'];
}
