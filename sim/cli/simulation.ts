import type { ConnectionFailure } from '../../src/connection/index.js';
import type { Endpoint } from '../../src/hal/index.js';
import { formatName } from '../../src/tags/index.js';
import { startTimer } from '../hal/platform.js';
import type { EngineMeter, GatewayEngine, GatewayEngineHandler } from '../gateway-engine.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { ExitCode, withLoginKeys } from './failures.js';
import { brokerName } from './sim-display.js';
import type { SimDisplay, SimFigures } from './sim-display.js';
import { formatAddress, onInterrupt } from './terminal.js';

const PROGRESS_MILLISECONDS = 1000;

/** One run of `tagwire sim`: what the gateway does is shown, until it has ended. */
export class Simulation implements GatewayEngineHandler {
  private readonly begin = performance.now();
  private engine: GatewayEngine | undefined;
  private memory: EngineMeter | undefined;
  private tags = 0;
  private died = false;
  private stopsOnceConnected = false;
  private done: (() => void) | undefined;

  /**
   * `duration`: seconds; absent: until it is interrupted. `outlives`: what the gateway's store has outlives this
   * process. `settings`: the configuration keys, for what is said of failures.
   */
  constructor(
    private readonly display: SimDisplay,
    private readonly duration: number | undefined,
    private readonly outlives: boolean,
    private readonly settings: RawConfiguration = {},
  ) {}

  /** Runs the gateway to its end, and returns the exit code. */
  async run(engine: GatewayEngine): Promise<number> {
    const { display, duration } = this;
    this.engine = engine;
    const removeListener = onInterrupt(() => {
      display.stopping();
      this.stop();
    });
    process.stdout.on('error', () => this.stop());
    const progress = setInterval(() => void this.showProgress(engine), PROGRESS_MILLISECONDS);
    const end = duration === undefined ? undefined : startTimer(duration * 1000, () => this.stop());
    await new Promise<void>((resolve) => {
      this.done = resolve;
      engine.start();
    });
    clearInterval(progress);
    end?.stop();
    removeListener();
    await this.measure(engine);
    const figures = this.figures(engine);
    const lost = figures.readings - figures.acknowledged - figures.notCarried - figures.persisted;
    display.summary(figures, lost);
    return lost === 0 && !this.died ? ExitCode.success : ExitCode.failure;
  }

  /** Ends in order. */
  stop(): void {
    this.engine?.stop();
  }

  /** Ends in order, but not before the broker was there once: what was heard so far could go nowhere. */
  stopOnceConnected(): void {
    if ((this.engine?.counts.connects ?? 0) > 0) return this.stop();
    this.stopsOnceConnected = true;
    this.display.log('the capture is over; its readings wait for the broker');
  }

  // GatewayEngineHandler

  onConnected(endpoint: Endpoint): void {
    this.display.connected(brokerName(endpoint));
    // The gateway is about to publish what waits; ending it drains that.
    if (this.stopsOnceConnected) this.stop();
  }

  onFailed(failure: ConnectionFailure): void {
    this.display.failed(withLoginKeys(failure, this.settings));
  }

  onTag(address: Uint8Array, rssi: number, format: number): void {
    this.tags++;
    this.display.tag(formatAddress(address), formatName(format), rssi);
  }

  onPublished(packetId: number, payload: Uint8Array): void {
    this.display.reading(packetId, payload);
  }

  onLog(line: string): void {
    this.display.log(line);
  }

  onStopped(): void {
    this.done?.();
  }

  onDied(problem: string): void {
    this.died = true;
    this.display.died(problem);
    this.done?.();
  }

  private async showProgress(engine: GatewayEngine): Promise<void> {
    await this.measure(engine);
    this.display.progress(this.figures(engine));
  }

  /** What was measured last stays when the engine is dead. */
  private async measure(engine: GatewayEngine): Promise<void> {
    this.memory = (await engine.measure()) ?? this.memory;
  }

  private figures(engine: GatewayEngine): SimFigures {
    const { connects, persisted, ...counts } = engine.counts;
    const figures: SimFigures = {
      engine: engine.name,
      seconds: (performance.now() - this.begin) / 1000,
      tags: this.tags,
      ...counts,
      persisted: this.outlives ? persisted : 0,
      droppedBy: engine.drops,
      reconnections: Math.max(0, connects - 1),
    };
    if (this.memory) figures.memory = this.memory;
    return figures;
  }
}
