import { AWS } from './aws/definition.js';
import { AZURE } from './azure/definition.js';
import type { CloudDefinition } from './definition.js';
import { EVENT_GRID } from './event-grid/definition.js';
import { ESPRESENSE } from './espresense/definition.js';
import { HOME_ASSISTANT_WITH_TAGS } from './home-assistant/tag-definition.js';
import { OPENMQTTGATEWAY } from './openmqttgateway/definition.js';
import { PLAIN_WITH_TAGS } from './plain/tag-definition.js';
import { ROUTEROS } from './routeros/definition.js';
import { RUUVI } from './ruuvi/definition.js';
import { THINGSBOARD_GATEWAY } from './thingsboard-gateway/definition.js';
import { THINGSBOARD_WITH_TAGS } from './thingsboard/tag-definition.js';
import { SPARKPLUG } from './sparkplug/definition.js';

/**
 * Every cloud that there is a profile for. The simulator, the command line, the docs and boards with a scanner take
 * this list; a smaller board has a list of its own in its `main.ts`.
 */
export const CLOUDS: readonly CloudDefinition[] = Object.freeze([
  PLAIN_WITH_TAGS,
  AWS,
  AZURE,
  EVENT_GRID,
  ESPRESENSE,
  HOME_ASSISTANT_WITH_TAGS,
  OPENMQTTGATEWAY,
  ROUTEROS,
  RUUVI,
  SPARKPLUG,
  THINGSBOARD_WITH_TAGS,
  THINGSBOARD_GATEWAY,
]);
