import type { ConnectOptions } from '../../mqtt/options.js';
import type { CloudLogin } from '../definition.js';
import type { SasToken } from './sas-token.js';

/** Of its life, how much a token is used. */
const USED = 0.8;

/**
 * A device's login. With a symmetric key: a new token for each connection, and a new connection when four fifths of the
 * token's life are over. Without the time of day there is none: Azure refuses the connection, and the device tries
 * again.
 */
export class AzureLogin implements CloudLogin {
  renewAt = Infinity;

  private clientId = '';
  private username = '';
  private token: SasToken | undefined;

  /** `lifetime`: of a token, in seconds. */
  constructor(
    private readonly title: string,
    private readonly lifetime: number,
    private readonly notice: (text: string) => void,
  ) {}

  /** From the next connection on, as whom it logs in. `token` undefined: its certificate is the proof. */
  become(clientId: string, username: string, token: SasToken | undefined): void {
    this.clientId = clientId;
    this.username = username;
    this.token = token;
  }

  prepare(options: ConnectOptions, now: number, unixTime: number): void {
    options.clientId = this.clientId;
    this.renewAt = Infinity;
    if (this.token && unixTime === 0) {
      delete options.username;
      delete options.password;
      const rule = ': a token needs the time of day; the clock is not set; check timeServers';
      this.notice(this.title + rule);
      return;
    }
    options.username = this.username;
    if (!this.token) return;
    options.password = this.token.make(Math.ceil(unixTime / 1000) + this.lifetime);
    this.renewAt = now + this.lifetime * 1000 * USED;
  }
}
