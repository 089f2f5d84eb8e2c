import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../../src/cloud/index.js';
import { CloudBroker } from '../../clouds/cloud-broker.js';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';

const FROM = 'tagwire-from-attic';
const OMG = 'home/OMG/BTtoMQTT/A4C138001122';
const TAG = /^tagwire\/attic\/tags\/A4C138001122$/;

/** BTHome: a temperature in hundredths of a degree, as OpenMQTTGateway relays it. */
function bthome(hundredths: number, extra: object = {}): string {
  const value = Buffer.alloc(2);
  value.writeInt16LE(hundredths);
  const servicedata = `4002${value.toString('hex')}`;
  return JSON.stringify({ id: 'A4:C1:38:00:11:22', rssi: '-60dBm', servicedata, servicedatauuid: '0xfcd2', ...extra });
}

describe('tagwire gateway', () => {
  let broker: CloudBroker;

  beforeEach(async () => {
    broker = await CloudBroker.start({ limits: MQTT_LIMITS });
  });
  afterEach(async () => {
    await killCommands();
    await broker.close();
  });

  /** Starts it, and waits until it listens. */
  async function start(...args: string[]): Promise<Command> {
    const command = startTagwire([
      'gateway',
      '--from',
      broker.url,
      '--gateway',
      'attic',
      '--set',
      'interval=0',
      ...args,
    ]);
    const ended = command.finished.then(({ stderr }) => {
      throw new Error(stderr);
    });
    await Promise.race([listening(1), ended]);
    ended.catch(() => undefined);
    return command;
  }

  /** Resolves when all topics were subscribed to so many times. */
  function listening(times: number): Promise<void> {
    const count = (): number => broker.subscribed.filter(({ clientId }) => clientId === FROM).length;
    return broker.until(() => count() === 7 * times);
  }

  function temperatures(): number[] {
    return broker.textsOn(TAG).map((text) => (JSON.parse(text) as { temperature: number }).temperature);
  }

  async function end(command: Command): Promise<string> {
    command.process.kill('SIGINT');
    const { code, stdout, stderr } = await command.finished;
    expect([code, stderr]).toEqual([0, '']);
    return stdout.toString();
  }

  it('reports what other gateways relay, and connects again', async () => {
    const command = await start();
    await broker.publish(OMG, bthome(2150), 0);
    await broker.until(() => temperatures().length === 1);
    expect(JSON.parse(broker.textsOn(TAG)[0]!)).toMatchObject({ format: 'bthome2', rssi: -60, temperature: 21.5 });

    broker.kick(FROM);
    await listening(2);
    await broker.publish(OMG, bthome(2160), 0);
    // Another gateway, later: a copy. And then news from it.
    await broker.publish('home/SECOND/BTtoMQTT/A4C138001122', bthome(2160, { rssi: -80 }), 0);
    await broker.publish('home/SECOND/BTtoMQTT/A4C138001122', bthome(2170, { rssi: -80 }), 0);
    await broker.until(() => temperatures().length === 3);
    expect(temperatures()).toEqual([21.5, 21.6, 21.7]);
    expect(await end(command)).toMatch(/4 messages .* 4 advertisements, of which 1 were copies/);
  });

  it('names what it cannot read, once, and leaves out what is retained', async () => {
    await broker.publish(OMG, bthome(1000), 0, true);
    const command = await start();
    await broker.publish('home/OMG/BTtoMQTT/A4C138001123', '{"id":"A4:C1:38:00:11:23","model":"x"}', 0);
    await broker.publish('home/OMG/BTtoMQTT/A4C138001124', '{"id":"A4:C1:38:00:11:24","model":"x"}', 0);
    await broker.publish('ruuvi/a/b', '{', 0);
    await broker.publish(OMG, bthome(2150), 0);
    await broker.until(() => temperatures().length === 1);
    const text = await end(command);
    expect(text.match(/set pubadvdata/g)).toHaveLength(1);
    expect(text).toContain('"ruuvi/a/b": the message is not JSON');
    expect(text).toMatch(/5 messages \(1 retained and left out, 3 with faults\)/);
    expect(temperatures()).toEqual([21.5]);
  });

  it('takes a burst', async () => {
    const command = await start('--set', 'tags=2048', '--outbox', '1000000');
    const tags = Array.from({ length: 1500 }, (_, i) => {
      const id = `2CC81B00${i.toString(16).padStart(4, '0')}`;
      return { id, ts: 1, rssi: -50, ed: { ad: '15ff4f090100669dfcff0600fcff6117f1e50f000664' } };
    });
    for (let i = 0; i < 3; i++)
      await broker.publish('devices/x/messages/events/', JSON.stringify({ locs: [{ id: 'r', tags }] }), 0);
    await broker.publish(OMG, bthome(2150), 0);
    await broker.until(() => temperatures().length === 1);
    expect(await end(command)).toMatch(/ 0 lost[^]* 4501 advertisements/);
    // Each tag once: what did not change is no reading.
    expect(broker.textsOn(/^tagwire\/attic\/tags\/2CC8/)).toHaveLength(1500);
  });

  it.each([
    [['--from', 'http://x'], 'has the scheme'],
    [['--from', 'mqtt://x', '--from-topic', 'a/#/b'], '#'],
    [['--from', 'mqtt://127.0.0.1:1', '--from-topic', '#'], 'the gateway would hear itself: it publishes on'],
    [
      ['--from', 'mqtt://127.0.0.1:1', '--cloud', 'routeros'],
      '--from listens to devices/+/messages/events/# of the same',
    ],
    [[], "required option '--from <url>' not specified"],
  ])('%j is bad input', async (args, text) => {
    const { code, stderr } = await runTagwire(['gateway', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
