import { closerFilter } from '../../src/brokers/index.js';
import { descriptionText } from '../../src/console/bindings/bluetooth.js';
import type { SubscriptionEntry } from '../../src/console/bindings.js';
import type { ScriptVariables } from '../../src/console/value.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { topicMatches } from '../../src/mqtt/topic-match.js';
import { AdvertisementDecoder, Reading } from '../../src/tags/index.js';
import { Bench, FakeEntry } from '../console/fakes.js';
import type { FakeBroker } from '../console/fakes.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const TIME = '2023-05-22 10:19:15';
const DATA = '15ff4f0901000000000000000000601700000000005b';

/** The device of docs/console.md: bindings in memory, whose broker gives back what is published. */
export function documentedDevice(): Bench {
  const bench = new Bench();
  const { brokers, bindings } = bench;
  const add = brokers.add.bind(brokers);
  brokers.add = (properties) => looped(bench, add(properties));
  bench.scanners.set(bench.scanners.list[0]!, {
    'filter-policy': 'default',
    'filter-duplicates': 'off',
    disabled: 'no',
  });
  bench.advertisements.push({
    device: 'bt1',
    time: TIME,
    epoch: '1684750755000',
    'address-type': 'public',
    address: TAG,
    rssi: '-51',
    length: '22',
    data: DATA,
  });
  const said = decode(Uint8Array.from(Buffer.from(DATA, 'hex')));
  const tag = { 'address-type': 'public', address: TAG, 'beacon-types': 'mikrotik', rssi: '-51' };
  bench.devices.length = 0;
  bench.devices.push({ ...tag, 'last-seen': TIME, 'last-data': DATA, ...said });
  Object.assign(bindings.bluetooth!, { decode });
  const figures = new FakeEntry({
    waiting: '1231',
    'in-flight': '3',
    oldest: '7203',
    'in-memory': '2',
    'in-log': '1232',
    acknowledged: '20412',
    dropped: '14',
    'set-aside-topic': 'tagwire/shed/tags/DC2C6E0FC03D',
    'set-aside-size': '83',
    'set-aside-data': '{"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik",...',
    'flash-blocks': '256',
    'flash-free': '224',
    'flash-bad': '0',
    'flash-erasures': '2',
    'flash-written': '1734512',
  });
  const drops = [
    { by: 'rule', name: 'full', count: '12' },
    { by: 'rule', name: 'setAside', count: '2' },
    { by: 'rank', name: 'reading', count: '14' },
  ].map((values) => new FakeEntry(values));
  Object.assign(bindings, { outbox: { figures, drops } });
  bench.resource.values['version'] = '0.1.0';
  bench.resource.values['platform'] = 'Tagwire';
  Object.assign(bindings.system, {
    routerboard: new FakeEntry({ model: 'esp32', 'serial-number': 'A1B2C3', 'current-firmware': '0.1.0' }),
    packages: ['tagwire', 'routeros'].map((name) => new FakeEntry({ name, version: '0.1.0' })),
  });
  return bench;
}

function decode(bytes: Uint8Array): { [name: string]: string } {
  const reading = new Reading();
  new AdvertisementDecoder().decode(bytes, 0, bytes.length, reading);
  return descriptionText(reading);
}

function looped(bench: Bench, broker: FakeBroker): FakeBroker {
  broker.publish = async (topic, message) => {
    const text = String(message);
    const delivery = { delivered: true, reason: '' };
    const heard = broker.subscriptions.filter((subscription) => matches(subscription, topic));
    if (heard.length === 0) return delivery;
    const { received } = bench.brokers;
    received.messages.push({ broker: broker.name, topic, text, unixTime: Date.UTC(2023, 4, 22, 10, 19, 15) });
    const [closest] = heard.filter(({ onMessage }) => onMessage !== '').sort((a, b) => closer(b.topic, a.topic));
    const variables: ScriptVariables = { msgData: text, msgTopic: topic };
    if (closest) await bench.console.run(closest.onMessage, variables);
    return delivery;
  };
  return broker;
}

function matches(subscription: SubscriptionEntry, topic: string): boolean {
  const filter = encodeUtf8(subscription.topic);
  const name = encodeUtf8(topic);
  return topicMatches(filter, 0, filter.length, name, 0, name.length);
}

function closer(a: string, b: string): number {
  const [first, second] = [encodeUtf8(a), encodeUtf8(b)];
  return closerFilter(first, 0, first.length, second, 0, second.length);
}
