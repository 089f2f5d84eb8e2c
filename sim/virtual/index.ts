/** A whole world in virtual time: devices with the firmware that ships, tags, networks, brokers, people and faults. */
export { connectionReset } from './faults/connection.js';
export { faultText } from './faults/fault.js';
export type { Fault } from './faults/fault.js';
export { powerCut } from './faults/power.js';
export type { BrokenRule, Ledger, ReceivedMessage, TagAccount } from './ledger/ledger.js';
export type { Rule } from './ledger/rule.js';
export { randomWorld } from './random-world.js';
export { run, VirtualWorld } from './run.js';
export type { Figures, Outcome, RunOptions } from './run.js';
export type { BrokerPlace, Simulation } from './simulation.js';
export { EventKind, timeText } from './trace.js';
export type { Trace } from './trace.js';
export type { BoardName, PersonAction, SimulatedWorld, WorldBroker, WorldGateway } from './world.js';
