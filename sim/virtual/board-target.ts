import { DESKTOP_LIMITS } from '../../boards/desktop/limits.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { ESP8266_CLOUDS } from '../../boards/esp8266/device.js';
import { ESP8266_LIMITS } from '../../boards/esp8266/limits.js';
import { withoutLimits } from '../../boards/xsnap/engine-firmware.js';
import { CLOUDS } from '../../src/cloud/profiles.js';
import type { CloudDefinition } from '../../src/cloud/definition.js';
import type { ConfigurationTarget } from '../../src/settings/configuration.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import type { BoardName } from './world.js';

/**
 * What `parseConfiguration` needs to judge a configuration as the board does that it is for: its limits and its clouds.
 * `gateway` is the name of a device whose configuration gives none.
 */
export function targetOf(
  board: BoardName,
  gateway: string,
): ConfigurationTarget & { clouds: readonly CloudDefinition[] } {
  if (board === 'esp8266') return { ...ESP8266_LIMITS, gateway, clouds: ESP8266_CLOUDS };
  const limits = board === 'esp32' ? ESP32_LIMITS : DESKTOP_LIMITS;
  return { ...limits, gateway, tags: { ...limits.tags, parse: parseTagConfiguration }, clouds: CLOUDS };
}

/** A simulated gateway that runs in real time. */
export interface SimGateway {
  /** The board whose limits it has; absent: hardly any. */
  board?: BoardName;
  /** Without a board: messages of QoS 1 that wait for their PUBACK at once, where the cloud allows so many. */
  inFlight: number;
  /** The name of its cloud. */
  cloud: string;
  /** It may exceed the limits of the cloud. */
  unchecked: boolean;
}

/** What the configuration of a simulated gateway is judged by, and the clouds that it has. */
export function simTargetOf({ board, inFlight, cloud, unchecked }: SimGateway): ReturnType<typeof targetOf> {
  const target = board ? targetOf(board, board) : nodeTarget(inFlight, cloud);
  return unchecked ? { ...target, unchecked, clouds: target.clouds.map(withoutLimits) } : target;
}

function nodeTarget(inFlight: number, cloud: string): ReturnType<typeof targetOf> {
  const limit = CLOUDS.find(({ name }) => name === cloud)?.limits.inFlight ?? Infinity;
  const tags = { parse: parseTagConfiguration, scanProfile: 'dedicated' };
  return { gateway: 'desktop', inFlight: Math.min(inFlight, limit), recorder: true, tags, clouds: CLOUDS };
}
