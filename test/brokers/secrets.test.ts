import { MemoryStore } from '../../sim/hal/index.js';
import type { Broker } from '../../src/brokers/index.js';
import { BROKER_PROPERTIES } from '../../src/brokers/index.js';
import { VirtualBrokers } from './virtual-brokers.js';
import { describe, expect, it } from 'vitest';

const PASSWORD = 'Rj7xHb05uLcn';
const TOKEN = 'Gd2sYe63oAxk';

describe('the password of a broker', () => {
  const again = 'address, port or ssl changed: password must be given again, or cleared with password=""';

  it.each([
    [{ address: 'elsewhere' }],
    [{ address: 'broker, elsewhere' }],
    [{ address: 'broker:99' }],
    [{ port: '8883' }],
    [{ ssl: 'no' }],
    [{ ssl: '' }],
    [{ address: 'elsewhere', username: 'v' }],
  ])('does not go to another place: %j', async (changes) => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ ssl: 'yes', username: 'u', password: PASSWORD });
    const before = JSON.stringify(broker.values);
    expect(() => bench.brokers.set(broker, changes as Record<string, string>)).toThrow(new RangeError(again));
    expect(JSON.stringify(broker.values)).toBe(before);
  });

  it.each([
    [{ address: 'elsewhere', password: 'new' }],
    [{ address: 'elsewhere', password: '' }],
    [{ address: 'elsewhere', username: '', password: '' }],
    [{ address: 'second, broker' }],
    [{ address: 'second:1883' }],
    [{ ssl: 'yes' }],
    [{ port: '1883' }],
    [{ 'keep-alive': '90', name: 'renamed' }],
  ])('is given with the new place, cleared, or stays where it was: %j', (changes) => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ address: 'broker, second', username: 'u', password: PASSWORD });
    bench.brokers.set(broker, changes as Record<string, string>);
    for (const [name, value] of Object.entries(changes)) {
      expect(broker.property(name)).toBe(name === 'password' && value !== '' ? '*****' : value);
    }
  });

  it('is a user name when there is no password: an access token', () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ username: TOKEN });
    expect(() => bench.brokers.set(broker, { address: 'elsewhere' })).toThrow(
      new RangeError('address, port or ssl changed: username must be given again, or cleared with username=""'),
    );
    bench.brokers.set(broker, { address: 'elsewhere', username: '' });
    expect(broker.property('username')).toBe('');
  });

  it('never reaches a stranger in CONNECT', async () => {
    const bench = new VirtualBrokers();
    const broker = bench.add({ address: 'first', username: 'u', password: PASSWORD });
    expect(() => bench.brokers.set(broker, { address: 'broker' })).toThrow(again);
    bench.brokers.set(broker, { address: 'broker', password: '' });
    await bench.outcome(broker.connect());
    expect(bench.board.broker.lastConnect).toMatchObject({ username: 'u' });
    expect(bench.board.broker.lastConnect.password).toBeUndefined();
  });
});

describe('what asks for TLS', () => {
  it('is refused when it would have no effect', () => {
    const bench = new VirtualBrokers({ certificates: () => ({}) });
    const broker = bench.add({ ssl: 'yes', certificate: 'mine' });
    const text = 'certificate requires ssl=yes';
    expect(() => bench.add({ name: 'c', certificate: 'mine' })).toThrow(new RangeError(text));
    expect(() => bench.brokers.set(broker, { ssl: 'no' })).toThrow(new RangeError(text));
    bench.brokers.set(broker, { ssl: 'no', certificate: '' });
  });

  it('is kept when its certificate is gone after a restart, and refuses to connect without it', async () => {
    const store = new MemoryStore();
    new VirtualBrokers({ certificates: () => ({}) }, store).add({
      ssl: 'yes',
      certificate: 'mine',
      'auto-connect': 'yes',
    });
    const after = new VirtualBrokers({}, store);
    expect(after.brokers.loadPersisted()).toBe(1);
    const broker = after.brokers.list[0]!;
    await after.run(1000);
    expect(after.notices).toEqual(['broker "b": certificate "mine" does not exist']);
    expect(await after.outcome(broker.connect())).toBe('broker "b": certificate "mine" does not exist');
    expect(after.board.broker.connections).toBe(0);
  });
});

it('no listing, notice or error of brokers shows a secret', async () => {
  const bench = new VirtualBrokers();
  bench.board.broker.returnCode = 4;
  const seen: string[] = [];
  const broker = bench.add({ username: 'u', password: PASSWORD });
  const token = bench.add({ name: 'token', username: TOKEN });
  const list = (each: Broker): void => void seen.push(...BROKER_PROPERTIES.map(({ name }) => each.property(name)));
  const attempt = (changes: Record<string, string>): void => {
    for (const each of [broker, token]) {
      try {
        bench.brokers.set(each, changes);
      } catch (error) {
        seen.push((error as Error).message);
      }
      list(each);
    }
  };
  for (const { name } of BROKER_PROPERTIES) {
    attempt({ [name]: `\0${name}` });
    attempt({ [name]: '' });
  }
  attempt({ password: PASSWORD + '\0' });
  attempt({ username: TOKEN + '\n' });
  attempt({ address: `u:${PASSWORD}@host` });
  attempt({ address: `mqtt://u:${PASSWORD}@host` });
  bench.brokers.set(broker, { username: 'u', password: PASSWORD });
  bench.brokers.set(token, { username: TOKEN });
  for (const each of [broker, token]) seen.push(await bench.outcome(each.connect()));
  seen.push(...bench.notices);
  expect(seen.length).toBeGreaterThan(200);
  expect(seen.join('\n')).not.toMatch(new RegExp(`${PASSWORD}|${TOKEN}`));
});
