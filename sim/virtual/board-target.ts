import { DESKTOP_LIMITS } from '../../boards/desktop/limits.js';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { ESP8266_CLOUDS } from '../../boards/esp8266/device.js';
import { ESP8266_LIMITS } from '../../boards/esp8266/limits.js';
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
