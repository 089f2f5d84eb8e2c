import type { SdkWifi, WifiCallback, WifiTarget } from '../../../../boards/moddable/wifi-network.js';
import type { VirtualBoard } from './platform.js';

/** A Wi-Fi network, and what its access point and its DHCP server do. */
export interface AccessPoint {
  ssid: string;
  password?: string;
  /** False: nobody answers DHCP. */
  dhcp: boolean;
}

/**
 * The radio under the SDK's module `wifi`, as modules/network/wifi/esp32/xs6wifi.c says: an attempt is made six times
 * before `disconnect` is told, events come from the event loop, a wrong password gives reason -1, leaving a network is
 * told as `disconnect`.
 */
export class ScriptedRadio {
  /** In reach. */
  accessPoint: AccessPoint | undefined;
  /** The driver refuses. */
  broken = false;
  /** The driver takes the request and is never heard of again. */
  silent = false;
  attempts = 0;
  leaves = 0;
  readonly Wifi: SdkWifi;
  private callback: WifiCallback = () => {};
  private associated = false;
  private attempt = 0;

  constructor(private readonly board: VirtualBoard) {
    this.Wifi = scriptedWifi(this);
  }

  listen(callback: WifiCallback): void {
    this.callback = callback;
  }

  connect(target: WifiTarget | undefined): void {
    const attempt = ++this.attempt;
    if (this.associated) this.lose(0);
    if (target === undefined) {
      this.leaves++;
      return;
    }
    this.attempts++;
    if (this.broken) throw new Error('esp_wifi_connect failed');
    if (this.silent) return;
    this.later(2400, () => {
      if (attempt === this.attempt) this.outcome(target);
    });
  }

  /** The access point goes away, or throws the station out. */
  lose(reason = 0): void {
    this.associated = false;
    this.tell('disconnect', reason);
  }

  /** Something that the driver tells. */
  tell(message: string, reason?: number): void {
    this.later(0, () => this.callback(message, reason));
  }

  net = {
    get: (what: 'IP' | 'RSSI'): string | number | undefined => (what === 'IP' ? '192.0.2.7' : -61),
  };

  private outcome(target: WifiTarget): void {
    const accessPoint = this.accessPoint;
    if (accessPoint?.ssid !== target.ssid) return this.tell('disconnect', 0);
    if (accessPoint.password !== target.password) return this.tell('disconnect', -1);
    this.associated = true;
    this.tell('connect');
    if (!accessPoint.dhcp) return;
    const attempt = this.attempt;
    this.later(900, () => {
      if (this.associated && attempt === this.attempt) this.tell('gotIP');
    });
  }

  private later(milliseconds: number, callback: () => void): void {
    this.board.timers.create(callback).start(milliseconds);
  }
}

function scriptedWifi(radio: ScriptedRadio): SdkWifi {
  return class {
    constructor(
      options: undefined,
      readonly callback: WifiCallback,
    ) {
      if (options !== undefined) throw new Error('joins at once');
      radio.listen(callback);
    }

    static connect(...values: [WifiTarget?]): void {
      // The C code looks at the number of its arguments.
      radio.connect(values.length === 0 ? undefined : values[0]);
    }
  };
}
