import type { Configuration } from '../../settings/configuration.js';
import type { Cloud } from '../definition.js';
import { READINGS_AND_PRESENCE } from '../plain/definition.js';
import { ShapeCloud } from '../shape-cloud.js';
import { EspresenseProfile } from './profile.js';

/** Whatever reads what a node of ESPresense sends, such as Home Assistant's mqtt_room. */
class EspresenseCloud extends ShapeCloud {
  readonly name = 'espresense';
  readonly title = 'ESPresense';
  override readonly carries = READINGS_AND_PRESENCE;
  protected readonly base = 'espresense';
  protected readonly qos = 0;

  make(configuration: Configuration): Cloud {
    const profile = new EspresenseProfile(this.baseOf(configuration) + '/', configuration.gateway);
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }

  protected levels(gateway: string): { readings: string; status: string; health: string | undefined } {
    const id = 'altBeacon:00112233-4455-6677-8899-aabbccddeeff-65535-65535';
    const room = 'rooms/' + gateway;
    return { readings: 'devices/' + id + '/' + gateway, status: room + '/status', health: room + '/telemetry' };
  }
}

export const ESPRESENSE = Object.freeze(new EspresenseCloud());
