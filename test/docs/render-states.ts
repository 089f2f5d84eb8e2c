import {
  ILLEGAL,
  MESSAGE_EVENTS,
  MESSAGE_STATES,
  nextMessageState,
  nextSessionState,
  SESSION_EVENTS,
  SESSION_STATES,
} from '../../src/mqtt/state.js';

/** Where the diagrams are kept, relative to the top of the project. */
export const STATES_FILE = 'docs/states.md';

const sessionStates = ['idle', 'connecting', 'connected', 'disconnecting'];
const sessionEvents = ['open', 'accepted', 'refused', 'packet', 'disconnect', 'disconnected', 'failed'];
const messageStates = ['done', 'queued', 'awaitingPuback', 'awaitingPubrec', 'pubrelQueued', 'awaitingPubcomp'];
const messageEvents = ['writtenQos0', 'writtenQos1', 'writtenQos2', 'puback', 'pubrec', 'pubcomp', 'connectionLost'];

/** The text of docs/states.md, drawn from the tables in src/mqtt/state.ts. */
export function renderStates(): string {
  return [
    '# States of a session and of a message',
    '',
    'Made from the tables in `src/mqtt/state.ts` by `npm run diagrams`; the prose is at the top of that file.',
    '',
    '## Session',
    '',
    ...diagram(sessionStates, SESSION_STATES, sessionEvents, SESSION_EVENTS, nextSessionState, 'idle'),
    '',
    '## Outgoing message',
    '',
    'The states of QoS 2 have their place in the table; QoS 2 is never sent, so no event leads there.',
    '',
    ...diagram(messageStates, MESSAGE_STATES, messageEvents, MESSAGE_EVENTS, nextMessageState, 'queued'),
    '',
  ].join('\n');
}

function diagram(
  states: string[],
  stateCount: number,
  events: string[],
  eventCount: number,
  next: (state: number, event: number) => number,
  first: string,
): string[] {
  if (states.length !== stateCount || events.length !== eventCount) throw new Error('a state or event has no name');
  const lines = ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`];
  for (let state = 0; state < stateCount; state++) {
    for (let event = 0; event < eventCount; event++) {
      const to = next(state, event);
      if (to !== ILLEGAL) lines.push(`  ${states[state]} --> ${states[to]}: ${events[event]}`);
    }
  }
  return [...lines, '```'];
}
