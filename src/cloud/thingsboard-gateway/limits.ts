import { THINGSBOARD_LIMITS } from '../thingsboard/limits.js';
import type { CloudLimits } from '../limits.js';

/** Those of a device: a gateway is one. Its rates are the `gatewayRateLimits` that the server tells. */
export const GATEWAY_LIMITS: CloudLimits = THINGSBOARD_LIMITS;

/** Characters of a device's name: the column `name` of ThingsBoard's table `device`. */
export const MAX_NAME = 255;
