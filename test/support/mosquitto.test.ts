import { connect, connectAsync } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from './certificates.js';
import { requireMosquitto, startMosquitto } from './mosquitto.js';
import type { Mosquitto, MosquittoOptions } from './mosquitto.js';

requireMosquitto()('startMosquitto', () => {
  let broker: Mosquitto | undefined;
  const clients: MqttClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
    await broker?.stop();
    await broker?.stop();
    broker = undefined;
  });

  const start = async (options?: MosquittoOptions): Promise<Mosquitto> => (broker = await startMosquitto(options));
  const join = async (url: string, options: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...options }, false);
    clients.push(client);
    return client;
  };

  it('accepts connections, tells its process and log, and two run side by side', async () => {
    const first = await start();
    const second = await startMosquitto();
    expect(second.port).not.toBe(first.port);
    await (await join(first.url)).publishAsync('a/b', 'c', { qos: 1 });
    await second.stop();
    expect(second.pid).toBe(0);
    expect(first.pid).toBeGreaterThan(0);
    expect(first.log()).toMatch(/Received PUBLISH from .*'a\/b'/);
  });

  it('admits only its users', async () => {
    const { url } = await start({ users: { anna: 'right', 'bob-2': 'p:ss word' } });
    await join(url, { username: 'anna', password: 'right' });
    await join(url, { username: 'bob-2', password: 'p:ss word' });
    await expect(join(url, { username: 'anna', password: 'wrong' })).rejects.toThrow(/Not authorized/);
    await expect(join(url)).rejects.toThrow(/Not authorized/);
  });

  it.each([['SIGTERM' as const], ['SIGKILL' as const]])('keeps a persistent session over %s', async (signal) => {
    const running = await start({ persistence: true });
    const { port, pid } = running;
    const session = { clientId: 'keeper', clean: false };
    const subscriber = await join(running.url, session);
    await subscriber.subscribeAsync('kept', { qos: 1 });
    await subscriber.endAsync(true);
    await (await join(running.url)).publishAsync('kept', 'while away', { qos: 1 });
    // The broker saves behind its PUBACK, in one thread: whoever is answered after that came after the save.
    await vi.waitUntil(() => /Sending PUBACK[^]*Saving in-memory database/.test(running.log()));
    await join(running.url);
    await running.restart(signal);
    expect(running.port).toBe(port);
    expect(running.pid).not.toBe(pid);
    // Queued messages follow the CONNACK at once, so the listener is there before the connection.
    const again = connect(running.url, { protocolVersion: 4, reconnectPeriod: 0, ...session });
    clients.push(again);
    const message = await new Promise((resolve) => {
      again.on('message', (_topic, payload) => resolve(payload.toString()));
    });
    expect(message).toBe('while away');
  });

  it('serves TLS beside TCP', async () => {
    const { ca, server, client } = await makeCertificates();
    const tls = { server, clientCa: ca.certificate, requireCertificate: true };
    const { tlsUrl, url } = await start({ tls, settings: ['max_keepalive 60'] });
    await join(url);
    await join(tlsUrl, { ca: ca.certificate, cert: client.certificate, key: client.key });
    await expect(join(tlsUrl, { ca: ca.certificate })).rejects.toThrow();
  });

  it('rejects with the log when a setting is wrong', async () => {
    await expect(startMosquitto({ settings: ['no_such_setting 1'] })).rejects.toThrow(/no_such_setting/);
  });
});

describe('requireMosquitto', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('fails with CI=true where the broker is missing, and else skips with a message that names it', () => {
    vi.stubEnv('PATH', '/nonexistent');
    vi.stubEnv('CI', 'true');
    expect(() => requireMosquitto('mosquitto-that-is-nowhere')).toThrow(/^mosquitto-that-is-nowhere is not on PATH/);
    vi.stubEnv('CI', '');
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(requireMosquitto('mosquitto-that-is-nowhere')).not.toBe(describe);
    expect(said).toHaveBeenCalledWith(expect.stringContaining('skipped: mosquitto-that-is-nowhere is not on PATH'));
  });
});
