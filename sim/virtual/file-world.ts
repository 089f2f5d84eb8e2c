import { parseBrokers } from '../../src/settings/parse-value.js';
import { milliseconds } from '../world/duration.js';
import type { FileBroker, FileGateway, FileWifi, WorldFile } from '../world/world-file.js';
import type { Rule } from './ledger/rule.js';
import { isAddress } from './network/internet.js';
import type { Path } from './network/tcp.js';
import { Chance } from './random.js';
import type { BoardName, PersonAction, SimulatedWorld, WorldBroker, WorldGateway } from './world.js';

const HOUR = 3_600_000;
/** For documentation: RFC 5737. */
const FIRST_ADDRESS = '203.0.113.';

/** What is decided where a world is run, and not in its file. */
export interface FileWorldOptions {
  /** Instead of the boards in the file. */
  board?: BoardName;
  /** Over the settings in the file. The brokers and the Wi-Fi that they name are then those of the world. */
  settings?: WorldGateway['settings'];
}

/** The world that a file describes, as `parseWorld` accepts it. */
export function worldFromFile(file: WorldFile, options: FileWorldOptions = {}): SimulatedWorld {
  const { settings = {} } = options;
  const named = typeof settings['broker'] === 'string' ? parseBrokers(settings['broker']) : undefined;
  const asked = named?.map(({ host, port, tls }): FileBroker => ({ name: host, port, tls: tls !== undefined }));
  const brokers = brokersOf(asked ?? file.brokers ?? [{ name: 'broker.example' }]);
  const { name, port, tls } = brokers[0]!;
  const url = (tls ? 'mqtts://' : 'mqtt://') + name + ':' + port;
  const gateways: readonly FileGateway[] = file.gateways ?? [{ name: 'gateway-1', position: file.gateway!.position }];
  const { rssi } = file.wifi ?? {};
  const { ssid = 'tagwire', password } = wifiOf(settings) ?? file.wifi ?? {};
  return {
    name: file.name,
    gateways: gateways.map((gateway) => ({
      name: gateway.name,
      board: options.board ?? gateway.board ?? 'esp32',
      position: gateway.position,
      settings: { broker: url, ...consoleFor(gateway), ...gateway.settings, ...settings },
      ...(gateway.poweredAt !== undefined && { poweredAt: milliseconds(gateway.poweredAt) }),
      people: (gateway.people ?? []).map((action): PersonAction => ({ ...action, at: milliseconds(action.at) })),
    })),
    ...(file.radio && { radio: file.radio }),
    tags: file.tags,
    brokers,
    wifi: {
      ssid,
      ...(password !== undefined && { password }),
      ...(rssi !== undefined && { rssi }),
      path: pathOf(file),
    },
  };
}

/** Brokers of one name are at one address. */
function brokersOf(brokers: readonly FileBroker[]): WorldBroker[] {
  const names = brokers.map(({ name }) => name);
  return brokers.map(({ name, port, tls }) => {
    const address = isAddress(name) ? name : FIRST_ADDRESS + (10 + names.indexOf(name));
    return { name, port: port ?? (tls ? 8883 : 1883), addresses: [address], ...(tls !== undefined && { tls }) };
  });
}

/** The network that settings name; undefined when they name none. */
function wifiOf({ ssid, password }: WorldGateway['settings']): Pick<FileWifi, 'ssid' | 'password'> | undefined {
  if (typeof ssid !== 'string' || ssid === '') return undefined;
  return { ssid, ...(typeof password === 'string' && password !== '' && { password }) };
}

/** A line can be typed only where there is a console. */
function consoleFor({ people }: FileGateway): WorldGateway['settings'] {
  return people?.some(({ line }) => line !== undefined) ? { serialConsole: true } : {};
}

function pathOf({ wifi = {} }: WorldFile): Partial<Path> {
  const { latencyMilliseconds, jitterMilliseconds, bytesPerSecond, lossProbability } = wifi;
  return {
    ...(latencyMilliseconds !== undefined && { latency: latencyMilliseconds }),
    ...(jitterMilliseconds !== undefined && { jitter: jitterMilliseconds }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(lossProbability !== undefined && { loss: lossProbability }),
  };
}

/** How long a file says that it is run, in hours. */
export function hoursOfFile(file: WorldFile): number {
  return milliseconds(file.until ?? '1h') / HOUR;
}

/**
 * The faults of a file as text for `parseFaults`, with commas between. Those that come at a rate are at times that
 * `seed` decides, within `hours`.
 */
export function faultsOfFile(file: WorldFile, seed: number, hours: number): string {
  const chance = new Chance(seed);
  const texts = (file.faults ?? []).flatMap((fault, index) => {
    if (typeof fault === 'string') return [fault];
    const random = chance.stream('rate of fault ' + index);
    const { kind, perHour } = fault;
    const length = fault.for === undefined ? '' : '+' + fault.for;
    const values = fault.with === undefined ? '' : ' ' + fault.with;
    const count = Math.round(perHour * hours);
    return Array.from(
      { length: count },
      () => `${kind}@${Math.floor(random.unit() * hours * HOUR)}ms${length}${values}`,
    );
  });
  return texts.join(', ');
}

/** The expectations of a file as a rule, for one run. Readings are those of the cloud `plain`. */
export function expectationsOfFile(file: WorldFile): Rule {
  const { connected, readings = [], messages } = file.expect ?? {};
  return {
    name: 'expect',
    finish(simulation) {
      const { ledger, brokers, devices } = simulation;
      const fail = (detail: string): void => ledger.break('expect', simulation.now(), detail);
      const check = (what: string, found: number, atLeast = 0, atMost = Infinity): void => {
        if (found < atLeast) fail(`${what}: at least ${atLeast} expected, got ${found}`);
        if (found > atMost) fail(`${what}: at most ${atMost} expected, got ${found}`);
      };
      if (connected) {
        let sessions = 0;
        for (const { model } of brokers) {
          for (const client of model.clientIds) if (model.session(client)!.connected) sessions++;
        }
        check('connected gateways', sessions, devices.filter((device) => device.running).length);
      }
      if (messages) check('messages', ledger.received.length, messages.atLeast, messages.atMost);
      if (readings.length === 0) return;
      const counts = new Map<string, number>();
      for (const { topic } of ledger.received) {
        const address = /\/tags\/([0-9A-F]{12})$/.exec(topic)?.[1];
        if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
      }
      for (const { tag, atLeast, atMost } of readings) {
        const addresses = new Set<string>();
        for (const { name, address } of file.tags) {
          if (name === tag) addresses.add(address.split(':').join('').toUpperCase());
        }
        let found = 0;
        for (const address of addresses) found += counts.get(address) ?? 0;
        check(`readings of ${tag}`, found, atLeast, atMost);
      }
    },
  };
}
