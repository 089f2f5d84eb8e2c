import type { Configuration } from '../../settings/configuration.js';
import type { Cloud } from '../definition.js';
import { BASE_TOPIC, KEEP_ADVERTISEMENTS, ShapeCloud } from '../shape-cloud.js';
import { RuuviProfile } from './profile.js';

/** Whatever reads what a Ruuvi Gateway sends over MQTT. */
class RuuviCloud extends ShapeCloud {
  readonly name = 'ruuvi';
  readonly title = 'Ruuvi Gateway';
  override readonly keys = Object.freeze([BASE_TOPIC, KEEP_ADVERTISEMENTS]);
  protected readonly base = 'ruuvi';
  protected readonly qos = 1;

  make(configuration: Configuration): Cloud {
    const { gateway } = configuration;
    const profile = new RuuviProfile(this.baseOf(configuration) + '/' + gateway + '/', gateway);
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }

  protected levels(gateway: string): { readings: string; status: string; health: string | undefined } {
    return { readings: gateway + '/AA:BB:CC:DD:EE:FF', status: gateway + '/gw_status', health: undefined };
  }
}

export const RUUVI = Object.freeze(new RuuviCloud());
