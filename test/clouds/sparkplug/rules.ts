import { SPARKPLUG_LIMITS } from '../../../src/cloud/sparkplug/limits.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';
import { command, decode } from './decode.js';
import type { Metric, Payload } from './decode.js';

/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;
/** Types of Sparkplug 3.0, 6.4.16, as far as a tag or a gateway can have them. */
const TYPES = ['Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64', 'Float', 'Double', 'Boolean'];
const TOPIC = /^spBv1\.0\/([^/+#]+)\/(NBIRTH|NDEATH|NDATA|DBIRTH|DDATA|DDEATH)\/([^/+#]+)(?:\/([^/+#]+))?$/;

interface Birth {
  names: Map<string, string>;
  aliases: Map<number, string>;
}

/** What a host application knows of one edge node. */
interface Session {
  /** `group/node`. */
  node: string;
  bdSeq: number;
  /** Messages of this connection. */
  messages: number;
  isBorn: boolean;
  sequence: number;
  birth: Birth;
  devices: Map<string, Birth>;
  /** Devices that were alive before NBIRTH, and whose DBIRTH is due. */
  due: Set<string>;
}

/**
 * A host application that holds edge nodes to the normative statements of Sparkplug 3.0 (contract emulation): each
 * statement that a message can break is looked at for every message. A CONNECT that breaks one is refused; at a gap in
 * the sequence, and at data of whom it has no birth, the host asks for a rebirth. A fault's id is that of its statement
 * without `tck-id-`.
 */
export class SparkplugRules implements CloudRules {
  readonly limits = SPARKPLUG_LIMITS;
  readonly faults: Fault[];
  voice!: CloudVoice;
  /** How often each statement was looked at. */
  readonly checked: Map<string, number>;
  /** What came, decoded. */
  readonly received: { type: string; device: string | undefined; payload: Payload; message: CloudMessage }[] = [];
  /** Refuses every CONNECT, after it has looked at it. */
  refusing = false;

  private readonly connected = new Set<string>();
  private readonly sessions = new Map<string, Session>();
  /** The last bdSeq of each edge node, over connections. */
  private readonly bdSeqs: Map<string, number>;
  /** Devices that are alive, by edge node, over connections. */
  private readonly alive: Map<string, Set<string>>;

  /** `other`: the same host application at another broker. `now`: ms since 1970. */
  constructor(
    other?: SparkplugRules,
    private readonly now: () => number = Date.now,
  ) {
    this.faults = other?.faults ?? [];
    this.checked = other?.checked ?? new Map<string, number>();
    this.bdSeqs = other?.bdSeqs ?? new Map<string, number>();
    this.alive = other?.alive ?? new Map<string, Set<string>>();
  }

  /** Holds that a statement is kept; false, and a fault, when it is not. */
  expect(id: string, isKept: boolean, detail: string): boolean {
    this.checked.set(id, (this.checked.get(id) ?? 0) + 1);
    if (!isKept) this.faults.push({ id, detail });
    return isKept;
  }

  /** Payloads of a type of message, in order. */
  payloads(type: string, device?: string): Payload[] {
    return this.received
      .filter((each) => each.type === type && (device === undefined || each.device === device))
      .map(({ payload }) => payload);
  }

  /** Writes metrics of a device, `{group}/{node}/{device}`, as a host application does. */
  async writeDevice(device: string, ...metrics: Parameters<typeof command>): Promise<void> {
    await this.voice.publish(`spBv1.0/${device.replace('/', '/DCMD/')}`, command(...metrics), 0);
  }

  /** The same of an edge node. */
  async write(node: string, ...metrics: Parameters<typeof command>): Promise<void> {
    await this.voice.publish(`spBv1.0/${node.replace('/', '/NCMD/')}`, command(...metrics), 0);
  }

  authenticate(connect: CloudConnect): number {
    if (!this.connect(connect) || this.refusing) return REFUSED;
    this.connected.add(connect.clientId);
    return 0;
  }

  onEnd(clientId: string): void {
    this.connected.delete(clientId);
  }

  onPublish(message: CloudMessage): void {
    const session = this.sessions.get(message.clientId);
    if (!session) return;
    const match = TOPIC.exec(message.topic);
    for (const id of ['topic-structure', 'topic-structure-namespace-a']) {
      this.expect(id, match !== null, message.topic);
    }
    if (match === null) return;
    const [, group, type, node, device] = match as unknown as [string, string, string, string, string | undefined];
    const isOfDevice = type.startsWith('D');
    const named = isOfDevice ? 'associated-message-types' : 'non-associated-message-types';
    this.expect(`topic-structure-namespace-device-id-${named}`, (device !== undefined) === isOfDevice, message.topic);
    const lower = type.toLowerCase();
    const isWhole = (device !== undefined) === isOfDevice && `${group}/${node}` === session.node;
    this.expect(`topics-${lower}-topic`, isWhole, message.topic);
    this.names('group-id', group);
    this.names('edge-node-id', node);
    if (device !== undefined) this.names('device-id', device);
    if (type !== 'NDEATH') {
      this.expect(`topics-${lower}-mqtt`, message.qos === 0 && !message.retain, `QoS ${message.qos}`);
      if (type !== 'DDEATH') {
        this.expect(`payloads-${lower}-qos`, message.qos === 0, `QoS ${message.qos}`);
        this.expect(`payloads-${lower}-retain`, !message.retain, 'retained');
      }
    }
    // The will comes this way as well.
    const isFirst = session.messages === 0 && type !== 'NDEATH';
    this.expect('principles-birth-certificates-order', !isFirst || type === 'NBIRTH', `first: ${type}`);
    session.messages++;
    this.expect('message-flow-edge-node-birth-publish-connect', this.connected.has(message.clientId), type);
    const flow = 'message-flow-edge-node-birth-publish-nbirth-payload';
    const deviceFlow = 'message-flow-device-birth-publish-dbirth-payload';
    const payload = this.read(type === 'DBIRTH' ? deviceFlow : flow, message.payload);
    if (!payload) return;
    this.received.push({ type, device, payload, message });
    if (type === 'NDEATH') {
      const bdSeq = this.death(payload);
      this.expect('payloads-ndeath-bdseq', bdSeq === session.bdSeq, `bdSeq ${bdSeq}, of the will ${session.bdSeq}`);
      session.isBorn = false;
      return;
    }
    this.look(type, lower, payload);
    if (!this.count(type, lower, payload, session)) return this.askForRebirth(`${group}/NCMD/${node}`);
    if (type === 'NBIRTH') this.nodeBirth(message, payload, session);
    else if (!session.isBorn) this.expect('topics-nbirth-topic', false, `${type} before NBIRTH`);
    else if (type === 'DBIRTH') this.deviceBirth(device!, message, payload, session);
    else if (type === 'NDATA') this.data('ndata', payload, session.birth, session);
    else if (type === 'DDEATH') {
      this.expect('operational-behavior-device-ddeath', session.devices.has(device!), `no birth of ${device!}`);
      session.devices.delete(device!);
      this.alive.get(session.node)!.delete(device!);
    } else {
      const birth = session.devices.get(device!);
      const isBorn = this.expect('payloads-ddata-order', birth !== undefined, `DDATA of ${device!} before DBIRTH`);
      if (isBorn) this.data('ddata', payload, birth!, session);
      else this.askForRebirth(`${group}/NCMD/${node}`);
    }
  }

  onRestart(): void {
    this.bdSeqs.clear();
  }

  private connect(connect: CloudConnect): boolean {
    // Another host application, or somebody who only listens.
    if (connect.clientId.startsWith('host')) return true;
    const before = this.faults.length;
    const { will, clean } = connect;
    this.expect('principles-persistence-clean-session-311', clean, 'the session is kept');
    const hasWill = this.expect(
      'message-flow-edge-node-birth-publish-will-message',
      will !== undefined,
      'CONNECT has no will',
    );
    if (!hasWill) return false;
    this.expect('payloads-ndeath-will-message', TOPIC.exec(will!.topic)?.[2] === 'NDEATH', will!.topic);
    const topic = TOPIC.exec(will!.topic);
    const flow = 'message-flow-edge-node-birth-publish-will-message-';
    for (const id of [`${flow}topic`, 'topics-ndeath-topic']) {
      this.expect(id, topic !== null && topic[4] === undefined, will!.topic);
    }
    if (topic === null) return false;
    for (const id of [`${flow}qos`, 'payloads-ndeath-will-message-qos'])
      this.expect(id, will!.qos === 1, `QoS ${will!.qos}`);
    for (const id of [`${flow}will-retained`, 'payloads-ndeath-will-message-retain']) {
      this.expect(id, !will!.retain, 'the will is retained');
    }
    const payload = this.read(`${flow}payload`, will!.bytes);
    if (!payload) return false;
    const bdSeq = this.death(payload);
    const node = `${topic[1]}/${topic[3]}`;
    const last = this.bdSeqs.get(node) ?? -1;
    const isNext = bdSeq === (last + 1) % 256;
    this.expect(`${flow}payload-bdSeq`, isNext, `bdSeq ${bdSeq} after ${last}`);
    this.expect('topics-nbirth-bdseq-increment', isNext, `bdSeq ${bdSeq} after ${last}`);
    this.bdSeqs.set(node, bdSeq);
    // It started anew, and knows of no device.
    if (bdSeq === 0) this.alive.set(node, new Set());
    this.sessions.set(connect.clientId, {
      node,
      bdSeq,
      messages: 0,
      isBorn: false,
      sequence: 255,
      birth: { names: new Map(), aliases: new Map() },
      devices: new Map(),
      due: new Set(),
    });
    return this.faults.length === before;
  }

  /** Looks at NDEATH; returns its bdSeq. */
  private death({ metrics, seq }: Payload): number {
    const metric = metrics.find(({ name }) => name === 'bdSeq');
    this.expect('topics-ndeath-payload', metrics.length === 1 && metric !== undefined, JSON.stringify(metrics));
    for (const id of ['topics-ndeath-seq', 'payloads-ndeath-seq']) this.expect(id, seq === undefined, `seq ${seq}`);
    const type = metric?.type ?? 'none';
    this.expect('message-flow-edge-node-birth-publish-will-message-payload-bdSeq', type === 'Int64', type);
    return typeof metric?.value === 'number' ? metric.value : -1;
  }

  private read(id: string, bytes: Uint8Array): Payload | undefined {
    try {
      const payload = decode(bytes);
      this.expect(id, true, '');
      return payload;
    } catch (error) {
      this.expect(id, false, String(error));
      return undefined;
    }
  }

  /** What holds for every message but NDEATH. */
  private look(type: string, lower: string, { timestamp, metrics, seq }: Payload): void {
    const now = this.now();
    // Not the time of a clock elsewhere, and no time since the start.
    const isTime = (time: number | undefined): boolean => time !== undefined && time > 1e12 && time < now + 864e5;
    const ids = [`payloads-${lower}-timestamp`, 'payloads-timestamp-in-UTC'];
    if (type !== 'DDEATH') ids.push(`topics-${lower}-timestamp`);
    for (const id of ids) {
      this.expect(id, isTime(timestamp), `${type} at ${timestamp}`);
    }
    const inRange = seq !== undefined && seq >= 0 && seq <= 255;
    this.expect('payloads-sequence-num-always-included', inRange, `${type}: seq ${seq}`);
    for (const metric of metrics) {
      const at = metric.timestamp;
      this.expect('payloads-name-birth-data-requirement', at !== undefined, nameOf(metric));
      this.expect('payloads-metric-timestamp-in-UTC', isTime(at), `${nameOf(metric)} at ${at}`);
      this.expect('payloads-name-requirement', metric.name !== undefined || metric.alias !== undefined, type);
      const isType = TYPES.includes(metric.type) || metric.type === 'String';
      for (const id of ['payloads-metric-datatype-value-type', 'payloads-metric-datatype-value']) {
        this.expect(id, isType, `${nameOf(metric)}: ${metric.type}`);
      }
    }
  }

  /** Looks at the sequence number. False when there is a gap. */
  private count(type: string, lower: string, { seq }: Payload, session: Session): boolean {
    if (type === 'NBIRTH') {
      this.expect('topics-nbirth-seq-num', seq === 0, `seq ${seq}`);
      for (const id of [
        'payloads-nbirth-seq',
        'payloads-sequence-num-req-nbirth',
        'message-flow-edge-node-birth-publish-nbirth-payload-seq',
      ]) {
        this.expect(id, seq !== undefined && seq >= 0 && seq <= 255, `seq ${seq}`);
      }
      session.sequence = seq ?? 0;
      return true;
    }
    const next = (session.sequence + 1) % 256;
    const isNext = seq === next;
    const ids = [`topics-${lower}-${type === 'DBIRTH' ? 'seq' : 'seq-num'}`, `payloads-${lower}-seq`];
    ids.push(`payloads-${lower}-seq-inc`, 'payloads-sequence-num-incrementing');
    if (type === 'DBIRTH') ids.push('message-flow-device-birth-publish-dbirth-payload-seq');
    if (type === 'DDEATH') ids.push('payloads-ddeath-seq-number');
    for (const id of ids) this.expect(id, isNext, `seq ${seq} after ${session.sequence}`);
    session.sequence = seq ?? next;
    return isNext;
  }

  private nodeBirth(message: CloudMessage, { metrics }: Payload, session: Session): void {
    const flow = 'message-flow-edge-node-birth-publish-nbirth-';
    this.expect(`${flow}topic`, message.topic === `spBv1.0/${session.node.replace('/', '/NBIRTH/')}`, message.topic);
    this.expect(`${flow}qos`, message.qos === 0, `QoS ${message.qos}`);
    this.expect(`${flow}retained`, !message.retain, 'retained');
    const bdSeq = metrics.find(({ name }) => name === 'bdSeq');
    for (const id of ['topics-nbirth-bdseq-included', 'payloads-nbirth-bdseq'])
      this.expect(id, bdSeq !== undefined, 'none');
    const same = bdSeq?.value === session.bdSeq;
    for (const id of ['topics-nbirth-bdseq-matching', 'payloads-nbirth-bdseq-repeat']) {
      this.expect(id, same, `bdSeq ${String(bdSeq?.value)}, of the will ${session.bdSeq}`);
    }
    this.expect(`${flow}payload-bdSeq`, same && bdSeq.type === 'Int64', bdSeq?.type ?? 'none');
    const rebirth = metrics.find(({ name }) => name === 'Node Control/Rebirth');
    const control = 'operational-behavior-data-commands-rebirth-';
    this.expect(`${control}name`, rebirth !== undefined, 'no Node Control/Rebirth');
    this.expect(`${control}name-aliases`, rebirth?.alias === undefined, 'Node Control/Rebirth has an alias');
    this.expect(`${control}datatype`, rebirth?.type === 'Boolean', rebirth?.type ?? 'none');
    this.expect(`${control}value`, rebirth?.value === false, String(rebirth?.value));
    for (const id of ['topics-nbirth-rebirth-metric', 'payloads-nbirth-rebirth-req']) {
      this.expect(id, rebirth?.type === 'Boolean' && rebirth.value === false, JSON.stringify(rebirth));
    }
    session.isBorn = true;
    session.devices.clear();
    session.due = new Set(this.alive.get(session.node));
    session.birth = this.birth('nbirth', metrics, session);
  }

  private deviceBirth(device: string, message: CloudMessage, { metrics }: Payload, session: Session): void {
    const flow = 'message-flow-device-birth-publish-';
    this.expect(`${flow}nbirth-wait`, session.isBorn, 'before NBIRTH');
    const topic = `spBv1.0/${session.node.replace('/', '/DBIRTH/')}/${device}`;
    for (const id of ['dbirth-topic', 'dbirth-match-edge-node-topic']) {
      this.expect(flow + id, message.topic === topic, message.topic);
    }
    this.expect(`${flow}dbirth-qos`, message.qos === 0, `QoS ${message.qos}`);
    this.expect(`${flow}dbirth-retained`, !message.retain, 'retained');
    const alive = this.alive.get(session.node)!;
    const others = [...alive].filter((other) => other !== device).map((other) => other.toLowerCase());
    for (const id of ['topic-structure-namespace-unique-device-id', 'case-sensitivity-sparkplug-ids']) {
      this.expect(id, !others.includes(device.toLowerCase()), device);
    }
    alive.add(device);
    session.due.delete(device);
    session.devices.delete(device);
    session.devices.set(device, this.birth('dbirth', metrics, session));
  }

  /** What holds for the metrics of a birth. */
  private birth(type: string, metrics: Metric[], session: Session): Birth {
    const birth: Birth = { names: new Map(), aliases: new Map() };
    const taken = [session.birth, ...session.devices.values()];
    const lower = new Set<string>();
    for (const metric of metrics) {
      const { name, alias, value } = metric;
      this.expect(`topics-${type}-metrics`, name !== undefined && value !== undefined, JSON.stringify(metric));
      this.expect('payloads-metric-datatype-req', metric.type !== undefined, nameOf(metric));
      this.expect(`operational-behavior-data-publish-${type}-values`, value !== undefined, nameOf(metric));
      this.expect('case-sensitivity-metric-names', !lower.has(name!.toLowerCase()), name!);
      lower.add(name!.toLowerCase());
      if (name !== 'bdSeq' && name !== 'Node Control/Rebirth') {
        this.expect('payloads-alias-birth-requirement', alias !== undefined, name!);
      }
      birth.names.set(name!, metric.type);
      if (alias === undefined) continue;
      const isOther = taken.some((other) => other.aliases.has(alias) && type === 'dbirth') || birth.aliases.has(alias);
      this.expect('payloads-alias-uniqueness', !isOther, `${name!}: ${alias}`);
      birth.aliases.set(alias, metric.type);
    }
    const times = metrics.filter(({ isHistorical }) => !isHistorical).map(({ timestamp }) => timestamp!);
    const ordered = times.every(
      (time, i) => i === 0 || metrics[i]!.name !== metrics[i - 1]!.name || time >= times[i - 1]!,
    );
    this.expect(`operational-behavior-data-publish-${type}-order`, ordered, times.join());
    return birth;
  }

  private data(type: string, { metrics }: Payload, { aliases }: Birth, { due }: Session): void {
    const birth = type === 'ndata' ? 'nbirth' : 'dbirth';
    for (const metric of metrics) {
      const known = metric.alias !== undefined && aliases.has(metric.alias);
      this.expect('payloads-alias-data-cmd-requirement', metric.name === undefined && known, nameOf(metric));
      for (const id of [`topics-${birth}-metric-reqs`, `operational-behavior-data-publish-${birth}`]) {
        this.expect(id, known && aliases.get(metric.alias!) === metric.type, nameOf(metric));
      }
    }
    this.expect(`topics-${type}-payload`, metrics.length > 0, 'no metric');
    for (const id of ['payloads-dbirth-order', `payloads-${type}-order`]) {
      this.expect(id, due.size === 0, `before DBIRTH of ${[...due].join()}`);
    }
  }

  /** Looks at what stands in a topic. */
  private names(what: string, id: string): void {
    const isText = id !== '' && !id.includes('\ufffd') && !id.includes('\0');
    for (const statement of [
      `intro-${what}-string`,
      `intro-${what}-chars`,
      `topic-structure-namespace-valid-${what}`,
    ]) {
      this.expect(statement, isText && !/[+/#]/.test(id), id);
    }
  }

  private askForRebirth(topic: string): void {
    const metric = { name: 'Node Control/Rebirth', type: 'Boolean', value: true };
    void this.voice.publish(`spBv1.0/${topic}`, command(metric), 0);
  }
}

function nameOf({ name, alias }: Metric): string {
  return name ?? `alias ${alias}`;
}
