import type { ConnectOptions } from '../../mqtt/options.js';
import { configurationKey, KeyKind } from '../../settings/configuration-keys.js';
import type { ConfigurationKey } from '../../settings/configuration-keys.js';
import type { Configuration } from '../../settings/configuration.js';
import { quote } from '../../settings/parse-value.js';
import { CloudFeature } from '../definition.js';
import type { Cloud, CloudDevice, CloudLogin } from '../definition.js';
import type { TopicUse } from '../limits.js';
import type { GatewayPart } from '../part.js';
import { PLAIN_TAG_KEYS, PlainTagCloud } from '../plain/tag-definition.js';
import { JOB_FILTERS, jobBase, Jobs } from './jobs.js';
import { AWS_LIMITS } from './limits.js';
import { SHADOW_FILTERS, Shadow, shadowBase } from './shadow.js';
import { LONGEST_DOCUMENT } from './thing-part.js';

/** The name of the thing: Amazon, `CreateThing`. Default: the gateway's. */
const THING = configurationKey('thing', KeyKind.text, 1, 128);

/**
 * Which shadow the device follows and reports to. Off by default, as jobs are: AWS closes the connection of a device
 * whose policy does not allow their topics.
 */
const SHADOW = configurationKey('shadow', KeyKind.choice, 0, 0, 'off', Object.freeze(['off', 'classic', 'named']));
/** Of a named one: `shadowName`, Amazon, "Shadow name". */
const SHADOW_NAME = configurationKey('shadowName', KeyKind.text, 1, 64, 'tagwire');
/** Whether the device runs jobs. */
const JOBS = configurationKey('jobs', KeyKind.flag, 0, 1, false);

/** Of one of these ports TLS must agree on the protocol by ALPN. */
const ALPN_PORT = 443;
const MQTT_PORT = 8883;
/** Developer Guide, "Device communication protocols", "Protocols, port mappings, and authentication". */
const ALPN = 'x-amzn-mqtt-ca';
/** The second is China's. */
const AMAZON: readonly string[] = Object.freeze(['amazonaws.com', 'amazonaws.com.cn']);
/** `CreateThing`, `thingName`. */
const NAME = /^[a-zA-Z0-9:_-]+$/;
/** The device waits a random time from the upper half, and AWS takes one CONNECT a second. */
const BACKOFF = 2000;
const BACKOFF_LIMIT = 60000;
/** `CreateJob`, `jobId`. */
const LONGEST_JOB_ID = 64;

/** AWS IoT Core: a broker of topics of one's own choice, with limits, mutual TLS, shadows and jobs. */
class AwsCloud extends PlainTagCloud {
  override readonly name = 'aws';
  override readonly title = 'AWS IoT Core';
  override readonly limits = AWS_LIMITS;
  override readonly carries: number =
    CloudFeature.readings | CloudFeature.presence | CloudFeature.rpc | CloudFeature.twin;
  override readonly keys: readonly ConfigurationKey[] = Object.freeze([
    ...PLAIN_TAG_KEYS,
    THING,
    SHADOW,
    SHADOW_NAME,
    JOBS,
  ]);

  override topics(configuration: Configuration): TopicUse[] {
    const topics = super.topics(configuration);
    const thing = thingName(configuration);
    const add = (kind: 'publish' | 'subscribe', topic: string, purpose: string): void => {
      topics.push({ topic, purpose, kind, qos: 1, retain: false, shortenedBy: 'thing or shadowName' });
    };
    const { shadow, jobs } = configuration.cloudValues;
    if (shadow !== undefined && shadow !== 'off') {
      const base = shadowOf(configuration);
      for (const topic of ['get', 'update']) add('publish', base + topic, 'shadow');
      for (const filter of SHADOW_FILTERS) add('subscribe', base + filter, 'shadow');
    }
    if (jobs === true) {
      const base = jobBase(thing);
      add('publish', base + 'start-next', 'jobs');
      add('publish', base + 'x'.repeat(LONGEST_JOB_ID) + '/update', 'jobs');
      for (const filter of JOB_FILTERS) add('subscribe', base + filter, 'jobs');
    }
    return topics;
  }

  /** A client identifier that is the thing's name is what policies ask for, as AWS itself proposes them. */
  override connect(configuration: Configuration, mistakes: string[]): void {
    super.connect(configuration, mistakes);
    const { connection, gateway } = configuration;
    if (connection.clientId === 'tagwire-' + gateway) connection.clientId = thingName(configuration);
    connection.backoff = { minimum: BACKOFF, maximum: BACKOFF_LIMIT };
    let lacksCertificate = false;
    for (const endpoint of connection.endpoints) {
      const { tls, port } = endpoint;
      if (!tls || endpoint.withoutCredentials) continue;
      if (tls.certificate === undefined) lacksCertificate = true;
      if (port === ALPN_PORT) endpoint.tls = { ...tls, alpn: [ALPN] };
    }
    if (lacksCertificate) {
      mistakes.push('certificate is missing: it must be the certificate of the thing, with key, its private key');
    }
  }

  /** A shadow and jobs hold a document each. */
  override memory({ cloudValues }: Configuration): number {
    const { shadow, jobs } = cloudValues;
    return ((shadow === undefined || shadow === 'off' ? 0 : 1) + (jobs === true ? 1 : 0)) * LONGEST_DOCUMENT;
  }

  override check(configuration: Configuration, mistakes: string[]): void {
    super.check(configuration, mistakes);
    const add = (rule: string, yours: string, remedy: string): void => {
      mistakes.push(this.title + ': ' + rule + '; ' + yours + '; ' + remedy);
    };
    const thing = thingName(configuration);
    if (!NAME.test(thing)) {
      add('the name of a thing has letters, digits, :, _ and - only', 'yours is ' + quote(thing), 'set thing');
    }
    const { shadow, shadowName, payload } = configuration.cloudValues;
    if (shadow === 'named' && !NAME.test(shadowName as string)) {
      const yours = 'yours is ' + quote(shadowName as string);
      add('the name of a shadow has letters, digits, :, _ and - only', yours, 'change shadowName');
    }
    if (payload === 'value') {
      // PUBACKs may come in any order, and a reading is delivered when the last of its messages is.
      add('messages are acknowledged in any order', 'payload=value makes several of a reading', 'choose payload=json');
    }
    const { username, password, endpoints } = configuration.connection;
    if (username !== undefined || password !== undefined) {
      add('a certificate logs in', 'yours has username or brokerPassword', 'leave them out');
    }
    for (const { host, port, tls } of endpoints) {
      const isAmazons = isOfAmazon(host);
      if (isAmazons && !isDataEndpoint(host)) {
        const remedy = 'take what "aws iot describe-endpoint --endpoint-type iot:Data-ATS" prints';
        add('the host is the data endpoint of the account', 'yours is ' + host, remedy);
      }
      if (isAmazons && tls && port !== MQTT_PORT && port !== ALPN_PORT) {
        add('MQTT is at port 8883 or 443', 'yours is ' + port, 'change broker');
      }
    }
  }

  override make(configuration: Configuration, device: CloudDevice): Cloud {
    const { rpcAccess, cloudValues } = configuration;
    const mayChange = rpcAccess === 'all';
    const mayRestart = mayChange || rpcAccess === 'operate';
    const parts: GatewayPart[] = [];
    const { shadow, jobs } = cloudValues;
    if (shadow !== undefined && shadow !== 'off') parts.push(new Shadow(device, shadowOf(configuration), mayChange));
    if (jobs === true) {
      parts.push(new Jobs(device, jobBase(thingName(configuration)), mayRestart, mayChange));
    }
    return { ...super.make(configuration, device), parts, login: new AwsLogin(this.title, device) };
  }

  /** A policy that does not allow `iot:RetainPublish` makes AWS close the connection, also for a retained will. */
  protected override get retainsByDefault(): boolean {
    return false;
  }
}

export const AWS = Object.freeze(new AwsCloud());

/** A name that AWS gives; a domain of one's own has any name. */
function isOfAmazon(host: string): boolean {
  return AMAZON.some((domain) => host.endsWith('.' + domain));
}

/** `{account}-ats.iot.{region}.amazonaws.com`, where `-ats` may be missing and `iot-fips` stand in place of `iot`. */
export function isDataEndpoint(host: string): boolean {
  const [account = '', service, region = '', ...domain] = host.split('.');
  const isNamed = /^[a-z0-9]+(-ats)?$/.test(account) && /^[a-z0-9-]+$/.test(region);
  return isNamed && (service === 'iot' || service === 'iot-fips') && AMAZON.includes(domain.join('.'));
}

/** The thing that a device is. */
export function thingName({ gateway, cloudValues }: Configuration): string {
  return (cloudValues['thing'] ?? gateway) as string;
}

function shadowOf(configuration: Configuration): string {
  const { shadow, shadowName } = configuration.cloudValues;
  return shadowBase(thingName(configuration), shadow === 'named' ? (shadowName as string) : undefined);
}

/** The certificate logs in; the user name is for AWS's statistics, and says what the device runs. */
class AwsLogin implements CloudLogin {
  readonly renewAt = Infinity;
  private readonly username: string;
  private readonly title: string;
  private readonly device: CloudDevice;
  private warned = false;

  constructor(title: string, device: CloudDevice) {
    this.title = title;
    this.device = device;
    this.username = '?SDK=Tagwire&Version=' + device.firmware + '&Platform=' + device.board.name;
  }

  prepare(options: ConnectOptions, _now: number, unixTime: number): void {
    options.username = this.username;
    if (unixTime > 0 || this.warned) return;
    this.warned = true;
    const rule = 'certificates are valid from a date to another';
    this.device.notice(this.title + ': ' + rule + '; the time of day is not known yet; check timeServers');
  }
}
