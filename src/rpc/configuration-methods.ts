import { JsonKind } from '../bytes/json-reader.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { SettingChange } from '../settings/persisted-settings.js';
import type { RemoteConfiguration } from '../settings/remote-configuration.js';
import { RpcError } from './rpc-call.js';
import type { RpcCall } from './rpc-call.js';
import { RpcAccess } from './rpc-options.js';
import type { RpcMethods } from './rpc-options.js';

const enum Method {
  get,
  set,
}

/** In the order of `Method`. */
const NAMES: readonly Uint8Array[] = Object.freeze(['configuration.get', 'configuration.set'].map(encodeUtf8));
/** What the configuration names, networks, brokers and tags, is not for everybody who may look at statistics. */
const ACCESS: readonly RpcAccess[] = Object.freeze([RpcAccess.all, RpcAccess.all]);
const KEY = encodeUtf8('key');
const TRIAL = encodeUtf8('trial');
const SECONDS = encodeUtf8('seconds');
const NAMES_OF_KEYS = encodeUtf8('the name of a configuration key');
const VALUES = encodeUtf8(
  'params must be {"key": value, …} with text, numbers, true, false, or null for "as built in"',
);

/**
 * The configuration from afar:
 *
 * - `configuration.get {key}` or with the bare name: `{"key": value}`; without params all that is given. What is secret
 *   is `*****`.
 * - `configuration.set {key: value, …}`: `{"trial":true,"seconds":120}`. Nothing is changed unless everything is
 *   allowed. The device restarts with the new values on trial: see `SettingsTrial`.
 *
 * Configuration is read and written rarely, so this is ordinary code.
 */
export class ConfigurationMethods implements RpcMethods {
  readonly names = NAMES;
  readonly access = ACCESS;

  /** `restart` restarts the device, which makes the new values count. */
  constructor(
    private readonly configuration: RemoteConfiguration,
    private readonly restart: () => void,
  ) {}

  run(index: number, call: RpcCall): void {
    if (index === Method.get) this.get(call);
    else this.set(call);
  }

  after(): void {
    this.restart();
  }

  private get(call: RpcCall): void {
    const wanted = call.pick(KEY);
    if (wanted.kind !== JsonKind.none && wanted.kind !== JsonKind.text) {
      call.refuseParam(KEY).part(NAMES_OF_KEYS);
      return;
    }
    const { configuration } = this;
    const { result } = call;
    const put = (name: string, value: string): void => {
      result.name(encodeUtf8(name));
      result.string(value);
    };
    let one: [name: string, value: string] | undefined;
    try {
      if (wanted.kind !== JsonKind.none) [one] = configuration.show(wanted.toText());
    } catch (error) {
      refuse(call, error);
      return;
    }
    result.openObject();
    if (one) put(one[0], one[1]);
    else configuration.showEach(put);
    result.closeObject();
  }

  private set(call: RpcCall): void {
    const { params, value } = call;
    const changes: SettingChange[] = [];
    for (let found = value.first(params); found; found = value.next()) {
      const { kind } = value;
      if (kind === JsonKind.object || kind === JsonKind.array) {
        call.refuse(RpcError.invalidParams).part(VALUES);
        return;
      }
      changes.push({ name: value.nameText(), value: kind === JsonKind.null ? undefined : value.toText() });
    }
    if (changes.length === 0) {
      call.refuse(RpcError.invalidParams).part(VALUES);
      return;
    }
    try {
      this.configuration.try(changes, call.overTls);
    } catch (error) {
      refuse(call, error);
      return;
    }
    const { result } = call;
    result.openObject();
    result.name(TRIAL);
    result.boolean(true);
    result.name(SECONDS);
    result.number(this.configuration.trialSeconds, 0);
    result.closeObject();
    call.afterwards = 1;
  }
}

/** The message of `RemoteConfiguration` is for people, and holds no secret. */
function refuse(call: RpcCall, error: unknown): void {
  if (!(error instanceof RangeError)) throw error;
  call.refuse(RpcError.invalidParams).part(encodeUtf8(error.message));
}
