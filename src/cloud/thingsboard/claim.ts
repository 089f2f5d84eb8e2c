import type { IncomingMessage } from '../../mqtt/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { RpcError } from '../../rpc/rpc-call.js';
import type { RpcCall } from '../../rpc/rpc-call.js';
import { RpcAccess } from '../../rpc/rpc-options.js';
import type { RpcMethods } from '../../rpc/rpc-options.js';
import type { GatewayHost, GatewayPart } from '../part.js';

const QOS = 1;
const CLAIM = encodeUtf8('v1/devices/me/claim');
const NAMES: readonly Uint8Array[] = Object.freeze([encodeUtf8('claim')]);
const ACCESS: readonly RpcAccess[] = Object.freeze([RpcAccess.operate]);
const SECONDS = encodeUtf8('seconds');
const NO_SECRET = encodeUtf8('this device has no claimSecret');
/** What the configuration key `claimSeconds` may be, and what it is by default. */
export const MAX_CLAIM_SECONDS = 86400;
export const CLAIM_SECONDS = 300;

/**
 * Lets people claim the device (MQTT Device API Reference, "Claiming devices"): for some time after each connection,
 * and when somebody calls for it:
 *
 * - `claim {seconds: 1..86400}` (default: `claimSeconds`): `{"seconds":300}`. The device can be claimed for so long
 *   from now on. The secret stays that of the configuration: a call never carries one.
 *
 * This is rare, so it is ordinary code.
 */
export class DeviceClaim implements GatewayPart, RpcMethods {
  deadline = Infinity;
  readonly names = NAMES;
  readonly access = ACCESS;
  /** For how long the offer of now holds. */
  offeredSeconds: number;

  private readonly secret: string | undefined;
  private readonly seconds: number;
  private host: GatewayHost | undefined;
  private online = false;
  private offered = true;

  /** `secret` undefined: nobody can claim it. */
  constructor(secret: string | undefined, seconds: number | undefined) {
    this.secret = secret;
    this.seconds = seconds ?? CLAIM_SECONDS;
    this.offeredSeconds = this.seconds;
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
  }

  connected(now: number): void {
    this.online = true;
    this.offeredSeconds = this.seconds;
    this.offered = this.secret === undefined;
    this.room(now);
  }

  disconnected(): void {
    this.online = false;
    this.deadline = Infinity;
  }

  tick(now: number): void {
    if (this.deadline > now) return;
    this.deadline = Infinity;
    this.room(now);
  }

  room(_now: number): void {
    if (!this.online || this.offered) return;
    const { connection } = this.host!;
    // The secret is not for every broker.
    if (connection.endpoint.withoutCredentials) return;
    const claim = { secretKey: this.secret, durationMs: this.offeredSeconds * 1000 };
    if (connection.publish(CLAIM, encodeUtf8(JSON.stringify(claim)), QOS, false) < 0) return;
    this.offered = true;
  }

  message(_message: IncomingMessage, now: number): void {
    this.room(now);
  }

  // RpcMethods

  run(_index: number, call: RpcCall): void {
    if (!this.canBeClaimed) {
      call.refuse(RpcError.unavailable).part(NO_SECRET);
      return;
    }
    const seconds = call.integer(SECONDS, 1, MAX_CLAIM_SECONDS, this.seconds);
    if (!(seconds > 0)) return;
    this.offer(seconds);
    const { result } = call;
    result.openObject();
    result.name(SECONDS);
    result.number(seconds, 0);
    result.closeObject();
  }

  protected get canBeClaimed(): boolean {
    return this.secret !== undefined;
  }

  protected offer(seconds: number): void {
    this.offeredSeconds = seconds;
    this.offered = this.secret === undefined;
    // The next tick makes the offer.
    this.deadline = 0;
    this.host!.wake();
  }
}
