import { connectionSteps } from '../../../src/connection/connection-steps.js';
import { ConnectionState, connectionStateText } from '../../../src/connection/connection.js';
import { sessionEventNames, sessionStateNames } from '../../../src/mqtt/state-names.js';
import { nextSessionState, SessionState } from '../../../src/mqtt/state.js';
import { layOut } from './state-layout.js';
import type { MachineLayout, MachineStep } from './state-layout.js';

/** A machine of the firmware as the page draws it. */
export interface Machine {
  readonly title: string;
  readonly steps: readonly MachineStep[];
  readonly layout: MachineLayout;
  nameOf(state: number): string;
}

function makeMachine(
  title: string,
  nameOf: (state: number) => string,
  steps: readonly MachineStep[],
  cells: readonly (readonly [state: number, column: number, row: number])[],
): Machine {
  const states = cells.map(([state, column, row]) => ({ state, label: nameOf(state), column, row }));
  return { title, steps, nameOf, layout: layOut(states, steps) };
}

/** At the left it is off, in the middle it waits, at the right it goes down to the connection. */
export const connectionMachine = makeMachine('Connection', connectionStateText, connectionSteps, [
  [ConnectionState.stopped, 0, 0],
  [ConnectionState.noNetwork, 0, 1],
  [ConnectionState.waiting, 1, 1],
  [ConnectionState.resolving, 2, 0],
  [ConnectionState.connecting, 2, 1],
  [ConnectionState.handshaking, 2, 2],
  [ConnectionState.connected, 2, 3],
  [ConnectionState.draining, 1, 3],
  [ConnectionState.closing, 0, 3],
]);

/** The steps of the table in src/mqtt/state.ts. */
function sessionSteps(): MachineStep[] {
  const steps: MachineStep[] = [];
  sessionStateNames.forEach((_, from) => {
    sessionEventNames.forEach((cause, event) => {
      const to: number = nextSessionState(from, event);
      if (to >= 0) steps.push({ from, to, cause });
    });
  });
  return steps;
}

export const sessionMachine = makeMachine('MQTT session', (state) => sessionStateNames[state]!, sessionSteps(), [
  [SessionState.idle, 0, 0],
  [SessionState.connecting, 2, 0],
  [SessionState.connected, 2, 1],
  [SessionState.disconnecting, 0, 1],
]);
