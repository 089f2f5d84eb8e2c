import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { BATCH_KEYS } from '../batch.js';
import type { Cloud, CloudDevice } from '../definition.js';
import type { TopicUse } from '../limits.js';
import { claimOf, DEVICE_KEYS, deviceParts, ThingsBoardCloud } from './definition.js';
import { ThingsBoardSession } from './session.js';
import { ThingsBoardBatch, ThingsBoardTagProfile } from './thingsboard-tags.js';

/** The limits of a gateway are a longer answer than other messages. */
const LEAST_RECEIVE_BUFFER = 1024;
/** With the address in each key a reading is that much longer than elsewhere. */
const LEAST_PAYLOAD = 1024;
/** What counts the messages of the server's limits. */
const SESSION_BYTES = 1024;
/** Around a payload in the transmit arena. */
const PACKET_ROOM = 64;

/** A device of ThingsBoard with tags. A file of its own, so that boards without a scanner leave it out. */
export class ThingsBoardTagCloud extends ThingsBoardCloud {
  override readonly keys: readonly ConfigurationKey[] = Object.freeze([...DEVICE_KEYS, ...BATCH_KEYS]);

  override topics(configuration: Configuration): TopicUse[] {
    const topics = super.topics(configuration);
    const add = (kind: TopicUse['kind'], topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind, qos: 1, retain: false, shortenedBy: '' });
    };
    add('publish', 'v1/devices/me/telemetry', 'readings and presence');
    add('publish', 'v1/devices/me/rpc/request/1', 'the question for the limits');
    add('subscribe', 'v1/devices/me/rpc/response/+', 'the limits');
    return topics;
  }

  override connect(configuration: Configuration, mistakes: string[]): void {
    const { connection } = configuration;
    if (configuration.maxPayload < LEAST_PAYLOAD) configuration.maxPayload = LEAST_PAYLOAD;
    const arena = configuration.maxPayload + PACKET_ROOM;
    if ((connection.transmitArenaSize ?? 0) < arena) connection.transmitArenaSize = arena;
    if ((connection.receiveBufferSize ?? 0) < LEAST_RECEIVE_BUFFER) connection.receiveBufferSize = LEAST_RECEIVE_BUFFER;
    super.connect(configuration, mistakes);
  }

  override memory(_configuration: Configuration): number {
    return SESSION_BYTES;
  }

  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const session = new ThingsBoardSession(false);
    const { batch, batchSeconds } = configuration.cloudValues as { batch?: number; batchSeconds?: number };
    const writer = new ThingsBoardBatch(batch ?? 1, session);
    const profile = new ThingsBoardTagProfile(session, device.board.clock, writer, (batchSeconds ?? 0) * 1000);
    const claim = claimOf(configuration, session);
    return {
      profile,
      tagProfile: profile,
      parts: [session, ...deviceParts(configuration, device, claim, session)],
      login: undefined,
      methods: claim,
    };
  }
}

export const THINGSBOARD_WITH_TAGS = Object.freeze(new ThingsBoardTagCloud());
