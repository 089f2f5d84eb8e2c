import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../sim/cli/configuration-file.js';
import { NodeCiphers } from '../../sim/hal/ciphers.js';
import { CLOUDS, PlainTagProfile } from '../../src/cloud/index.js';
import type { CloudLogin, GatewayHost, GatewayPart } from '../../src/cloud/index.js';
import { Firmware, Gateway, makeTagReporter, TagReporter } from '../../src/device/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

const ignore = (): void => undefined;
const REFUSED = 0x80;

/** A part that subscribes, and writes down what it hears. */
class Witness implements GatewayPart {
  deadline = Infinity;
  readonly heard: string[] = [];

  constructor(private readonly filters: string[] = []) {}

  start(_now: number, host: GatewayHost): void {
    this.heard.push('start');
    for (const filter of this.filters) host.connection.subscribe(encodeUtf8(filter), 1);
  }

  tick(): void {}

  connected(): void {
    this.heard.push('connected');
  }

  disconnected(): void {
    this.heard.push('disconnected');
  }

  stopped(): void {
    this.heard.push('stopped');
  }

  subscribed(filter: Uint8Array, returnCode: number): void {
    this.heard.push(`${Buffer.from(filter).toString()} ${returnCode}`);
  }
}

function start(part: Witness, login?: CloudLogin, notice?: string) {
  const virtual = new VirtualBoard();
  const board = virtual.board();
  const profile = new PlainTagProfile({ gateway: 'shed' });
  const options = {
    connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }], keepAliveSeconds: 0 },
    rules: [{ minimumInterval: 0, maximumInterval: 0 }],
    identity: { firmware: '1', board: 'virtual', ...(notice !== undefined && { notice }) },
    profile,
    ...(login && { login }),
  };
  const notices: string[] = [];
  const handler = {
    onConnected: ignore,
    onFailed: ignore,
    onStopped: ignore,
    onNotice: (text: string) => notices.push(text),
  };
  const reporter = new TagReporter(options, board, { onTag: ignore, onPublished: ignore, onNotice: ignore });
  const gateway = new Gateway(options, board, handler, reporter, [part]);
  gateway.start();
  /** The notices of the statuses that were published. */
  const told = (): unknown[] =>
    (virtual.broker.all('publish') as IPublishPacket[])
      .filter(({ topic }) => topic === 'tagwire/shed/status')
      .map(({ payload }) => (JSON.parse(payload.toString()) as { notice?: string }).notice);
  return { virtual, gateway, notices, told };
}

describe('a part hears connected and disconnected in turn', () => {
  it('when the connection is lost, attempts fail, and the gateway stops', () => {
    const part = new Witness();
    const { virtual, gateway } = start(part);
    virtual.run(1000);
    virtual.broker.returnCode = 3;
    virtual.broker.drop();
    virtual.run(60_000);
    virtual.broker.returnCode = 0;
    virtual.run(60_000);
    gateway.stop();
    virtual.run(1000);
    expect(part.heard).toEqual(['start', 'connected', 'disconnected', 'connected', 'disconnected', 'stopped']);
  });

  it('when credentials are renewed', () => {
    const login = { renewAt: 5000, prepare: (_options: object, now: number) => void (login.renewAt = now + 5000) };
    const part = new Witness();
    const { virtual, gateway } = start(part, login);
    virtual.run(12_000);
    gateway.close();
    const turns = ['connected', 'disconnected'];
    expect(part.heard).toEqual(['start', ...turns, ...turns, ...turns, 'stopped']);
  });
});

describe('a filter that the broker refuses', () => {
  const line = (filter: string): string =>
    `subscription refused: ${filter}: nothing is received there; allow it for this client at the broker, or turn off ` +
    'what needs it; it is asked for again, at the latest every 10 minutes';

  it('is told to the parts, to people, and in the status, until it is granted', () => {
    const part = new Witness(['calls/+', 'answers/+']);
    const { virtual, notices, told } = start(part);
    let refused = REFUSED;
    virtual.broker.grants = () => refused;
    virtual.run(1000);
    expect(part.heard).toEqual(['start', 'connected', `calls/+ ${REFUSED}`, `answers/+ ${REFUSED}`]);
    expect(notices).toEqual([line('calls/+'), line('answers/+')]);
    expect(told()).toEqual([undefined, 'subscription refused: calls/+, and 1 more']);
    refused = 1;
    virtual.broker.drop();
    virtual.run(60_000);
    expect(part.heard.slice(4)).toEqual(['disconnected', 'connected', 'calls/+ 1', 'answers/+ 1']);
    expect(notices.length).toBe(2);
    expect(told().slice(2)).toEqual([undefined]);
  });

  it('is told once while the connection lasts, and so is its grant', () => {
    const part = new Witness(['calls/+', 'answers/+']);
    const { virtual, notices, told } = start(part);
    let refused = REFUSED;
    virtual.broker.grants = (qos, filter) => (filter === 'calls/+' ? refused : qos);
    virtual.run(3_600_000);
    expect(virtual.broker.all('subscribe').length).toBeGreaterThan(5);
    expect(notices).toEqual([line('calls/+')]);
    expect(told()).toEqual([undefined, 'subscription refused: calls/+']);
    refused = 1;
    virtual.run(600_000);
    expect(virtual.broker.connections).toBe(1);
    expect(notices.slice(1)).toEqual(['subscription granted: calls/+']);
    expect(told().slice(2)).toEqual([undefined]);
    expect(part.heard.at(-1)).toBe('calls/+ 1');
  });

  it('is told beside what is known of the start, as far as there is room', () => {
    const { virtual, told } = start(new Witness(['calls/+']), undefined, 'settings: left out');
    virtual.broker.grants = () => REFUSED;
    virtual.run(1000);
    expect(told()).toEqual(['settings: left out', 'settings: left out; subscription refused: calls/+']);
    const long = start(new Witness(['x'.repeat(400)]), undefined, 'y'.repeat(900));
    long.virtual.broker.grants = () => REFUSED;
    long.virtual.run(1000);
    expect(long.told()).toEqual(['y'.repeat(900), undefined]);
  });
});

const KEY = Buffer.alloc(32, 7).toString('base64');

/** What asks, and on which topic. */
const askers: [string, RawConfiguration, string][] = [
  ['the twin of Azure', { cloud: 'azure', deviceId: 'shed', deviceKey: KEY }, '$iothub/twin/GET/'],
  ['a shadow of AWS', { cloud: 'aws', thing: 'shed', shadow: 'classic' }, '$aws/things/shed/shadow/get'],
  ['the limits of ThingsBoard', { cloud: 'thingsboard', accessToken: 'shed-token' }, 'v1/devices/me/rpc/request/1'],
];

describe('a part whose answers are refused', () => {
  it.each(askers)('asks for %s once a connection, and holds up nothing', (_what, raw, topic) => {
    const virtual = new VirtualBoard();
    virtual.platform.listen('broker', 8883, virtual.broker);
    virtual.broker.grants = () => REFUSED;
    const base = { broker: 'mqtts://broker', gateway: 'shed', interval: 0, presence: 0, health: 0, keepAlive: 1000 };
    const credentials = raw.cloud === 'aws' ? { certificate: PEM('CERTIFICATE'), key: PEM('PRIVATE KEY') } : {};
    const configuration = parseForDesktop({ ...base, ...credentials, ...raw }, true);
    const board = { ...virtual.board(), ciphers: new NodeCiphers() };
    const firmware = Firmware.launch(configuration, board, { clouds: CLOUDS, makeReporter: makeTagReporter });
    virtual.run(1000);
    virtual.scanner.hear('DC:2C:6E:0F:C0:3D', mikrotik(1, 5000));
    virtual.run(100);
    expect(firmware.gateway.unacknowledged).toBe(0);
    virtual.run(600_000);
    const count = (): number =>
      virtual.broker.all('publish').filter((packet) => (packet as IPublishPacket).topic.startsWith(topic)).length;
    expect([virtual.broker.connections, count()]).toEqual([1, 1]);
    virtual.broker.drop();
    virtual.run(120_000);
    expect([virtual.broker.connections, count()]).toEqual([2, 2]);
    virtual.broker.grants = () => 1;
    virtual.run(600_000);
    const grantsHelp = raw.cloud !== 'thingsboard';
    expect([virtual.broker.connections, count() > 2]).toEqual([2, grantsHelp]);
    firmware.gateway.close();
  });
});

function PEM(label: string): string {
  return `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
}
