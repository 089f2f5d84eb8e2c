import { encodeUtf8 } from '../../mqtt/utf8.js';
import { RpcError } from '../../rpc/rpc-call.js';
import type { RpcCall } from '../../rpc/rpc-call.js';
import { RpcAccess } from '../../rpc/rpc-options.js';
import type { RpcMethods } from '../../rpc/rpc-options.js';

const NAMES: readonly Uint8Array[] = Object.freeze([encodeUtf8('claim')]);
const ACCESS: readonly RpcAccess[] = Object.freeze([RpcAccess.operate]);
const SECONDS = encodeUtf8('seconds');
const NO_SECRET = encodeUtf8('this device has no claimSecret');
/** What the configuration key `claimSeconds` may be. */
export const MAX_CLAIM_SECONDS = 86400;

/** What a session offers to whoever has a secret. */
export interface ClaimOffer {
  readonly claimSeconds: number;
  /** There is a secret at all. */
  readonly canBeClaimed: boolean;

  offerClaim(seconds: number): void;
}

/** The message that lets people claim a device (MQTT Device API Reference, "Claiming devices"). */
export function claimMessage(secret: string, seconds: number): Uint8Array {
  return encodeUtf8(JSON.stringify({ secretKey: secret, durationMs: seconds * 1000 }));
}

/**
 * `claim {seconds: 1..86400}` (default: `claimSeconds`): `{"seconds":300}`. The device, and the tags that have a secret
 * of their own, can be claimed for so long from now on, as after a connection. The secrets stay those of the
 * configuration: a call never carries one.
 */
export class ClaimMethod implements RpcMethods {
  readonly names = NAMES;
  readonly access = ACCESS;

  private readonly offer: ClaimOffer;

  constructor(offer: ClaimOffer) {
    this.offer = offer;
  }

  run(_index: number, call: RpcCall): void {
    const { offer } = this;
    if (!offer.canBeClaimed) {
      call.refuse(RpcError.unavailable).part(NO_SECRET);
      return;
    }
    const seconds = call.integer(SECONDS, 1, MAX_CLAIM_SECONDS, offer.claimSeconds);
    if (!(seconds > 0)) return;
    offer.offerClaim(seconds);
    const { result } = call;
    result.openObject();
    result.name(SECONDS);
    result.number(seconds, 0);
    result.closeObject();
  }
}
