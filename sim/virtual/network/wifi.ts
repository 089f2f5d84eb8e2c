import type {
  ScannedNetwork,
  SdkNet,
  SdkWifi,
  WifiCallback,
  WifiTarget,
} from '../../../boards/moddable/wifi-network.js';
import type { AskTime, TimeHandler, TimeQuery } from '../../../boards/moddable/time-service.js';
import type { Scheduler } from '../scheduler.js';
import { Task } from '../scheduler.js';
import type { Internet } from './internet.js';
import type { Path } from './tcp.js';

/** An access point as one device has it. A fault changes it while the world runs, and then calls `Radio.look`. */
export interface AccessPoint {
  ssid: string;
  password: string | undefined;
  /** It sends, and is in reach. */
  present: boolean;
  /** Its DHCP server answers. */
  dhcp: boolean;
  /** What the device hears of it, dBm. */
  rssi: number;
  /** Milliseconds to join, and then to get an address. */
  joinTime: number;
  addressTime: number;
}

export function ordinaryAccessPoint(ssid: string, password: string | undefined): AccessPoint {
  return { ssid, password, present: true, dhcp: true, rssi: -58, joinTime: 1800, addressTime: 700 };
}

/** Milliseconds that the driver looks for networks: 120 on each of 13 channels. */
const SCAN_TIME = 1560;

/** What the parts below need of one start of a device. */
export interface WifiHost {
  readonly scheduler: Scheduler;
  readonly accessPoint: AccessPoint;
  readonly path: Path;
  enter(call: () => void): void;
}

/**
 * The driver of a Wi-Fi chip for one start of a device: the SDK's modules `wifi` and `net` as far as the boards use
 * them. The class that `sdk` is has one radio.
 */
export class Radio implements SdkNet {
  /** The interface has an address. */
  up = false;
  /** For `boards/moddable/wifi-network.ts`. */
  readonly sdk: SdkWifi;

  private readonly listeners: WifiCallback[] = [];
  private joined = false;
  private scanning = false;
  private target: WifiTarget | undefined;
  private readonly step: Task;
  private next: (() => void) | undefined;

  constructor(
    private readonly host: WifiHost,
    private readonly mac: string,
  ) {
    this.step = new Task(() => host.enter(() => this.next?.()));
    const { listeners } = this;
    const wifi = function (_options: undefined, callback: WifiCallback): void {
      listeners.push(callback);
    };
    const scan: SdkWifi['scan'] = (_options, callback) => this.scan(callback);
    const connect: SdkWifi['connect'] = (target) => this.connect(target);
    this.sdk = Object.assign(wifi, { connect, scan }) as unknown as SdkWifi;
  }

  get(what: 'IP' | 'RSSI' | 'MAC' | 'DNS'): string | number | undefined {
    if (what === 'MAC') return this.mac;
    if (!this.up) return undefined;
    if (what === 'RSSI') return this.host.accessPoint.rssi;
    return what === 'IP' ? '192.168.88.20' : '192.168.88.1';
  }

  private scan(callback: (found: ScannedNetwork | null) => void): void {
    const { scheduler, accessPoint } = this.host;
    if (this.scanning) throw new Error('already scanning');
    if (this.target && !this.up) throw new Error('scan request failed');
    this.scanning = true;
    const { ssid, rssi, password, present } = accessPoint;
    const end = new Task(() =>
      this.host.enter(() => {
        this.scanning = false;
        if (present) callback({ ssid, rssi, authentication: password === undefined ? 'none' : 'wpa2_psk' });
        callback(null);
      }),
    );
    scheduler.plan(end, scheduler.now() + SCAN_TIME);
  }

  /** The access point has changed. */
  look(): void {
    const { accessPoint } = this.host;
    if (this.joined && !accessPoint.present) this.lose();
  }

  private connect(target: WifiTarget | undefined): void {
    this.next = undefined;
    this.host.scheduler.cancel(this.step);
    this.target = target;
    this.joined = false;
    this.up = false;
    if (target) this.plan(this.host.accessPoint.joinTime, () => this.join());
  }

  private join(): void {
    const { accessPoint } = this.host;
    const { target } = this;
    if (!target) return;
    if (!accessPoint.present || target.ssid !== accessPoint.ssid) return this.tell('disconnect');
    if (target.password !== accessPoint.password) return this.tell('disconnect', -1);
    this.joined = true;
    this.plan(accessPoint.addressTime, () => this.address());
    this.tell('connect');
  }

  private address(): void {
    if (!this.host.accessPoint.dhcp) return;
    this.up = true;
    this.tell('gotIP');
  }

  private lose(): void {
    this.joined = false;
    this.up = false;
    this.next = undefined;
    this.host.scheduler.cancel(this.step);
    // Beacons are missed for a while before the driver says so.
    this.plan(600, () => this.tell('disconnect'));
  }

  private plan(milliseconds: number, next: () => void): void {
    this.next = next;
    this.host.scheduler.plan(this.step, this.host.scheduler.now() + milliseconds);
  }

  private tell(message: string, reason?: number): void {
    for (const listener of this.listeners) listener(message, reason);
  }
}

/** The time of the world: milliseconds since 1970 at the beginning of every simulation. */
export const EPOCH = 1_790_000_000_000;

/** What asks time servers needs of a start of a device. */
type TimeHost = WifiHost & { readonly internet: Internet; isUp(): boolean };

/** Makes what asks time servers for one start of a device. */
export function makeAskTime(host: TimeHost): AskTime {
  return (server, _timer, _entropy, handler) => new VirtualTimeQuery(host, server, handler);
}

/** A query as that of boards/ecma419/sntp-client.ts, with a timer of its own: the same for an hour or a day. */
class VirtualTimeQuery implements TimeQuery {
  private readonly answer: Task;
  private questions = 0;

  constructor(
    private readonly host: TimeHost,
    private readonly server: string,
    private readonly handler: TimeHandler,
  ) {
    this.answer = new Task(() => host.enter(() => this.answered()));
    host.scheduler.plan(this.answer, host.scheduler.now() + 2 * host.path.latency);
  }

  wake(): void {}

  close(): void {
    this.host.scheduler.cancel(this.answer);
  }

  private answered(): void {
    const { scheduler, internet, path } = this.host;
    const { time } = internet;
    if (!path.down && this.host.isUp() && !time.silent) {
      // Rounded, as the client does.
      this.handler.onTime(Math.round((EPOCH + scheduler.now() + time.ahead) / 1000));
    } else if (++this.questions >= 5) {
      this.handler.onNoTime(this.server + ': no answer', false);
    } else {
      scheduler.plan(this.answer, scheduler.now() + 5000);
    }
  }
}
