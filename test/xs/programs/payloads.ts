import {
  CborBatch,
  itemOfName,
  writeItemText,
  writeReportCbor,
  writeReportJson,
  writeReportSenml,
} from '../../../src/cloud/index.js';
import { HomeAssistantAnnouncer } from '../../../src/cloud/home-assistant/announcer.js';
import { HomeAssistantProfile } from '../../../src/cloud/home-assistant/home-assistant.js';
import { EspresenseProfile } from '../../../src/cloud/espresense/profile.js';
import { OpenMqttGatewayProfile } from '../../../src/cloud/openmqttgateway/profile.js';
import type { ShapeProfile } from '../../../src/cloud/shape-profile.js';
import { RuuviProfile } from '../../../src/cloud/ruuvi/profile.js';
import { RouterosForm, RouterosProfile } from '../../../src/cloud/routeros/profile.js';
import { AzureProfile } from '../../../src/cloud/azure/azure.js';
import { PlainTagProfile } from '../../../src/cloud/plain/plain-tags.js';
import { PayloadFormat, TemplateProfile } from '../../../src/cloud/plain/template-profile.js';
import type { TagProfile } from '../../../src/cloud/profile.js';
import { writeReportRaw } from '../../../src/cloud/raw/report-raw.js';
import { EdgeNode } from '../../../src/cloud/sparkplug/edge-node.js';
import { beginPayload, endPayload, putReportMetrics } from '../../../src/cloud/sparkplug/payload.js';
import { withView } from '../../../src/mqtt/viewed-bytes.js';
import { JsonValue } from '../../../src/bytes/json-reader.js';
import { GatewayDevices } from '../../../src/cloud/thingsboard-gateway/devices.js';
import { GatewayBatch, GatewayProfile } from '../../../src/cloud/thingsboard-gateway/gateway.js';
import { GatewaySession } from '../../../src/cloud/thingsboard-gateway/session.js';
import { ThingsBoardSession } from '../../../src/cloud/thingsboard/session.js';
import { ThingsBoardBatch, ThingsBoardTagProfile } from '../../../src/cloud/thingsboard/thingsboard-tags.js';
import type { Connection } from '../../../src/connection/index.js';
import { encodeUtf8 } from '../../../src/mqtt/utf8.js';
import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import { PayloadSeal, SEAL_HEADER } from '../../../src/cloud/seal/payload-seal.js';
import { AeadMode } from '../../../src/hal/index.js';
import { Aes128 } from '../../../src/tags/aes.js';
import { Field, IdentityKind, State } from '../../../src/tags/index.js';
import { Report } from '../../../src/telemetry/index.js';

/* Each export writes a payload `count` times and returns how often it was as long as the first one. */

/** As a gateway's draft is. */
const INTO = withView(new Uint8Array(1024));

/** One of each kind of value. */
const REPORT = new Report();
REPORT.address.set([0xdc, 0x2c, 0x6e, 0x0f, 0xc0, 0x3d]);
REPORT.unixTime = 1790000000000;
REPORT.rssi = -61;
REPORT.setWindow(4, -62.5, -60);
REPORT.distance = 2.449;
REPORT.reading.format = 1;
REPORT.reading.state = 1;
REPORT.reading.setIdentity(IdentityKind.uuid, INTO, 0, 16);
REPORT.reading.set(Field.temperature, 23.38);
REPORT.reading.set(Field.humidity, 45);
REPORT.reading.set(Field.accelerationX, -0.016);
REPORT.reading.set(Field.events, 6);
REPORT.reading.set(Field.button, 1);
REPORT.reading.setState(State.door, true);

const BATCH = new CborBatch(16);
const TEMPERATURE = itemOfName('temperature');

const JSON_LENGTH = writeReportJson(REPORT, INTO, 0, INTO.length);
const CBOR_LENGTH = writeReportCbor(REPORT, INTO, 0, INTO.length);
const SENML_LENGTH = writeReportSenml(REPORT, INTO, 0, INTO.length);
const SPARKPLUG_END = writeSparkplug();

const AZURE = new AzureProfile({ host: 'hub', deviceId: 'shed', moduleId: '' }, 1, 0);
const AZURE_LENGTH = writeAzure();

/** Topic and payload. */
function writeAzure(): number {
  const topic = AZURE.writeTopic(REPORT, 0, INTO, 0, INTO.length);
  return topic + AZURE.writePayload(REPORT, 0, INTO, topic, INTO.length);
}

export function azurePayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeAzure() === AZURE_LENGTH) done++;
  return done;
}

function writeSparkplug(): number {
  let at = beginPayload(1790000000000, INTO, 0, INTO.length);
  at = putReportMetrics(REPORT, 512, true, true, 1790000000000, INTO, at, INTO.length);
  return endPayload(7, INTO, at, INTO.length);
}

export function jsonPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeReportJson(REPORT, INTO, 0, INTO.length) === JSON_LENGTH) done++;
  return done;
}

export function cborPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeReportCbor(REPORT, INTO, 0, INTO.length) === CBOR_LENGTH) done++;
  return done;
}

export function senmlPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeReportSenml(REPORT, INTO, 0, INTO.length) === SENML_LENGTH) done++;
  return done;
}

export function sparkplugPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeSparkplug() === SPARKPLUG_END) done++;
  return done;
}

export function valuePayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeItemText(REPORT, TEMPERATURE, INTO, 0, INTO.length) === 5) done++;
  return done;
}

export function batchPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (BATCH.begin(REPORT, INTO, 0, INTO.length) && BATCH.add(REPORT) && BATCH.end() === 2 * CBOR_LENGTH + 1) done++;
  }
  return done;
}

/** The SDK's block cipher, of our own AES. Nobody hashes here. */
class BlockCipher {
  private readonly aes = new Aes128();
  /** Views of the buffers that the modes use, made once: the SDK's C needs none. */
  private from: Uint8Array | undefined;
  private into: Uint8Array | undefined;

  constructor(_name: string, key: ArrayBuffer) {
    this.aes.setKey(new Uint8Array(key), 0);
  }

  encrypt(block: ArrayBuffer, into: ArrayBuffer): void {
    this.from ??= new Uint8Array(block);
    this.into ??= new Uint8Array(into);
    this.aes.encryptBlock(this.from, 0, this.into, 0);
  }
}

const NOTHING = { read: () => -1, write: () => true, remove: () => true };
const CLOCK = { now: () => 0, unixTime: () => 1790000000000 };
/** What a ThingsBoard profile asks of it. */
const CONNECTION = { session: { inFlight: 0 }, publishRange: () => 1 } as unknown as Connection;
const THINGSBOARD_SESSION = new ThingsBoardSession(false);
const THINGSBOARD = new ThingsBoardTagProfile(
  THINGSBOARD_SESSION,
  CLOCK as never,
  new ThingsBoardBatch(1, THINGSBOARD_SESSION),
  0,
);
const GATEWAY_SESSION = new GatewaySession(
  new GatewayDevices([{ address: REPORT.address.slice(), name: 'Cold store' }], 4, false, NOTHING),
  'default',
  { notice: () => {}, board: { clock: CLOCK } as never },
  300,
  false,
);
const GATEWAY = new GatewayProfile(GATEWAY_SESSION, CLOCK as never, new GatewayBatch(1, GATEWAY_SESSION), 0);
const ANSWER = encodeUtf8('{"rateLimits":{"messages":"9000000:1","telemetryDataPoints":"90000000:1,900000000:60"}}');
const LIMITS = new JsonValue();
LIMITS.point(ANSWER, 0, ANSWER.length);
THINGSBOARD_SESSION.limits.read(LIMITS, false, 0);
GATEWAY_SESSION.limits.read(LIMITS, true, 0);

/** A report is counted against the limits, then its topic and payload are written. */
export function thingsBoardPayload(count: number): number {
  return renderThingsBoard(THINGSBOARD, count);
}

export function thingsBoardGatewayPayload(count: number): number {
  return renderThingsBoard(GATEWAY, count);
}

function renderThingsBoard(profile: ThingsBoardTagProfile, count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    REPORT.sequence = i;
    if (!profile.introduce(REPORT, CONNECTION, i) || profile.messages(REPORT) !== 1) continue;
    const topic = profile.writeTopic(REPORT, 0, INTO, 0, INTO.length);
    if (topic > 0 && profile.writePayload(REPORT, 0, INTO, topic, INTO.length) > 0) done++;
  }
  return done;
}

const CIPHERS = new SdkCiphers({ BlockCipher, Digest: undefined as never });
const ENTROPY = { uint32: () => 1 };
const GCM = new PayloadSeal(AeadMode.gcm, new Uint8Array(16), CIPHERS, NOTHING, ENTROPY);
const CCM = new PayloadSeal(AeadMode.ccm, new Uint8Array(16), CIPHERS, NOTHING, ENTROPY);

/** 100 bytes each. */
export function gcmSeal(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (GCM.seal(INTO, 0, 100) > 100 + SEAL_HEADER) done++;
  return done;
}

export function ccmSeal(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (CCM.seal(INTO, 0, 100) > 100 + SEAL_HEADER) done++;
  return done;
}

/** Of AWS and Event Grid too, which have the topics and payloads of a plain broker. */
const AWS = new PlainTagProfile({ prefix: 'tagwire', gateway: 'shed', cloud: 'aws', retainStatus: false });

function plainPayload(profile: TagProfile, count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    let written = 0;
    const messages = profile.messages(REPORT);
    for (let part = 0; part < messages; part++) {
      const topic = profile.writeTopic(REPORT, part, INTO, 0, INTO.length);
      if (topic > 0 && profile.writePayload(REPORT, part, INTO, topic, INTO.length) >= 0) written++;
    }
    if (written > 0 && written === messages) done++;
  }
  return done;
}

export function awsPayload(count: number): number {
  return plainPayload(AWS, count);
}

/** A message for each value, on a topic after a template. */
const TEMPLATE = new TemplateProfile({
  prefix: 'site/north',
  gateway: 'shed',
  cloud: 'plain',
  retainStatus: true,
  topic: '{prefix}/{gateway}/{tag}/{field}',
  payload: PayloadFormat.value,
  batch: 1,
  batchWait: 0,
});

export function templatePayload(count: number): number {
  return plainPayload(TEMPLATE, count);
}

const HEARD = new Report(62);
HEARD.keepAdvertisement(INTO, 0, 31);

export function rawPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (writeReportRaw(HEARD, INTO, 0, INTO.length) === 62) done++;
  return done;
}

/** A MikroTik tag, whose advertisement is made anew. */
const ROUTEROS = new RouterosProfile({
  form: RouterosForm.azure,
  topic: 'devices/shed/messages/events/',
  statsTopic: undefined,
  clientId: 'shed',
  gateway: 'shed',
  board: 'esp32',
  firmware: '0.1.0',
  batch: 1,
  batchWait: 0,
});
const ROUTEROS_LENGTH = ROUTEROS.writePayload(REPORT, 0, INTO, 0, INTO.length);

export function routerosPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    const topic = ROUTEROS.writeTopic(REPORT, 0, INTO, 0, INTO.length);
    if (topic > 0 && ROUTEROS.writePayload(REPORT, 0, INTO, 0, INTO.length) === ROUTEROS_LENGTH) done++;
  }
  return done;
}

const ANNOUNCER = new HomeAssistantAnnouncer(
  {
    gateway: 'shed',
    base: 'tagwire/shed',
    firmware: '0.1.0',
    board: 'esp32',
    presence: true,
    commands: true,
    discoveryPrefix: 'homeassistant',
    heartbeatSeconds: 60,
    capacity: 8,
    migrate: [],
  },
  { read: () => -1, write: () => true, remove: () => true },
  { uint32: () => 4 },
);
const HOME_ASSISTANT = new HomeAssistantProfile({ gateway: 'shed' }, ANNOUNCER);
ANNOUNCER.heard(REPORT, 0);

/** A report of a tag that was announced, topic and payload. */
export function homeAssistantPayload(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    ANNOUNCER.heard(REPORT, i);
    const topic = HOME_ASSISTANT.writeTopic(REPORT, 0, INTO, 0, INTO.length);
    if (topic > 0 && HOME_ASSISTANT.writePayload(REPORT, 0, INTO, 0, INTO.length) === JSON_LENGTH) done++;
  }
  return done;
}

/** Takes all that it is given. */
const HOST_CONNECTION = {
  connected: true,
  subscribe: () => 0,
  publishRange: () => 0,
};
const EDGE_NODE = new EdgeNode(
  { groupId: 'Plant', nodeId: 'shed', primaryHost: undefined, brokers: 1, tags: 4, maxPayload: 1024, commands: true },
  { clock: { now: () => 0, unixTime: () => 1790000000000 }, notice: () => {} },
);
EDGE_NODE.start(0, { connection: HOST_CONNECTION as never, tags: undefined, presence: undefined, wake: () => {} });
EDGE_NODE.connected(0);

/** A reading on its way: the first one is in a birth. */
export function sparkplugReading(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (!EDGE_NODE.introduce(REPORT, HOST_CONNECTION as never, 0) || EDGE_NODE.messages() !== 1) continue;
    const topic = EDGE_NODE.writeTopic(REPORT, 0, INTO, 0, INTO.length);
    if (topic < 0 || EDGE_NODE.writePayload(REPORT, 0, INTO, 0, INTO.length) < 0) continue;
    EDGE_NODE.sent(REPORT);
    done++;
  }
  return done;
}

/** A rebirth: that of the node and of a device. */
export function sparkplugRebirth(count: number): number {
  for (let i = 0; i < count; i++) EDGE_NODE.connected(0);
  return count;
}

const OPENMQTTGATEWAY = new OpenMqttGatewayProfile('home/shed');
const RUUVI = new RuuviProfile('ruuvi/shed/', 'shed');
const ESPRESENSE = new EspresenseProfile('espresense/', 'shed');

function shapePayload(shape: ShapeProfile, count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    const topic = shape.messages(REPORT) === 1 ? shape.writeTopic(REPORT, 0, INTO, 0, INTO.length) : 0;
    if (topic > 0 && shape.writePayload(REPORT, 0, INTO, 0, INTO.length) > topic) done++;
  }
  return done;
}

export function openmqttgatewayPayload(count: number): number {
  return shapePayload(OPENMQTTGATEWAY, count);
}

export function ruuviPayload(count: number): number {
  return shapePayload(RUUVI, count);
}

export function espresensePayload(count: number): number {
  return shapePayload(ESPRESENSE, count);
}
