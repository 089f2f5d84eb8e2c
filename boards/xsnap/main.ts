import { XsnapBoard } from './board.js';
import { Events } from './events.js';

const events = new Events(new XsnapBoard());
// xsnap-worker calls this global function for each command of the host, with a new ArrayBuffer each time.
Object.assign(globalThis, { handleCommand: (command: ArrayBuffer) => events.handle(command) });
