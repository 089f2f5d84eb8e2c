/**
 * What a dashboard's server and its page tell each other: JSON texts, one in each WebSocket frame. Times are
 * milliseconds since 1970 on the clock of what is shown, which in a simulation is virtual. Nothing here needs a browser
 * or Node.
 */

/** Goes up when an older page does not understand a newer server. */
export const PROTOCOL = 1;

/**
 * The page is at `http://127.0.0.1:PORT/#TOKEN`. It opens a WebSocket at this path of its own origin with two
 * subprotocols, `SUBPROTOCOL`, which the server chooses, and the token, which so is in no address and in no log:
 * `new WebSocket(url, [SUBPROTOCOL, token])`.
 */
export const SOCKET_PATH = '/socket';
export const SUBPROTOCOL = 'tagwire';

/** The most characters of a request, and of one with the name `replay`. In a long one `id` and `name` come first. */
export const LONGEST_REQUEST = 1024 * 1024;
export const LONGEST_REPLAY = 64 * 1024 * 1024;

/** Why the server closed a WebSocket; its text says more. After all others it makes sense to connect again. */
export const CLOSED = {
  /** The token is that of another run, or there is none: people have to open the address that the command printed. */
  token: 4001,
  /** So many pages are open already. */
  full: 4002,
  /** The page sent what no page sends. */
  rubbish: 4003,
  /** The page did not read what it was sent, or did not answer to pings. */
  deaf: 4004,
  /** The command has ended. */
  ended: 4005,
} as const;

/** What stands behind the page. */
export type SourceKind = 'simulation' | 'replay' | 'topics' | 'fleet';

// From the server to the page

/** The first text after the connection is open; again when another world is loaded. The page forgets what it had. */
export interface Hello {
  readonly type: 'hello';
  readonly protocol: number;
  readonly version: string;
  readonly source: SourceKind;
  /** For people: the name of the world, or of the broker. */
  readonly title: string;
  /** What can be asked for; controls that are not listed are absent from the page. */
  readonly controls: readonly ControlName[];
  /** Worlds that `loadWorld` takes. */
  readonly worlds: readonly string[];
  /** Faults that `fault` takes. */
  readonly faults: readonly FaultForm[];
  /** Formats that `addTag` takes. */
  readonly formats: readonly string[];
  readonly gateways: readonly GatewayPlace[];
  readonly walls: readonly WallPlace[];
  /** Where a client of one's own reaches the broker of the simulation; absent: nowhere. */
  readonly brokerUrl?: string;
  /** For people: what more the page could show, and how; absent: it shows all it can. */
  readonly more?: string;
}

/** A row of the table of faults. */
export interface FaultForm {
  readonly kind: string;
  /** For people: what happens. */
  readonly what: string;
  /** It lasts for a time; else it happens at a moment. */
  readonly lasts: boolean;
  /** By name, with the value that is taken when none is given. */
  readonly parameters: { readonly [name: string]: string };
}

export interface GatewayPlace {
  readonly name: string;
  readonly board: string;
  /** Metres; absent where it is not known. */
  readonly position?: readonly [number, number];
  /** What its board's firmware holds on XS by measurement, not live; absent: that is not known, or is live. */
  readonly measured?: {
    readonly meters: readonly Meter[];
    /** For people: what was measured, with which budget. */
    readonly text: string;
  };
}

/** A wall of the floor plan, metres. */
export interface WallPlace {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** About four times a second: what is as it is now. `gateways` by their places in `Hello`. */
export interface StateUpdate {
  readonly type: 'state';
  readonly now: number;
  /** Virtual time in real time; 0: paused; Infinity is 1e9. Absent where time is real. */
  readonly speed?: number;
  readonly gateways: readonly GatewayState[];
  readonly brokers: readonly BrokerState[];
  readonly faults: readonly ActiveFault[];
}

/** What a gateway tells; what is not known is absent. */
export interface GatewayState {
  readonly powered: boolean;
  /** For people, of a real device: what its status topic told last, and when it was heard. */
  readonly status?: string;
  readonly engine?: string;
  readonly version?: string;
  /** `ConnectionState` and `SessionState` of src. */
  readonly connection?: number;
  readonly session?: number;
  /** States entered since the last such text, oldest first; absent: not observed, and the page infers the way. */
  readonly entered?: readonly { readonly time: number; readonly connection?: number; readonly session?: number }[];
  readonly broker?: string;
  /** When the next attempt to connect is made. */
  readonly retryAt?: number;
  /** Since its start, milliseconds. */
  readonly uptime?: number;
  /** In plain words. */
  readonly lastError?: { readonly time: number; readonly text: string };
  readonly wifi?: { readonly up: boolean; readonly rssi?: number };
  /** What the clock of the device says when it is not the time of the world, milliseconds ahead. */
  readonly clockAhead?: number;
  readonly meters: readonly Meter[];
  /** Reports that were dropped since the start, by reason. */
  readonly drops: { readonly [reason: string]: number };
  readonly counts: {
    readonly advertisements?: number;
    readonly readings?: number;
    readonly acknowledged?: number;
    readonly connects?: number;
    readonly restarts?: number;
  };
  /** The policies in force, as text. */
  readonly policies?: string;
  /** Its firmware in lockstep on XS, the engine of the chip; absent: it runs on none. */
  readonly xs?: {
    readonly meters: readonly Meter[];
    /** For people: what is counted, or why it is no more. */
    readonly text: string;
    readonly failed?: true;
  };
}

/** A quantity with a maximum. */
export interface Meter {
  /** Stable, for history: 'chunks', 'slots', 'arena', 'inFlight', 'outboxMemory', 'outboxFlash', 'wear', 'tags', … */
  readonly id: string;
  /** For people, such as "transmit arena". */
  readonly name: string;
  readonly value: number;
  /** Absent: there is none. */
  readonly maximum?: number;
  /** 'B', 'reports', '%', … */
  readonly unit: string;
}

export interface BrokerState {
  readonly name: string;
  readonly up: boolean;
  /** For people, where the dashboard is a client of it: how that connection stands. */
  readonly text?: string;
  readonly sessions?: number;
  readonly messages?: number;
}

export interface ActiveFault {
  /** For `heal`. */
  readonly id: number;
  readonly text: string;
  /** Absent: until it is healed. */
  readonly endsAt?: number;
}

/** Tags that changed, at most four times a second; the first one after `Hello` has all of them. */
export interface TagsUpdate {
  readonly type: 'tags';
  readonly tags: readonly TagState[];
  /** Identifiers of tags that are no longer there. */
  readonly removed?: readonly string[];
}

/** How a gateway hears a tag. */
export interface HeardAt {
  /** Its place. */
  readonly gateway: number;
  /** The last dBm. */
  readonly rssi: number;
  readonly at: number;
  /** Advertisements. */
  readonly count: number;
}

export interface TagState {
  /** The address, `AA:BB:…`; with the format where one address sends several. */
  readonly id: string;
  readonly address: string;
  readonly name: string;
  readonly format: string;
  readonly heard: readonly HeardAt[];
  /** Metres; absent where it is not known. */
  readonly position?: readonly [number, number];
  readonly fields: readonly FieldValue[];
  readonly presence?: 'here' | 'away';
  /** When it is reported at the latest, if it is heard then. */
  readonly heartbeatAt?: number;
  /** Reports since the start. */
  readonly reports?: number;
  /** Tags of a simulation: what the controls set. */
  readonly temperature?: number;
  readonly battery?: number;
  /** It has a button. */
  readonly button?: boolean;
  readonly silent?: boolean;
}

export interface FieldValue {
  readonly name: string;
  readonly value: number | string | boolean;
  readonly unit?: string;
}

/** Messages since the last such text. */
export interface MessagesUpdate {
  readonly type: 'messages';
  readonly messages: readonly MessageSeen[];
  /** Messages that were seen and are not told, since there were too many. */
  readonly left?: number;
}

export interface MessageSeen {
  /** Counts up from 1. */
  readonly id: number;
  readonly time: number;
  /** Place of the gateway; absent: of somebody else. */
  readonly gateway?: number;
  readonly direction: 'up' | 'down';
  readonly topic: string;
  /** As text when it is UTF-8, else as `hex`; of more than 4,096 bytes the first ones. */
  readonly payload: string;
  readonly hex?: true;
  readonly length: number;
  /** What a payload that is no plain text says, for people: CBOR as JSON, or that it is sealed. */
  readonly meaning?: string;
  readonly qos: number;
  readonly retain?: true;
  readonly dup?: true;
}

/** PUBACKs of messages that were told. */
export interface Acknowledgements {
  readonly type: 'acknowledged';
  /** `id` of the message, and milliseconds after it was published. */
  readonly messages: readonly { readonly id: number; readonly after: number }[];
}

/** New points of readings. */
export interface ReadingsUpdate {
  readonly type: 'readings';
  readonly readings: readonly { readonly tag: string; readonly time: number; readonly fields: readonly FieldValue[] }[];
}

export interface LogUpdate {
  readonly type: 'log';
  readonly lines: readonly {
    readonly time: number;
    readonly gateway?: number;
    /** `world`: what the simulation did, such as a fault. */
    readonly kind: 'device' | 'world' | 'broken';
    readonly text: string;
  }[];
}

/** What a device's console printed. */
export interface ConsoleOutput {
  readonly type: 'console';
  readonly gateway: number;
  readonly text: string;
}

/** The answer to a request. */
export interface Answer {
  readonly type: 'answer';
  readonly id: number;
  /** Absent: it was done. In one line: what is wrong, where, and what is allowed. */
  readonly error?: string;
  /** Of `why`. */
  readonly why?: Why;
  /** Of `call`: what the device answered, as JSON. */
  readonly result?: string;
}

/** What a gateway decided about the last advertisements of a tag, newest first. */
export interface Why {
  readonly tag: string;
  readonly gateway: number;
  /** The rule of its policy, as text. */
  readonly policy?: string;
  readonly decisions: readonly Decision[];
}

export interface Decision {
  readonly time: number;
  readonly rssi: number;
  readonly hex: string;
  readonly reported: boolean;
  /** The step that decided: the filter, decoding, the table of tags, the policy, or the outbox. */
  readonly step: 'filter' | 'decode' | 'table' | 'policy' | 'outbox';
  /** The name of the filter's reason, or of the cause, as the firmware has it. */
  readonly cause: string;
  /** In plain words, with values: "temperature changed by 0.3 °C, delta 0.2". */
  readonly text: string;
  readonly fields: readonly FieldValue[];
}

/** Gateways that changed, for the view of a fleet. */
export interface FleetUpdate {
  readonly type: 'fleet';
  readonly gateways: readonly FleetGateway[];
  /** All of them. */
  readonly total: number;
}

export interface FleetGateway {
  readonly name: string;
  /** Absent: it was never told. */
  readonly online?: boolean;
  readonly board?: string;
  readonly version?: string;
  readonly lastHeard: number;
  /** In plain words, where it is stuck: "no reading since 10 min, outbox 812"; absent: it is not. */
  readonly stuck?: string;
  /** At which stage: the first of them that `stuck` names. */
  readonly stage?: FleetStage;
  /** Since its start, milliseconds. */
  readonly uptime?: number;
  readonly outbox?: number;
  readonly dropped?: number;
  readonly tags?: number;
  /** Of its Wi-Fi, dBm. */
  readonly rssi?: number;
  /** Milliseconds that its clock is ahead, at least; negative: behind, by that less the delay of its messages. */
  readonly clockError?: number;
  /** Until its flash is worn out, at the rate that was seen; absent: nothing was erased, or nobody told. */
  readonly wearHours?: number;
  /** Reports that came again with an `id` that had been seen; absent: its payloads have none. */
  readonly duplicates?: number;
  /** Reports that were heard from it. */
  readonly readings: number;
}

/**
 * Where a gateway is stuck, from the network inwards: not at the broker; at the broker, but without a sign of life;
 * alive, but nothing leaves; more comes in than leaves; nothing is heard of tags; readings without a time.
 */
export type FleetStage = 'offline' | 'silent' | 'sending' | 'outbox' | 'scanner' | 'clock';

/** How a gateway of a fleet hears a tag. */
export interface CoverageAt {
  readonly name: string;
  readonly rssi: number;
  readonly at: number;
  readonly readings: number;
}

/** Who hears a tag, and how well, for the view of a fleet. */
export interface CoverageUpdate {
  readonly type: 'coverage';
  readonly tags: readonly {
    readonly address: string;
    readonly gateways: readonly CoverageAt[];
  }[];
  /** Addresses of tags that are told no more: too many others were heard since. */
  readonly removed?: readonly string[];
}

export type ToPage =
  | Hello
  | StateUpdate
  | TagsUpdate
  | MessagesUpdate
  | Acknowledgements
  | ReadingsUpdate
  | LogUpdate
  | ConsoleOutput
  | Answer
  | FleetUpdate
  | CoverageUpdate;

// From the page to the server

/** Each has its parameters in `ControlParameters`. */
export type ControlName = keyof ControlParameters;

/** What a person does on the page. */
export interface ControlParameters {
  /** Pulls the Wi-Fi of a gateway, or gives it back. */
  wifi: { gateway: number; on: boolean };
  /** `kill`: it is gone until `start`. */
  broker: { broker: number; action: 'restart' | 'kill' | 'start'; keepSessions?: boolean };
  /** Installs a fault now, in the text of `--faults` without its time: `slow+1m bytes=1`. */
  fault: { text: string };
  /** Ends a fault early. */
  heal: { id: number };
  powerCut: { gateway: number; off?: number };
  /** Milliseconds, either way. */
  clockJump: { gateway: number; by: number };
  pressButton: { tag: string };
  /** Metres. */
  moveTag: { tag: string; position: [number, number] };
  /** °C. */
  warmTag: { tag: string; temperature: number };
  /** Percent. */
  tagBattery: { tag: string; percent: number };
  addTag: { format: string; name?: string; position: [number, number] };
  removeTag: { tag: string };
  /** Policies as text; the answer names what is wrong and where. */
  policies: { gateway: number; text: string };
  /** 0 pauses; at most 1e9, which is as fast as possible. */
  speed: { speed: number };
  loadWorld: { world: string; seed?: number };
  /** A recording of `--record`, in base64; `''` goes back to the world. */
  replay: { recording: string };
  /** Keys for a device's serial console, as they are typed. */
  type: { gateway: number; text: string };
  /** A call by RPC. */
  call: { gateway: number; method: string; params: unknown };
  why: { tag: string; gateway?: number };
}

/** A request: `name` with its parameters; `Answer` has the same `id`. */
export type Request = {
  [Name in ControlName]: { readonly id: number; readonly name: Name; readonly parameters: ControlParameters[Name] };
}[ControlName];
