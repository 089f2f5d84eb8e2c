import type { ConnectOptions } from '../../mqtt/options.js';
import type { CloudLogin } from '../definition.js';
import type { SasToken } from './sas-token.js';

/** Of its life, how much a token is used. */
const USED = 0.8;

/**
 * A device's login with a symmetric key: a new token for each connection, and a new connection when four fifths of the
 * token's life are over. Without the time of day there is none: the hub refuses the connection, and the device tries
 * again.
 */
export class AzureLogin implements CloudLogin {
  renewAt = Infinity;

  /** `lifetime` in seconds. */
  constructor(
    private readonly title: string,
    private readonly username: string,
    private readonly token: SasToken,
    private readonly lifetime: number,
    private readonly notice: (text: string) => void,
  ) {}

  prepare(options: ConnectOptions, now: number, unixTime: number): void {
    if (unixTime === 0) {
      delete options.username;
      delete options.password;
      this.renewAt = Infinity;
      const rule = ': a token needs the time of day; the clock is not set; check timeServers';
      this.notice(this.title + rule);
      return;
    }
    options.username = this.username;
    options.password = this.token.make(Math.ceil(unixTime / 1000) + this.lifetime);
    this.renewAt = now + this.lifetime * 1000 * USED;
  }
}
