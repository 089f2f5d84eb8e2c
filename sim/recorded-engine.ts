import type { Endpoint } from '../src/hal/index.js';
import type { DropCounts, EngineMeter, GatewayCounts, GatewayEngine } from './gateway-engine.js';
import { EndCause } from './virtual/recording/recording-file.js';
import type { RecordTap } from './virtual/recording/recorder.js';
import type { TappedStart } from './virtual/recording/tap.js';
import { EventCode } from './virtual/recording/tape.js';

/** An engine whose gateway is recorded from its start to its end. */
export class RecordedEngine implements GatewayEngine {
  readonly name;

  /** `engine` runs a gateway on the board that `recording` has made for `start`. */
  constructor(
    private readonly engine: GatewayEngine,
    private readonly recording: RecordTap,
    private readonly tapped: TappedStart,
  ) {
    this.name = engine.name;
    recording.launched(tapped);
  }

  get endpoint(): Endpoint {
    return this.engine.endpoint;
  }

  get counts(): GatewayCounts {
    return this.engine.counts;
  }

  get drops(): DropCounts {
    return this.engine.drops;
  }

  start(): void {
    this.recording.tell(this.tapped, EventCode.start, () => this.engine.start());
  }

  stop(): void {
    this.recording.tell(this.tapped, EventCode.stop, () => this.engine.stop());
  }

  measure(): Promise<EngineMeter | undefined> {
    return this.engine.measure();
  }

  /** What it does to end is no part of the recording. */
  end(): Promise<void> {
    this.recording.ended(this.tapped, EndCause.stopped);
    return this.engine.end();
  }
}
