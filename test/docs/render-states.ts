import { connectionSteps } from '../../src/connection/connection-steps.js';
import { connectionStateText } from '../../src/connection/index.js';
import type { ConnectionState } from '../../src/connection/index.js';
import { nextScanState, scanEventNames, scanStateNames } from '../../src/device/scan-state.js';
import {
  messageEventNames,
  messageStateNames,
  sessionEventNames,
  sessionStateNames,
} from '../../src/mqtt/state-names.js';
import { nextMessageState, nextSessionState, Step } from '../../src/mqtt/state.js';

/** Where the diagrams are kept, relative to the top of the project. */
export const STATES_FILE = 'docs/states.md';

/** The text of docs/states.md, drawn from the tables in src. */
export function renderStates(): string {
  return [
    '# States of a connection, a session, a message and a scanner',
    '',
    'Made from the tables in `src/connection/connection-steps.ts`, `src/mqtt/state.ts` and',
    '`src/device/scan-state.ts` by `npm run diagrams`; the prose is at the top of those files. The dashboard of',
    '`tagwire sim` draws the first two, with the state that counts lit.',
    '',
    '## Connection',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> stopped',
    ...connectionSteps.map(({ from, to, cause }) => `  ${mermaidName(from)} --> ${mermaidName(to)}: ${cause}`),
    '```',
    '',
    '## Session',
    '',
    ...diagram(sessionStateNames, sessionEventNames, nextSessionState, 'idle'),
    '',
    '## Outgoing message',
    '',
    'The states of QoS 2 have their place in the table; QoS 2 is never sent, so no event leads there.',
    '',
    ...diagram(messageStateNames, messageEventNames, nextMessageState, 'queued'),
    '',
    '## Scanner',
    '',
    ...diagram(scanStateNames, scanEventNames, nextScanState, 'stopped'),
    '',
  ].join('\n');
}

/** One word, as Mermaid wants it. */
function mermaidName(state: ConnectionState): string {
  return connectionStateText(state).replace(/ (.)/g, (_, letter: string) => letter.toUpperCase());
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
