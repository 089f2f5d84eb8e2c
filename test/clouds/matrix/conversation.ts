import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { NodeCiphers } from '../../../sim/hal/index.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import type { CloudDefinition, CloudLimits } from '../../../src/cloud/index.js';
import { Firmware, makeTagReporter } from '../../../src/device/index.js';
import type { Outbox } from '../../../src/telemetry/outbox/outbox.js';
import { makeRpc } from '../../../src/rpc/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { VirtualBoard } from '../../device/virtual-board.js';
import { decode } from '../sparkplug/decode.js';
import { configurationOf, PROFILES } from './profiles.js';
import type { ProfileCase } from './profiles.js';
import { makeCloud } from './ruled-cloud.js';
import type { Answer, CloudTime, VirtualCloud } from './virtual-cloud.js';

const MQTTS = 8883;

export interface ConversationOptions {
  /** Configuration keys beside those of the example. */
  raw?: RawConfiguration;
  /** The limits of the cloud are not checked at start. */
  unchecked?: boolean;
  /** What the device believes of the limits of the cloud, for its pace. Default: what they are. */
  believed?: CloudLimits;
  /** What the cloud enforces. Default: its limits. */
  limits?: CloudLimits;
  /** What the cloud says to messages. Default: as the profile has it. */
  answer?: Answer;
  /** The clock of the device is ahead of that of the cloud by so many milliseconds. */
  clockAhead?: number;
  /** At the cut, instead of it: the firmware stops and starts again. */
  restarts?: boolean;
  /** Another cloud than that of the profile. */
  makeCloud?(time: CloudTime): VirtualCloud;
  /** Hosts at which it is as well, at port 8883. */
  hosts?: readonly string[];
  /** Called before the first connection. */
  prepare?(cloud: VirtualCloud): void;
}

/** The firmware with one profile, in virtual time, against an emulation of its cloud's contract. */
export class Conversation {
  readonly virtual = new VirtualBoard();
  readonly cloud: VirtualCloud;
  readonly profile: ProfileCase;
  /** Reports for which the cloud has no place, and all that were made, over restarts. */
  notCarried = 0;
  appended = 0;
  /** Reports that left the outbox in no such way. */
  lost = 0;
  firmware: Firmware;

  private isOver = false;

  constructor(
    readonly name: string,
    private readonly options: ConversationOptions = {},
  ) {
    const { virtual } = this;
    this.profile = PROFILES[name]!;
    const { platform } = virtual;
    const time = {
      now: () => platform.time.now(),
      later: (milliseconds: number, callback: () => void) => platform.later(milliseconds, callback),
    };
    const { gateway } = { ...configurationOf(name), ...options.raw };
    this.cloud = options.makeCloud?.(time) ?? makeCloud(name, time, String(gateway), options.limits, options.answer);
    const { points } = this.profile;
    if (points) this.cloud.pointsOf = ({ payload }) => points(Buffer.from(payload));
    this.cloud.punishments = this.profile.punishments ?? {};
    options.prepare?.(this.cloud);
    virtual.clockAhead = options.clockAhead ?? 0;
    const { transport } = platform;
    const open = transport.open.bind(transport);
    transport.open = (address, endpoint, handler) => {
      this.cloud.endpoint = endpoint;
      open(address, endpoint, handler);
    };
    for (const { host, port } of this.parse().connection.endpoints) virtual.platform.listen(host, port, this.cloud);
    for (const host of options.hosts ?? []) virtual.platform.listen(host, MQTTS, this.cloud);
    this.firmware = this.launch();
    if (!options.restarts) return;
    this.cloud.atCut = () => {
      virtual.platform.later(0, () => {
        this.firmware.stop();
        this.isOver = true;
      });
    };
  }

  /** Answers of the device to `ProfileCase.call`. */
  get answers(): number {
    const { call } = this.profile;
    return call ? this.cloud.taken.filter(({ topic }) => call.answer.test(topic)).length : 0;
  }

  /** Lets virtual time pass; a firmware that was stopped at the cut starts again. */
  wait(milliseconds: number): void {
    this.virtual.run(milliseconds);
    if (!this.isOver) return;
    this.isOver = false;
    this.virtual.run(30_000);
    this.settle();
    this.cloud.forgetSession();
    this.firmware = this.launch();
    this.virtual.run(5000);
  }

  hear(address: string, advertisement: string): void {
    this.virtual.scanner.hear(address, advertisement);
  }

  /** The cloud calls the device. Who calls hears nothing of a call that was lost, and calls again. */
  call(): void {
    const { call } = this.profile;
    for (let tries = 0; call && tries < 5 && this.answers === 0; tries++) {
      this.cloud.say(call.topic, call.payload, 1);
      this.wait(10_000);
    }
  }

  /** The device stops in order. */
  end(): void {
    this.wait(60_000);
    this.firmware.stop();
    this.virtual.run(30_000);
    this.settle();
  }

  private launch(): Firmware {
    const board = { ...this.virtual.board(), ciphers: new NodeCiphers() };
    const { believed } = this.options;
    const clouds = CLOUDS.map((each) =>
      believed && each.name === this.name
        ? (Object.create(each, { limits: { value: believed } }) as CloudDefinition)
        : each,
    );
    return Firmware.launch(this.parse(), board, { clouds, makeReporter: makeTagReporter, makeRpc });
  }

  private parse(): ReturnType<typeof parseForDesktop> {
    const { raw, unchecked = false } = this.options;
    return parseForDesktop({ ...configurationOf(this.name), ...raw }, unchecked);
  }

  private settle(): void {
    const outbox: Outbox = this.firmware.gateway.reporter!.outbox;
    this.notCarried += outbox.notCarriedCount;
    this.appended += outbox.appendedCount;
    this.lost += outbox.appendedCount - outbox.acknowledgedCount - outbox.notCarriedCount;
  }
}

/** A reading as the cloud took it. */
export interface TakenReading {
  /** Its temperature, in hundredths of a degree. */
  temperature: number;
  connection: number;
  /** `topic payload`. */
  text: string;
}

/** The readings that the cloud took, in order. */
export function readingsOf({ cloud, profile }: Conversation): TakenReading[] {
  const readings: TakenReading[] = [];
  for (const { topic, payload, connection } of cloud.taken) {
    if (!profile.readings.test(topic)) continue;
    for (const temperature of profile.temperatures(payload)) {
      const isKnown = readings.some((reading) => reading.temperature === temperature);
      if (isKnown && profile.births?.test(topic)) continue;
      readings.push({ temperature, connection, text: `${topic} ${payload.toString()}` });
    }
  }
  return readings;
}

/** All that the cloud took, as `topic payload`; Protocol Buffers as JSON. */
export function textsOf({ cloud }: Conversation): string[] {
  return cloud.taken.map(({ topic, payload }) => {
    const isBinary = payload.some((byte) => byte < 0x20);
    return `${topic} ${isBinary ? JSON.stringify(decode(payload)) : payload.toString()}`;
  });
}

export function definitionOf(name: string): CloudDefinition {
  return CLOUDS.find((each) => each.name === name)!;
}
