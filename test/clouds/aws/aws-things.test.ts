import { afterEach, describe, expect, it } from 'vitest';
import { simBoard } from '../../../sim/sim-board.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import { loadOnTrial, parseTagConfiguration, RemoteConfiguration } from '../../../src/settings/index.js';
import type { Violation } from '../cloud-broker.js';
import { CloudTestDevice } from '../device.js';
import { AwsIot } from './contract.js';

const TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' }, clouds: CLOUDS };
const open: AwsIot[] = [];
const things: Thing[] = [];

afterEach(async () => {
  for (const thing of things.splice(0)) await thing.stop();
  for (const aws of open.splice(0)) await aws.close();
});

/** The thing `shed`: a device that can restart, and keeps its settings over that. */
class Thing {
  device!: CloudTestDevice;
  /** Restarts that are asked for. */
  pending = 0;
  private readonly board = simBoard(() => undefined as never);
  private readonly waiting: (() => void)[] = [];

  private constructor(private readonly builtIn: { [key: string]: unknown }) {}

  static async start(aws: AwsIot, raw: object): Promise<Thing> {
    const { certificate, key } = await aws.issue('shed');
    const files = { ca: aws.ca, certificate, key };
    const thing = new Thing({ cloud: 'aws', broker: aws.url, gateway: 'shed', health: 0, ...files, ...raw });
    things.push(thing);
    thing.boot();
    return thing;
  }

  /** Resolves when the device wants to restart; then it does. */
  async restart(): Promise<void> {
    if (this.pending === 0) await new Promise<void>((done) => this.waiting.push(done));
    this.pending--;
    await this.device.stop();
    this.boot();
  }

  stop(): Promise<void> {
    return this.device.stop();
  }

  private boot(): void {
    const { trial, settings } = loadOnTrial(this.builtIn, TARGET, this.board.store);
    const own = settings.own();
    if (trial.counts) trial.load(own);
    const restart = (): void => {
      this.pending++;
      for (const done of this.waiting.splice(0)) done();
    };
    this.device = new CloudTestDevice(
      { ...this.builtIn, ...own },
      {
        board: { ...this.board, restart },
        features: { trial, remote: new RemoteConfiguration(settings, trial) },
      },
    );
  }
}

async function start(): Promise<AwsIot> {
  const aws = await AwsIot.start();
  open.push(aws);
  return aws;
}

/** But for a CONNECT too early: a chip takes longer than a second to restart. */
function punished({ broker }: AwsIot): Violation[] {
  return broker.violations.filter(({ rule }) => rule !== 'connectsPerSecond');
}

describe('the shadow of a thing', () => {
  it.each([
    ['classic', ''],
    ['named', 'tagwire'],
  ])('%s: reports, takes a desired value, and has no difference after the restart', async (shadow, name) => {
    const aws = await start();
    const thing = await Thing.start(aws, { shadow, rpcAccess: 'all', interval: 5 });
    await aws.broker.until(() => aws.shadow('shed', name)?.reported['interval'] === 5);
    expect(aws.shadow('shed', name)!.reported).toMatchObject({ board: 'sim', gateway: 'shed' });
    const said = JSON.stringify(aws.shadow('shed', name));
    expect(said).not.toMatch(/PRIVATE|certificate/);
    await aws.desire('shed', { interval: 7 }, name);
    await thing.restart();
    await aws.broker.until(() => aws.shadow('shed', name)?.reported['interval'] === 7);
    expect(thing.pending).toBe(0);
    expect(punished(aws)).toEqual([]);
  });

  it('is read at each connection, since deltas come only while there is one', async () => {
    const aws = await start();
    await aws.desire('shed', { interval: '9' });
    const thing = await Thing.start(aws, { shadow: 'classic', rpcAccess: 'all', interval: 5 });
    await thing.restart();
    // As text, as it is desired, so that there is no difference.
    await aws.broker.until(() => aws.shadow('shed')?.reported['interval'] === '9');
  });

  it.each([
    [{ rpcAccess: 'all' }, { interval: 'soon' }, 'interval must be'],
    [{ rpcAccess: 'all' }, { nonsense: 1 }, 'nonsense'],
    [{ rpcAccess: 'all' }, { key: 'x' }, 'key can be set from afar only over TLS, together with'],
    [{}, { interval: 3 }, 'interval can be set only on a device with rpcAccess=all'],
  ])('with %j and desired %j reports what is refused', async (raw, desired, text) => {
    const aws = await start();
    await aws.desire('shed', desired);
    const thing = await Thing.start(aws, { shadow: 'classic', ...raw });
    await aws.broker.until(() => String(aws.shadow('shed')?.reported['refused'] ?? '').includes(text));
    await aws.desire('shed', { interval: null, nonsense: null, key: null });
    thing.device.firmware.gateway.connection.reconnect();
    await aws.broker.until(() => aws.shadow('shed')?.reported['refused'] === undefined);
    expect(thing.pending).toBe(0);
  });

  it('is not tried again with values that lost the connection', async () => {
    const aws = await start();
    await aws.desire('shed', { clientId: 'other' });
    const thing = await Thing.start(aws, { shadow: 'classic', rpcAccess: 'all', trial: 10 });
    await thing.restart();
    // The trial ends, and the device goes back.
    await thing.restart();
    const text = 'the device did not connect with these values, and went back to those before';
    await aws.broker.until(() => aws.shadow('shed')?.reported['refused'] === text);
    expect(thing.pending).toBe(0);
  }, 40000);

  it('is read again when somebody else was faster', async () => {
    const aws = await start();
    const thing = await Thing.start(aws, { shadow: 'classic', rpcAccess: 'all', interval: 5 });
    await aws.broker.until(() => aws.shadow('shed') !== undefined);
    aws.shadow('shed')!.version += 5;
    aws.shadow('shed')!.reported = {};
    thing.device.firmware.gateway.connection.reconnect();
    aws.changeAfterGet('shed');
    await aws.broker.until(() => aws.conflicts > 0 && aws.shadow('shed')?.reported['interval'] === 5);
  });
});

describe('jobs', () => {
  it('restarts the device, and ends behind that', async () => {
    const aws = await start();
    const thing = await Thing.start(aws, { jobs: true });
    await aws.queue('shed', 'restart-1', { method: 'reboot' });
    await thing.restart();
    await aws.broker.until(() => aws.job('shed', 'restart-1').status === 'SUCCEEDED');
    expect(thing.pending).toBe(0);
  });

  it('sets the configuration, one job after the other', async () => {
    const aws = await start();
    await aws.queue('shed', 'a', { method: 'configuration.set', params: { interval: 7 } });
    await aws.queue('shed', 'b', { method: 'sing' });
    await aws.queue('shed', 'c', { method: 'configuration.set', params: { interval: 'soon' } });
    const thing = await Thing.start(aws, { jobs: true, rpcAccess: 'all' });
    await thing.restart();
    await aws.broker.until(() => aws.job('shed', 'c').status === 'FAILED');
    expect(aws.job('shed', 'a').status).toBe('SUCCEEDED');
    expect(aws.job('shed', 'b')).toMatchObject({
      status: 'REJECTED',
      statusDetails: { reason: 'method must be reboot or configuration.set' },
    });
    expect(aws.job('shed', 'c').statusDetails['reason']).toMatch(/^interval must be/);
    expect(punished(aws)).toEqual([]);
  });

  it('fails what the device may not do', async () => {
    const aws = await start();
    await aws.queue('shed', 'a', { method: 'reboot' });
    await aws.queue('shed', 'b', { method: 'configuration.set', params: { interval: 7 } });
    await Thing.start(aws, { jobs: true, rpcAccess: 'read' });
    await aws.broker.until(() => aws.job('shed', 'b').status === 'FAILED');
    expect(aws.job('shed', 'a').statusDetails['reason']).toBe('reboot is allowed with rpcAccess=operate or all only');
  });
});
