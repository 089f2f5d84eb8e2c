import { SocketTransport, UdpResolver } from '../../boards/ecma419/index.js';
import type { TlsClass, UdpSocket, UdpSocketOptions } from '../../boards/ecma419/index.js';
import { SntpClient } from '../../boards/ecma419/sntp-client.js';
import { needsTime } from '../../boards/ecma419/tls-options.js';
import { ESP32_PREFERENCES, PreferenceStore } from '../../boards/moddable/preference-store.js';
import { TimeService } from '../../boards/moddable/time-service.js';
import { WifiFault, WifiNetwork } from '../../boards/moddable/wifi-network.js';
import { Firmware } from '../../src/device/firmware.js';
import type { Board, Resolver, Timers } from '../../src/hal/index.js';
import { loadConfiguration } from '../../src/settings/load-configuration.js';
import { writeSetting, settingStoreKey } from '../../src/settings/settings.js';
import { nodeCertificates } from '../support/ecma419/node-certificates.js';
import { dnsAnswer, ScriptedUdp } from '../support/ecma419/scripted-dns.js';
import { scriptedTcp } from '../support/ecma419/scripted-tcp.js';
import { sntpAnswer } from '../support/ecma419/sntp-answer.js';
import { VirtualBoard } from './moddable/support/platform.js';
import { Preferences } from './moddable/support/preferences.js';
import { ScriptedRadio } from './moddable/support/scripted-wifi.js';
import { describe, expect, it } from 'vitest';

const BUILT_IN = {
  ssid: 'home',
  password: 'correct horse',
  broker: 'mqtt://192.0.2.1',
  gateway: 'shed',
  timeServers: '192.0.2.123',
};

/** The SDK's TLS class, which refuses at once, so that an attempt shows. */
const refusingTls = function (): never {
  throw new Error('refused');
} as unknown as TlsClass;

/** The adapters put together as a board's `main.ts` does, on scripted parts of the SDK. */
class Device {
  readonly virtual = new VirtualBoard();
  readonly radio = new ScriptedRadio(this.virtual);
  /** The time server answers. */
  knowsTime = true;
  readonly preferences = new Preferences(ESP32_PREFERENCES, 15, 24576);
  readonly tcp = scriptedTcp();
  wifi: WifiNetwork | undefined;

  constructor() {
    this.radio.accessPoint = { ssid: 'home', password: 'correct horse', dhcp: true };
    ScriptedUdp.sockets = [];
  }

  /** Starts as after a reset. False when the configuration cannot be used. */
  boot(changes: Record<string, string> = {}): boolean {
    const { clock, timers, entropy, log } = this.virtual;
    const store = new PreferenceStore(this.preferences, ESP32_PREFERENCES, log);
    const configuration = loadConfiguration({ ...BUILT_IN, ...changes }, { needsWifi: true }, store, log);
    if (!configuration) return false;
    const wifi = new WifiNetwork(this.radio.Wifi, this.radio.net, configuration.wifi!, this.virtual);
    const makeResolver = (own: Timers): Resolver =>
      new UdpResolver({ udp: ScriptedUdp, timers: own, entropy, servers: () => ['192.0.2.53'] });
    const network = new TimeService(
      (host, timer, _entropy, handler) =>
        new SntpClient({ udp: timeSockets(this), entropy, timer, makeResolver }, host, handler),
      (seconds) => this.virtual.clock.set(seconds),
      configuration.timeServers,
      needsTime(configuration.connection.endpoints),
      { clock, timers, entropy, log, network: wifi },
    );
    const transport = new SocketTransport(this.tcp.TCP, refusingTls, {
      timers,
      certificates: nodeCertificates,
    });
    const resolver = makeResolver(timers);
    const parts = { clock, timers, entropy, network, resolver, transport, store, userStore: store, log };
    const board: Board = { name: 'esp32', ...parts };
    expect(Firmware.launch(configuration, board)).toBeDefined();
    network.start();
    wifi.start();
    this.wifi = wifi;
    return true;
  }

  /** Lets time pass and returns the lines that begin with `begin`. */
  lines(milliseconds: number, begin: string): string[] {
    this.virtual.time.run(milliseconds);
    return this.virtual.lines.filter((line) => line.startsWith(begin));
  }
}

/** UDP with a time server at its other end. */
function timeSockets(device: Device) {
  return class implements UdpSocket {
    readonly target: unknown;
    private query: Uint8Array | undefined;

    constructor(private readonly options: UdpSocketOptions) {
      this.target = options.target;
    }

    write(packet: Uint8Array): void {
      if (!device.knowsTime) return;
      this.query = packet;
      device.virtual.timers.create(() => this.options.onReadable.call(this, 1)).start(50);
    }

    read(): ArrayBuffer {
      return sntpAnswer(this.query!);
    }

    close(): void {}
  };
}

describe('a board with', () => {
  it('good input connects', () => {
    const device = new Device();
    device.boot();
    device.lines(10000, '');
    expect(device.tcp.sockets.length).toBe(1);
  });

  it('a wrong Wi-Fi password says so, waits, and joins when it is right', () => {
    const device = new Device();
    device.radio.accessPoint!.password = 'another';
    device.boot();
    expect(device.lines(3000, 'Wi-Fi: wrong')).toEqual(['Wi-Fi: wrong password for "home"; next attempt in 30 s']);
    expect(device.wifi!.fault).toBe(WifiFault.wrongPassword);
    device.radio.accessPoint!.password = 'correct horse';
    device.lines(40000, '');
    expect(device.tcp.sockets.length).toBe(1);
  });

  it('no DHCP server says so, and tries again', () => {
    const device = new Device();
    device.radio.accessPoint!.dhcp = false;
    device.boot();
    expect(device.lines(40000, 'Wi-Fi: no address')).toEqual([
      'Wi-Fi: no address from DHCP in 30 s; next attempt in 1 s',
    ]);
    device.radio.accessPoint!.dhcp = true;
    device.lines(40000, '');
    expect(device.tcp.sockets.length).toBe(1);
  });

  it('an unknown host says so, and asks again', () => {
    const device = new Device();
    device.boot({ broker: 'mqtt://nowhere.example' });
    device.lines(5000, '');
    const [socket] = ScriptedUdp.sockets;
    expect(socket!.name).toBe('nowhere.example');
    socket!.arrive(dnsAnswer(socket!.question, [], { code: 3 }));
    expect(device.lines(0, 'name:')).toEqual([
      'name: no address for nowhere.example: the name server knows none (mqtt://nowhere.example:1883); ' +
        'next attempt in 1.0 s',
    ]);
    device.lines(1000, '');
    expect(ScriptedUdp.sockets.length).toBe(2);
  });

  it('a clock that is not set says so, and does not begin with TLS', () => {
    const device = new Device();
    device.knowsTime = false;
    device.boot({ broker: 'mqtts://192.0.2.1' });
    expect(device.lines(35000, 'time:')).toEqual([
      'time: not known, so TLS waits; 192.0.2.123: no answer from 192.0.2.123; next attempt in 5 s',
    ]);
    expect(device.virtual.lines.filter((line) => line.startsWith('TLS'))).toEqual([]);
    device.knowsTime = true;
    expect(device.lines(36000, 'time: 2026').length).toBe(1);
    expect(device.lines(5000, 'TLS:').length).toBeGreaterThan(0);
  });

  it('a certificate that does not parse says where, and tries again', () => {
    const device = new Device();
    const ca = '-----BEGIN CERTIFICATE-----\nMIIB*\n-----END CERTIFICATE-----\n';
    device.boot({ broker: 'mqtts://192.0.2.1', ca });
    const lines = device.lines(20000, 'TLS:');
    expect(lines[0]).toMatch(/^TLS: ca: .* \(mqtts:\/\/192\.0\.2\.1:8883\); next attempt in 1\.0 s$/);
    expect(lines.length).toBeGreaterThan(2);
    expect(device.tcp.sockets.length).toBe(0);
  });

  it('damaged settings says so, and uses what is built in', () => {
    const device = new Device();
    const store = new PreferenceStore(device.preferences, ESP32_PREFERENCES);
    writeSetting(store, 'broker', 'mqtt://192.0.2.99');
    const key = settingStoreKey('broker');
    const [[name, value]] = [...device.preferences.values] as [[string, ArrayBuffer]];
    expect(name).toContain(key);
    new Uint8Array(value)[12]! ^= 1;
    device.boot();
    expect(device.virtual.lines[0]).toBe(`store: ${key} is damaged; left out`);
    device.lines(10000, '');
    expect(device.tcp.sockets.map(({ options }) => options.address)).toEqual(['192.0.2.1']);
  });

  it('a setting that is not allowed says so, and uses what is built in', () => {
    const device = new Device();
    const store = new PreferenceStore(device.preferences, ESP32_PREFERENCES);
    const bytes = Uint8Array.of(1, 2, 3);
    store.write(settingStoreKey('interval'), bytes, 0, bytes.length);
    expect(device.boot()).toBe(true);
    expect(device.virtual.lines[0]).toMatch(/^persisted setting ignored: interval/);
  });

  it('a built-in configuration that is wrong says all that is, and stops there', () => {
    const device = new Device();
    expect(device.boot({ ssid: '', interval: 'often', brocker: 'x' })).toBe(false);
    expect(device.virtual.lines.length).toBeGreaterThanOrEqual(3);
    for (const line of device.virtual.lines) expect(line).toMatch(/^configuration: /);
    expect(device.radio.attempts).toBe(0);
  });

  it('none of these puts a secret on the console', () => {
    const device = new Device();
    device.radio.accessPoint = undefined;
    device.boot({ brokerPassword: 'hidden', username: 'someone', broker: 'mqtts://192.0.2.1', key: 'secret' });
    device.lines(100000, '');
    expect(device.virtual.lines.join('\n')).not.toMatch(/horse|hidden|secret/);
  });
});
