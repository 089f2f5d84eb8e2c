/** A whole world in virtual time: devices with the firmware that ships, tags, networks, brokers, people and faults. */
export { BrokerModel } from './broker/broker-model.js';
export type { BrokerConnection, MessageReceiver, SessionSummary } from './broker/broker-model.js';
export { DisconnectReason, disconnectText, DropReason, PublishOutcome } from './broker/observer.js';
export type { BrokerClient, BrokerObserver, ReceivedPublish } from './broker/observer.js';
export { PublishAccess } from './broker/options.js';
export type { BrokerFaults, BrokerModelOptions } from './broker/options.js';
export type { BrokerLink } from './broker/output.js';
export { ConnackCode, SUBACK_FAILURE } from './broker/packets.js';
export type { ConnectRequest } from './broker/packets.js';
export type { BrokerMessage, Delivery } from './broker/session.js';
export * from './faults/broker.js';
export * from './faults/client-id.js';
export * from './faults/connection.js';
export { faultText, lastingFault, momentFault, override } from './faults/fault.js';
export { parseTime, timeOf } from '../world/duration.js';
export type { Fault, FaultDetail } from './faults/fault.js';
export * from './faults/memory.js';
export * from './faults/network.js';
export { powerCut } from './faults/power.js';
export * from './faults/radio.js';
export { randomVisits, visitText } from './random-people.js';
export type { Visit } from './random-people.js';
export { faultKind, FAULTS, makeFault, MODEL_FAULTS, parseFaults, randomFaults } from './faults/table.js';
export type { FaultKind, FaultParameter, FaultValues } from './faults/table.js';
export { expectationsOfFile, faultsOfFile, hoursOfFile, worldFromFile } from './file-world.js';
export type { FileWorldOptions } from './file-world.js';
export { targetOf } from './board-target.js';
export { ReportFigures } from './ledger/report-figures.js';
export type { BrokenRule, Ledger, ReceivedMessage, TagAccount } from './ledger/ledger.js';
export type { Rule } from './ledger/rule.js';
export { addressNumber, addressText } from './ledger/report-tap.js';
export { defaultRules, liveRules } from './ledger/rules.js';
export { BtsnoopFile } from './recording/btsnoop-file.js';
export { PcapFile } from './recording/pcap-file.js';
export type { FileSink, PcapConnection } from './recording/pcap-file.js';
export { CapturedTransport, CaptureTap } from './recording/tap.js';
export type { ConnectionWatcher, Tap, TappedParts, TappedStart, WatchedConnection } from './recording/tap.js';
export { BadRecording, EndCause } from './recording/recording-file.js';
export { RecordTap } from './recording/recorder.js';
export { isRing, readRing, replayRing, writeRing } from './recording/ring.js';
export type { RingDescription, RingDevice, RingEntry } from './recording/ring.js';
export { replay, Replay } from './recording/replay.js';
export type { Difference, ReplayOutcome } from './recording/replay.js';
export type { Listener, ServerLink, ServerProgram } from './network/tcp.js';
export { EPOCH } from './network/wifi.js';
export { randomWorld } from './random-world.js';
export { run, VirtualWorld } from './run.js';
export type { ActiveFault, Figures, Outcome, RunOptions } from './run.js';
export type { BrokerPlace, Simulation } from './simulation.js';
export type { Device, DeviceObserver } from './device.js';
export { EventKind, timeText } from './trace.js';
export type { Trace } from './trace.js';
export { FaultyFlash, FaultyStore } from './wrappers/faulty-memory.js';
export {
  FaultyClock,
  FaultyEntropy,
  FaultyNetwork,
  FaultyResolver,
  FaultyScanner,
} from './wrappers/faulty-surroundings.js';
export { FaultyTransport } from './wrappers/faulty-transport.js';
export type { BoardName, PersonAction, SimulatedWorld, WorldBroker, WorldGateway } from './world.js';
