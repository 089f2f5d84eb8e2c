import { endPeers, Peer } from '../../broker/peer.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { MosquittoOptions } from '../../support/mosquitto.js';
import { freePort } from '../../support/ports.js';
import { LiveDevice, until } from './live-device.js';
import { afterEach, expect, it } from 'vitest';

const ending: (() => Promise<void>)[] = [];

afterEach(async () => {
  await endPeers();
  for (const end of ending.splice(0).reverse()) await end();
});

/** A device with a broker "b" that is connected to Mosquitto. */
async function connected(options: MosquittoOptions = {}): Promise<LiveDevice> {
  const broker = await startMosquitto(options);
  ending.push(() => broker.stop());
  const device = new LiveDevice(broker.port);
  ending.push(() => device.end());
  await device.type(`/iot mqtt brokers add name=b address=127.0.0.1 port=${broker.port}`);
  await device.type('/iot mqtt connect b');
  return device;
}

requireMosquitto()('subscriptions and messages at the console', () => {
  it('shows the QoS that the broker granted', async () => {
    // A listener of its own: Mosquitto has the limit by listener.
    const limited = await freePort();
    const device = await connected({ settings: [`listener ${limited} 127.0.0.1`, 'max_qos 0'] });
    await device.type(`/iot mqtt brokers set b port=${limited}`);
    await device.type('/iot mqtt subscribe broker=b topic=t qos=1');
    await device.type('/iot mqtt subscribe broker=b topic=u qos=0');
    expect(await device.type('/iot mqtt subscriptions print')).toEqual([
      '0 broker=b topic="t" qos=1 granted-qos=0',
      '1 broker=b topic="u" qos=0',
    ]);
    expect(await device.type('/iot mqtt subscriptions print detail where topic=u')).toEqual([
      '0 broker=b topic="u" qos=0 granted-qos=0 on-message=""',
    ]);
    expect(await device.type(':put [/iot mqtt subscriptions get 0 granted-qos]')).toEqual(['0']);
  });

  it('keeps what is published while disconnected, says so, and sends it later', async () => {
    const device = await connected();
    const peer = await Peer.subscribed(`mqtt://127.0.0.1:${device.port}`, 't');
    await device.type('/iot mqtt disconnect b');
    const publish = '/iot mqtt publish broker=b topic=t force=no';
    expect(await device.type(`${publish} qos=1 message=one`)).toEqual(['message kept: not connected']);
    expect(await device.type(`:put [${publish} qos=1 message=two]`)).toEqual(['']);
    expect((await device.type(`${publish} qos=0 message=lost`)).join()).toContain('is not connected and force=no');
    expect(await device.type('/iot mqtt publish broker=b topic=t qos=1 message=three')).toEqual([]);
    await peer.until(() => peer.messages.length === 3);
    expect(peer.messages.map(({ payload }) => payload.toString())).toEqual(['one', 'two', 'three']);
  });

  it('ends a subscription of an earlier process in the same session', async () => {
    const device = await connected();
    await device.type('/iot mqtt brokers set b clean-session=no client-id=one');
    await device.type('/iot mqtt subscribe broker=b topic=t qos=1');
    await device.type('/iot mqtt disconnect b');
    await device.type('/iot mqtt brokers remove b');
    const again = `/iot mqtt brokers add name=b address=127.0.0.1 port=${device.port} clean-session=no client-id=one`;
    await device.type(again);
    expect(await device.type('/iot mqtt unsubscribe broker=b topic=t')).toEqual(['broker "b": not connected']);
    await device.type('/iot mqtt connect b');
    expect(await device.type('/iot mqtt unsubscribe broker=b topic=t')).toEqual([]);
    await device.type('/iot mqtt publish broker=b topic=t message=x qos=1');
    await device.type('/iot mqtt subscribe broker=b topic=u');
    await device.type('/iot mqtt publish broker=b topic=u message=y qos=1');
    await until(() => device.received > 0);
    expect((await device.type('/iot mqtt subscriptions recv print'))[0]).toContain('topic="u" data="y"');
  });

  it('shortens a long payload, and says how long it is', async () => {
    const device = await connected();
    await device.type('/iot mqtt subscribe broker=b topic=t');
    await device.type(`/iot mqtt publish broker=b topic=t message="${'x'.repeat(3000)}"`);
    await until(() => device.received > 0);
    const [line] = await device.type('/iot mqtt subscriptions recv print');
    expect(line).toMatch(/^0 broker=b topic="t" data="x{100,}… \(3000 bytes\)" time=/);
  });

  it('has a line for a message that was skipped, because its topic does not fit the receive buffer', async () => {
    const device = await connected();
    await device.type('/iot mqtt subscribe broker=b topic="long/#"');
    const peer = await Peer.connect(`mqtt://127.0.0.1:${device.port}`);
    await peer.publish('long/'.padEnd(600, 'x'), 'hello', 1);
    await until(() => device.received > 0);
    const [line] = await device.type('/iot mqtt subscriptions recv print');
    const text = 'skipped: topic of 600 bytes exceeds the receive buffer (payload of 5 bytes)';
    expect(line).toMatch(`0 broker=b data="${text}" time=`);
  });
});
