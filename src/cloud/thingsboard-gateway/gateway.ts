import { COMMA, put, putByte } from '../../bytes/json-writer.js';
import type { Connection } from '../../connection/index.js';
import type { Clock } from '../../hal/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import type { BatchWriter } from '../batch.js';
import { ThingsBoardTagProfile } from '../thingsboard/thingsboard-tags.js';
import { hasValues, writeTelemetry } from '../thingsboard/values.js';
import { DeviceFlag } from './devices.js';
import type { GatewaySession } from './session.js';

const TELEMETRY = encodeUtf8('v1/gateway/telemetry');
const OPEN = 0x7b;
const LIST = encodeUtf8(':[');
const END = encodeUtf8(']}');
const NOWHERE = new Uint8Array(0);

/** A gateway of ThingsBoard: each tag that has a name is a device, and its telemetry is that device's. */
export class GatewayProfile extends ThingsBoardTagProfile {
  override readonly name: string = 'thingsboard-gateway';

  private readonly gateway: GatewaySession;

  constructor(session: GatewaySession, clock: Clock, batch: BatchWriter, batchWait: number) {
    super(session, clock, batch, batchWait);
    this.gateway = session;
  }

  override introduce(report: Report, connection: Connection, now: number): boolean {
    const { gateway } = this;
    const { devices } = gateway;
    const device = devices.note(report.address);
    if (devices.isSilent(device)) return true;
    const isReading = report.kind === ReportKind.reading;
    if (report.kind !== ReportKind.away) devices.flags[device]! &= ~DeviceFlag.leaving;
    if (isReading && devices.formats[device] === 0) devices.formats[device] = report.reading.format;
    if (!gateway.connect(device, connection, now)) return false;
    return super.introduce(report, connection, now);
  }

  /** Nothing for a tag without a name, since ThingsBoard would make a device of it. */
  override messages(report: Report): number {
    const { devices } = this.gateway;
    return devices.isSilent(devices.find(report.address)) || !hasValues(report) ? 0 : 1;
  }

  override writeTopic(_report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const at = put(TELEMETRY, into, from, to);
    return at < 0 ? -1 : at - from;
  }

  override writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return this.batch.begin(report, into, from, to) ? this.batch.end() : -1;
  }
}

/** Reports of one device in one message: `{"Cold store":[{"ts":1790000000000,"values":{"temperature":23.38}}]}`. */
export class GatewayBatch implements BatchWriter {
  readonly maxReports: number;

  private readonly session: GatewaySession;
  private readonly address = new Uint8Array(ADDRESS_SIZE);
  private into: Uint8Array = NOWHERE;
  private from = 0;
  private at = 0;
  private to = 0;
  private count = 0;

  constructor(maxReports: number, session: GatewaySession) {
    this.maxReports = maxReports;
    this.session = session;
  }

  begin(report: Report, into: Uint8Array, from: number, to: number): boolean {
    const { devices, limits } = this.session;
    const most = from + limits.maxPayload;
    if (most < to) to = most;
    if (to > into.length) to = into.length;
    this.into = into;
    this.from = from;
    this.to = to - END.length;
    this.count = 0;
    for (let i = 0; i < ADDRESS_SIZE; i++) this.address[i] = report.address[i]!;
    const device = devices.note(report.address);
    let at = putByte(OPEN, into, from, this.to);
    at = put(LIST, into, devices.putName(device, report.address, into, at, this.to), this.to);
    this.at = at;
    return at >= 0 && this.add(report);
  }

  add(report: Report): boolean {
    const { into, address, to } = this;
    if (this.count >= this.maxReports) return false;
    for (let i = 0; i < ADDRESS_SIZE; i++) if (address[i] !== report.address[i]) return false;
    const at = this.count === 0 ? this.at : putByte(COMMA, into, this.at, to);
    const end = at < 0 ? -1 : writeTelemetry(report, false, into, at, to);
    if (end < 0) return false;
    this.at = end;
    this.count++;
    if (report.kind === ReportKind.away) {
      const { devices } = this.session;
      devices.flags[devices.find(address)]! |= DeviceFlag.leaving;
    }
    return true;
  }

  end(): number {
    this.into.set(END, this.at);
    return this.at + END.length - this.from;
  }
}
