import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BadInput } from '../bad-input.js';
import type { FleetFigures } from './fleet.js';
import { Histogram } from './histogram.js';
import type { HistogramRecord } from './histogram.js';

const HOST = '127.0.0.1';
const PREFIX = 'tagwire_fleet_';
/** Upper ends of buckets, seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The figures of a fleet in the text format of Prometheus (version 0.0.4), at `/metrics` of a port on loopback. */
export class MetricsServer {
  private constructor(private readonly server: Server) {}

  /**
   * `port`: 0 takes a free one. `labels`: of all metrics. Throws `BadInput` when the port cannot be had.
   */
  static async open(
    port: number,
    labels: Readonly<Record<string, string>>,
    measure: () => Promise<FleetFigures>,
  ): Promise<MetricsServer> {
    const server = createServer((request, response) => {
      answer(request, response, labels, measure).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code ?? error.message})`;
        reject(new BadInput(`--metrics: port ${port} ${why}; name another one, or 0 for a free one`));
      });
      server.listen(port, HOST, resolve);
    });
    return new MetricsServer(server);
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}/metrics`;
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    return closed;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  labels: Readonly<Record<string, string>>,
  measure: () => Promise<FleetFigures>,
): Promise<void> {
  const end = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
  };
  // A page of another origin whose name leads here, too, has another Host.
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? '')) return end(403, 'forbidden host\n');
  if (request.url !== '/metrics') return end(404, 'not found; metrics are at /metrics\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'method must be GET or HEAD\n');
  return end(200, metricsText(await measure(), labels));
}

/** The page for Prometheus. */
export function metricsText(figures: FleetFigures, labels: Readonly<Record<string, string>> = {}): string {
  const { devices, subscriber } = figures;
  const page = new MetricsPage(labels);
  page.number('devices', 'gauge', 'Devices of this process.', devices.devices);
  page.number('started', 'gauge', 'Devices that were told to connect.', devices.started);
  page.number('connected', 'gauge', 'Devices that have a connection.', devices.connected);
  page.number('connects_total', 'counter', 'Connections that the broker accepted.', devices.connects);
  page.number('refused_total', 'counter', 'CONNECTs that the broker refused.', devices.refused);
  page.number('failed_total', 'counter', 'Attempts that failed otherwise, and connections that ended.', devices.failed);
  page.number('readings_total', 'counter', 'Readings that devices made.', devices.readings);
  page.number('published_total', 'counter', 'Readings that were published.', devices.published);
  page.number('acknowledged_total', 'counter', 'Readings that the broker acknowledged.', devices.acknowledged);
  page.number('dropped_total', 'counter', 'Readings that devices dropped.', devices.dropped);
  page.number('waiting', 'gauge', 'Readings in outboxes.', devices.waiting);
  page.number('in_flight', 'gauge', 'Readings that wait for their PUBACK.', devices.inFlight);
  page.number('faults_total', 'counter', 'Faults that happened to devices.', devices.faults);
  page.histogram('acknowledgement_seconds', 'From PUBLISH to PUBACK.', [['', figures.acknowledgement]]);
  if (subscriber) {
    page.number('received_total', 'counter', 'Readings that the subscriber received first.', subscriber.received);
    page.number('duplicates_total', 'counter', 'Readings that it received again.', subscriber.duplicates);
    page.number('subscriber_connected', 'gauge', '1 while the subscriber has a connection.', +subscriber.connected);
    page.histogram('delivery_seconds', 'From the time in the payload to the subscriber.', [['', subscriber.delivery]]);
  }
  page.histogram('event_loop_delay_seconds', 'How late the event loops of the load generator were.', [
    ['devices', figures.loop.delay],
    ...(subscriber ? [['subscriber', subscriber.loop.delay] as const] : []),
  ]);
  page.histogram('timer_lag_seconds', 'How late timers of devices fired.', [['', figures.lag]]);
  page.number('memory_bytes', 'gauge', 'Resident memory of the process.', figures.memory);
  page.number('cpu_seconds_total', 'counter', 'Processor time since the start.', figures.cpuSeconds);
  return page.text;
}

class MetricsPage {
  text = '';

  constructor(private readonly labels: Readonly<Record<string, string>>) {}

  number(name: string, type: 'gauge' | 'counter', help: string, value: number): void {
    this.head(name, type, help);
    this.line(name, {}, value);
  }

  /** One histogram, or several with a label `thread`. */
  histogram(name: string, help: string, records: readonly (readonly [thread: string, HistogramRecord])[]): void {
    this.head(name, 'histogram', help);
    for (const [thread, record] of records) {
      const labels: Record<string, string> = thread === '' ? {} : { thread };
      const histogram = Histogram.sum([record]);
      for (const le of BUCKETS) {
        this.line(`${name}_bucket`, { ...labels, le: String(le) }, histogram.countUpTo(le * 1000));
      }
      this.line(`${name}_bucket`, { ...labels, le: '+Inf' }, histogram.count);
      this.line(`${name}_sum`, labels, histogram.count === 0 ? 0 : (histogram.mean * histogram.count) / 1000);
      this.line(`${name}_count`, labels, histogram.count);
    }
  }

  private head(name: string, type: string, help: string): void {
    this.text += `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`;
  }

  private line(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const all = Object.entries({ ...this.labels, ...labels }).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    this.text += `${PREFIX}${name}${all.length > 0 ? `{${all.join(',')}}` : ''} ${value}\n`;
  }
}

const escapeLabel = (text: string): string =>
  text.replaceAll(/["\\\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
