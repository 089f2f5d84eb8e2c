import { JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { SettingChange } from '../../settings/persisted-settings.js';
import type { CloudDevice } from '../definition.js';
import { ThingPart } from './thing-part.js';

/** The filters of jobs, below their base. */
export const JOB_FILTERS: readonly string[] = Object.freeze(['notify-next', 'start-next/+']);

const EXECUTION = encodeUtf8('execution');
const JOB_ID = encodeUtf8('jobId');
const DOCUMENT = encodeUtf8('jobDocument');
const DETAILS = encodeUtf8('statusDetails');
const STEP = encodeUtf8('step');
const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const CODE = encodeUtf8('code');

/** How far a job is, in its `statusDetails`, which outlive a restart at AWS. */
const RESTARTING = 'restarting';
const TRIAL = 'trial';
/** `UpdateJobExecution`: the longest value of a detail. */
const LONGEST_DETAIL = 1024;

/** `$aws/things/{thing}/jobs/`. */
export function jobBase(thing: string): string {
  return '$aws/things/' + thing + '/jobs/';
}

/**
 * Jobs of AWS IoT: the next one is started at each connection and when AWS tells of it. Its document is a call,
 * `{"method":"reboot"}` or `{"method":"configuration.set","params":{…}}`, as by RPC and with the same rights. Both end
 * after a restart: until then they are `IN_PROGRESS`, and the step is kept in the details at AWS. A job with other
 * documents is `REJECTED`.
 */
export class Jobs extends ThingPart {
  /** What restarts the device when it is acknowledged; 0: nothing. */
  private restartAfter = 0;
  private readonly execution = new JsonValue();
  private readonly value = new JsonValue();
  private readonly params = new JsonValue();
  private readonly inner = new JsonValue();
  private readonly mayRestart: boolean;
  private readonly mayChange: boolean;

  /** `mayRestart`, `mayChange`: what jobs may do. */
  constructor(device: CloudDevice, base: string, mayRestart: boolean, mayChange: boolean) {
    super(device, base, JOB_FILTERS, 'start-next');
    this.mayRestart = mayRestart;
    this.mayChange = mayChange;
  }

  acknowledged(packetId: number): void {
    if (packetId === 0 || packetId !== this.restartAfter) return;
    this.restartAfter = 0;
    this.device.restart();
  }

  stopped(): void {
    this.restartAfter = 0;
  }

  protected take(topic: string, document: JsonValue, now: number): void {
    const { execution, value } = this;
    const isJob = execution.member(document, EXECUTION) && value.member(execution, JOB_ID);
    if (topic === 'notify-next') {
      if (isJob && this.restartAfter === 0) this.ask(now);
    } else if (topic === 'start-next/accepted') {
      this.answered();
      if (isJob && this.restartAfter === 0) this.run(value.toText());
    } else if (topic === 'start-next/rejected') {
      const code = value.member(document, CODE) ? value.toText() : '';
      this.device.notice('AWS IoT Core: jobs, start-next: ' + code);
    }
  }

  private run(id: string): void {
    const { execution, value, params, inner, device } = this;
    const { remote, board } = device;
    const step = inner.member(execution, DETAILS) && value.member(inner, STEP) ? value.toText() : '';
    inner.member(execution, DOCUMENT);
    const method = value.member(inner, METHOD) ? value.toText() : '';
    params.member(inner, PARAMS);
    try {
      if (method === 'reboot') {
        if (step === RESTARTING) return this.end(id, 'SUCCEEDED', '');
        if (!this.mayRestart) throw new RangeError('reboot is allowed with rpcAccess=operate or all only');
        if (!board.restart) throw new RangeError('this device cannot restart');
        this.begin(id, RESTARTING);
      } else if (method === 'configuration.set') {
        if (!this.mayChange || !remote) throw new RangeError('configuration.set is allowed with rpcAccess=all only');
        const changes = this.changes();
        if (changes.length === 0) return this.end(id, 'SUCCEEDED', '');
        if (step === TRIAL) throw new RangeError('the device did not connect with these values, and went back');
        if (!board.restart) throw new RangeError('this device cannot restart, which new values need');
        remote.try(changes, this.overTls);
        this.begin(id, TRIAL);
      } else {
        this.end(id, 'REJECTED', 'method must be reboot or configuration.set');
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.end(id, 'FAILED', error.message);
    }
  }

  /** The params that are not so already. Throws a RangeError of one line. */
  private changes(): SettingChange[] {
    const { value, params } = this;
    const remote = this.device.remote!;
    const changes: SettingChange[] = [];
    let count = 0;
    for (let found = value.first(params); found; found = value.next()) {
      const name = value.nameText();
      const { kind } = value;
      if (kind === JsonKind.object || kind === JsonKind.array) {
        throw new RangeError(name + ' must be text, a number, true, false or null');
      }
      const text = kind === JsonKind.null ? undefined : value.toText();
      const current = remote.show(name)[0]![1];
      if (text !== current) changes.push({ name, value: text });
      count++;
    }
    if (count === 0) throw new RangeError('params must be {"key": value, …}');
    return changes;
  }

  private begin(id: string, step: string): void {
    this.restartAfter = this.update(id, { status: 'IN_PROGRESS', statusDetails: { step } });
  }

  private end(id: string, status: string, reason: string): void {
    const statusDetails = reason === '' ? {} : { reason: reason.substring(0, LONGEST_DETAIL) };
    this.update(id, { status, statusDetails });
  }

  private update(id: string, document: object): number {
    return this.publish(id + '/update', document);
  }
}
