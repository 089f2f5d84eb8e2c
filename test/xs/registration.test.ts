import { expect, it } from 'vitest';
import { REGISTRATION_BUFFERS } from '../../src/cloud/azure/registration.js';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';

requireXs(32)('an ESP32 that registers with the Device Provisioning Service, on XS', () => {
  it('gets its place, goes there, has it after a restart, and keeps nothing of the registration', async () => {
    const machine = await Machine.start(32, 'registration');
    const call = (name: string, argument?: number): Promise<number> => machine.call(name, argument);
    try {
      expect(await call('start')).toBe(1);
      await call('run', 2);
      expect([await call('connects'), await call('publishes'), await call('connected')]).toEqual([1, 1, 0]);
      const asking = await machine.live();
      expect(await call('sendAssigning')).toBe(1);
      await call('run', 4);
      expect(await call('publishes')).toBe(2);
      expect(await call('sendAssigned')).toBe(1);
      await call('run', 10);
      expect([await call('connects'), await call('connected')]).toEqual([2, 1]);
      expect(await call('hub')).toBe('contoso.azure-devices.net'.length);
      expect(await call('acknowledged')).toBeGreaterThan(0);
      const registered = await machine.live();
      // The session for the service, with its buffers, is garbage.
      expect(asking.chunkBytes - registered.chunkBytes).toBeGreaterThan(REGISTRATION_BUFFERS);
      expect(asking.slots - registered.slots).toBeGreaterThan(0);
      await call('cut');

      expect(await call('start')).toBe(1);
      await call('run', 16);
      expect([await call('connects'), await call('connected')]).toEqual([3, 1]);
    } finally {
      await machine.stop();
    }
  }, 300_000);
});
