import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { Connection } from '../../connection/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { CloudDevice } from '../definition.js';
import type { GatewayDevices } from './devices.js';

const QOS = 1;
const ATTRIBUTES = encodeUtf8('v1/gateway/attributes');
const REQUEST = encodeUtf8('v1/gateway/attributes/request');
const RESPONSE = encodeUtf8('v1/gateway/attributes/response');
/** The shared attribute of a tag. */
const KEY = 'policy';
const POLICY = encodeUtf8(KEY);
const DEVICE = encodeUtf8('device');
const DATA = encodeUtf8('data');
const DELETED = encodeUtf8('deleted');
const VALUE = encodeUtf8('value');
const VALUES = encodeUtf8('values');
const SHARED = encodeUtf8('shared');

const APPLIED = 'applied';
const NO_POLICIES = 'not applied: this device has no policies';
const RULE = 'policy must be text such as "interval=30 temperature=0.5"';

/**
 * The shared attribute `policy` of a tag's device in ThingsBoard is the report policy of that tag, in the words of
 * `policy.set`: `interval=30 temperature=0.5`. It counts at once and after a restart; deleted, the tag has none of its
 * own. It is asked for after each connection, since changes come only to a gateway that is connected. The client
 * attribute `policyResult` of the tag says what became of it.
 *
 * Attributes change rarely, so this is ordinary code.
 */
export class TagPolicies {
  private readonly devices: GatewayDevices;
  private readonly device: Pick<CloudDevice, 'policies'>;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly section = new JsonValue();
  private readonly value = new JsonValue();
  /** By device: what became of its policy and is still to be said; empty or absent: nothing. */
  private readonly results: string[] = [];

  constructor(devices: GatewayDevices, device: Pick<CloudDevice, 'policies'>) {
    this.devices = devices;
    this.device = device;
  }

  start(connection: Connection): void {
    if (connection.subscribe(ATTRIBUTES, QOS) < 0 || connection.subscribe(RESPONSE, QOS) < 0) {
      throw new RangeError('attributes of tags: no room for 2 subscriptions; maxSubscriptions is too small');
    }
  }

  /** Asks for the policy of a device. False: there is no room. */
  ask(device: number, connection: Connection): boolean {
    const name = this.devices.nameText(device);
    // With QoS 0, since the next connection has a question of its own, once the device is connected there.
    const question = { id: device + 1, device: name, client: false, key: KEY };
    return connection.publish(REQUEST, encodeUtf8(JSON.stringify(question)), 0, false) >= 0;
  }

  hasResult(device: number): boolean {
    return this.results.length > device && (this.results[device] ?? '') !== '';
  }

  /** Says what became of the policy of a device. False: there is no room. */
  tellResult(device: number, connection: Connection): boolean {
    const attributes = { [this.devices.nameText(device)]: { policyResult: this.results[device] } };
    if (connection.publish(ATTRIBUTES, encodeUtf8(JSON.stringify(attributes)), QOS, false) < 0) return false;
    this.results[device] = '';
    return true;
  }

  /** Takes what ThingsBoard says of a device's attributes; other messages are ignored. */
  message(message: IncomingMessage): void {
    const isResponse = isTopic(message, RESPONSE);
    if (!isResponse && !isTopic(message, ATTRIBUTES)) return;
    const { payload, payloadFrom, payloadTo, total } = message;
    if (total > payloadTo - payloadFrom || !this.check.check(payload, payloadFrom, payloadTo)) return;
    const { root, value } = this;
    root.point(payload, payloadFrom, payloadTo);
    if (!value.member(root, DEVICE) || value.kind !== JsonKind.text) return;
    const device = this.devices.named(value.toText());
    if (device < 0) return;
    if (isResponse ? this.findAnswer() : this.findChange()) {
      this.take(device, value.kind === JsonKind.text ? value.toText() : undefined);
    } else if (!isResponse && this.isDeleted()) {
      this.take(device, '');
    }
  }

  /**
   * Points `value` to the policy in a response. A server gives the only value that was asked for as `value`, or by name
   * below `values`, or, asked for each scope apart, below `shared`.
   */
  private findAnswer(): boolean {
    const { root, section, value } = this;
    if (value.member(root, VALUE)) return true;
    if (section.member(root, SHARED) && value.member(section, POLICY)) return true;
    return section.member(root, VALUES) && value.member(section, POLICY);
  }

  private findChange(): boolean {
    return this.section.member(this.root, DATA) && this.value.member(this.section, POLICY);
  }

  private isDeleted(): boolean {
    const { section, value } = this;
    if (!value.member(section, DELETED) || value.kind !== JsonKind.array) return false;
    return (JSON.parse(value.toText()) as unknown[]).includes(KEY);
  }

  /** `settings` undefined: it is no text. */
  private take(device: number, settings: string | undefined): void {
    const { policies } = this.device;
    let result = policies ? APPLIED : NO_POLICIES;
    if (settings === undefined) {
      result = 'not applied: ' + RULE;
    } else if (policies) {
      try {
        policies.setTagPolicy(this.devices.addressText(device), settings);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        result = 'not applied: ' + error.message;
      }
    }
    while (this.results.length <= device) this.results.push('');
    this.results[device] = result;
  }
}
