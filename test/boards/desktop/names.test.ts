import { LocalResolver, nameServers } from '../../../boards/desktop/network.js';
import { expect, it } from 'vitest';

it('name servers come from resolv.conf, in its order', () => {
  const lines = [
    '# by hand',
    'search lan',
    'nameserver 192.0.2.53',
    'nameserver fe80::1',
    '  nameserver\t198.51.100.1 ',
  ];
  const text = lines.join('\n');
  expect(nameServers(text)).toEqual(['192.0.2.53', '198.51.100.1']);
  expect(nameServers('')).toEqual([]);
});

it('localhost is not asked for', () => {
  const asked: string[] = [];
  const resolver = new LocalResolver({ resolve: (host) => asked.push(host), cancel: () => asked.push('cancel') });
  const handler = { onResolved: () => {}, onUnresolved: () => {} };
  resolver.resolve('localhost', handler);
  resolver.resolve('broker.example', handler);
  resolver.cancel();
  expect(asked).toEqual(['127.0.0.1', 'broker.example', 'cancel']);
});
