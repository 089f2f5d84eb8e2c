import type { Configuration } from '../../settings/configuration.js';
import type { Cloud } from '../definition.js';
import { READINGS_AND_PRESENCE } from '../plain/definition.js';
import { ShapeCloud } from '../shape-cloud.js';
import { OpenMqttGatewayProfile } from './profile.js';

/** Whatever reads what OpenMQTTGateway or Theengs Gateway send of Bluetooth tags. */
class OpenMqttGatewayCloud extends ShapeCloud {
  readonly name = 'openmqttgateway';
  readonly title = 'OpenMQTTGateway';
  override readonly carries = READINGS_AND_PRESENCE;
  protected readonly base = 'home';
  protected readonly qos = 1;

  make(configuration: Configuration): Cloud {
    const base = this.baseOf(configuration) + '/' + configuration.gateway;
    const profile = new OpenMqttGatewayProfile(base);
    return { profile, tagProfile: profile, parts: [], login: undefined };
  }

  protected levels(gateway: string): { readings: string; status: string; health: string | undefined } {
    return { readings: gateway + '/BTtoMQTT/AABBCCDDEEFF', status: gateway + '/LWT', health: gateway + '/SYStoMQTT' };
  }
}

export const OPENMQTTGATEWAY = Object.freeze(new OpenMqttGatewayCloud());
