import type { RpcRoute } from '../../rpc/rpc-route.js';
import type { Configuration } from '../../settings/configuration.js';
import { CloudDefinition } from '../definition.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { PLAIN_WITH_TAGS } from '../plain/tag-definition.js';
import { EVENT_GRID_LIMITS } from './limits.js';

/** The MQTT broker of an Azure Event Grid namespace: a plain broker with limits, and with a certificate as login. */
class EventGridCloud extends CloudDefinition {
  readonly name = 'event-grid';
  readonly title = 'Azure Event Grid';
  readonly keys = PLAIN_WITH_TAGS.keys;
  readonly limits = EVENT_GRID_LIMITS;
  readonly carries = PLAIN_WITH_TAGS.carries;

  topics(configuration: Configuration): TopicUse[] {
    return PLAIN_WITH_TAGS.topics(configuration);
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    PLAIN_WITH_TAGS.connect(configuration, mistakes);
    const { username, endpoints } = configuration.connection;
    if (username === undefined) {
      mistakes.push('username is missing: it must be the client authentication name of the namespace');
    }
    if (endpoints.some(({ tls }) => tls && tls.certificate === undefined)) {
      mistakes.push('certificate is missing: it must be the one of the client, with key');
    }
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    for (const { host } of configuration.connection.endpoints) {
      const name = host.toLowerCase();
      const add = (rule: string, remedy: string): void => {
        mistakes.push(this.title + ': ' + rule + '; yours is ' + host + '; ' + remedy);
      };
      if (name.endsWith('.azure-devices.net')) add('an IoT hub is another cloud', 'set cloud=azure');
      else if (name.endsWith('.eventgrid.azure.net') && !name.includes('.ts.')) {
        add(
          'MQTT has a host name of its own',
          'take the MQTT host name of the namespace: NAME.REGION-1.ts.eventgrid.azure.net',
        );
      }
    }
  }

  make(configuration: Configuration, device: CloudDevice): Cloud {
    return PLAIN_WITH_TAGS.make(configuration, device);
  }

  override routes(configuration: Configuration): RpcRoute[] {
    return PLAIN_WITH_TAGS.routes(configuration);
  }
}

export const EVENT_GRID = Object.freeze(new EventGridCloud());
