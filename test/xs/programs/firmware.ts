import { ESP32_LIMITS } from '../../../boards/esp32/limits.js';
import { ESP8266_LIMITS } from '../../../boards/esp8266/limits.js';
import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { HOME_ASSISTANT } from '../../../src/cloud/home-assistant/definition.js';
import { PLAIN } from '../../../src/cloud/plain/definition.js';
import { THINGSBOARD } from '../../../src/cloud/thingsboard/definition.js';
import { CLOUDS } from '../../../src/cloud/profiles.js';
import { bootFirmware, Firmware } from '../../../src/device/firmware.js';
import type { FirmwareFeatures } from '../../../src/device/firmware.js';
import type { Board } from '../../../src/hal/index.js';
import { makeKeptRpc } from '../../../src/rpc/kept-answers.js';
import { makeRpc } from '../../../src/rpc/make-rpc.js';
import { PersistedPolicies } from '../../../src/settings/persisted-policies.js';
import { openFlashLog } from '../../../src/device/open-flash-log.js';
import { makeTagReporter } from '../../../src/device/tag-log.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
import type { RawConfiguration } from '../../../src/settings/configuration.js';
import { RemoteConfiguration } from '../../../src/settings/remote-configuration.js';
import { parseTagConfiguration } from '../../../src/settings/tag-configuration.js';
import type { Outbox } from '../../../src/telemetry/outbox/outbox.js';
import { MemoryPartition } from './memory-partition.js';
import { publishPacket } from './publish-packet.js';
import { World } from './world.js';

/*
 * A device in a world with outages. One of the functions that begin with `start` makes it, `run` lets time pass, and
 * the others tell what became of its readings. The world and all settings are made when this module is loaded: on a
 * chip the settings are in ROM, and there is no world in its heap.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Between two of the messages that are no readings. */
const BEAT = 8 * SECOND;
/** Between two RPC calls. */
const CALL = 20 * SECOND;
/** How many readings a run may have. */
const MOST_READINGS = 1 << 18;
const TAGS = 64;
/** A reading of a MikroTik tag takes 78 bytes of the outbox; beside 64 of them there is room for news. */
const READING_BYTES = 84;

export const world = new World(MOST_READINGS);
const esp32: Board = Object.assign(world.board('esp32', true), { restart });
const esp8266 = Object.assign(world.board('esp8266', false), { restart });
const target = { ...ESP8266_LIMITS, gateway: 'shed', clouds: [PLAIN, HOME_ASSISTANT, THINGSBOARD] };
const tags = { ...ESP32_LIMITS.tags, parse: parseTagConfiguration };
const tagTarget = { ...ESP32_LIMITS, gateway: 'shed', tags, clouds: CLOUDS };
/** What `config` of a manifest says; all else has its default. */
const settings = {
  ssid: 'field',
  password: 'correct horse',
  broker: 'mqtt://broker.example',
  cleanSession: false,
  keepAlive: 20,
};
const tagSettings = Object.assign({}, settings, {
  tags: TAGS,
  interval: 30,
  heartbeat: 600,
  policies: 'mikrotik temperature=0.05 humidity=1; DC:2C:6E:00:00:01 interval=15; DC:2C:6E:00:00:02 interval=60',
});
const thingsBoardSettings = Object.assign({}, settings, {
  cloud: 'thingsboard',
  accessToken: 'A1_TEST_TOKEN',
  claimSecret: 'label',
});
const homeAssistantSettings = Object.assign({}, settings, { cloud: 'home-assistant' });
const openThingsBoardSettings = Object.assign({}, thingsBoardSettings, { rpcAccess: 'all' });
const openHomeAssistantSettings = Object.assign({}, homeAssistantSettings, { rpcAccess: 'all' });
const openSettings = Object.assign({}, settings, { rpcAccess: 'all' });
const openTagSettings = Object.assign({}, tagSettings, { rpcAccess: 'all' });
/** Each reading of each tag, and nothing else. */
const everything = Object.assign({}, settings, {
  tags: TAGS,
  interval: 0,
  heartbeat: 0,
  presence: 0,
});
const beatTopic = encodeUtf8('tagwire/shed/beat');
const beatPayload = encodeUtf8('1');
const beatTimer = world.time.create(beat);
const callPacket = publishPacket('tagwire/shed/cmd/17', encodeUtf8('{"method":"statistics"}'));
/** The same call as ThingsBoard sends it. */
const thingsBoardPacket = publishPacket('v1/devices/me/rpc/request/17', encodeUtf8('{"method":"statistics"}'));
const callTimer = world.time.create(call);
/** What reaches deepest into the stack: all that a start checks is checked before it is persisted. */
const setters = [
  '{"method":"configuration.get"}',
  '{"method":"policy.set","params":{"policy":"mikrotik temperature=0.1 humidity=1;\\nruuvi5 interval=30"}}',
  '{"method":"configuration.set","params":{"keepAlive":70000}}',
  '{"method":"configuration.set","params":{"broker":"mqtt://a.example,mqtt://b","keepAlive":30}}',
  '{"method":"statistics"}',
].map(encodeUtf8);
const plainSetters = setters.map((json) => publishPacket('tagwire/shed/cmd/18', json));
const thingsBoardSetters = setters.map((json) => publishPacket('v1/devices/me/rpc/request/18', json));
let setterPackets = plainSetters;

let firmware: Firmware | undefined;
let partition: MemoryPartition | undefined;
let sent = 0;
let calling = callPacket;

/** Makes the partition of the log of an ESP32: before the start, since it belongs to the world, and there only. */
export function makePartition(): number {
  partition = new MemoryPartition(ESP32_LIMITS.tags.outboxBlocks);
  return ESP32_LIMITS.tags.outboxBlocks;
}

/** The firmware of an ESP8266: status, health and RPC, three a minute, with an outage each minute. */
export function startEsp8266(): number {
  world.fail(MINUTE, MINUTE / 4);
  callTimer.start(CALL);
  return launch8266();
}

/** The same at ThingsBoard. */
export function startEsp8266ThingsBoard(): number {
  world.fail(MINUTE, MINUTE / 4);
  calling = thingsBoardPacket;
  callTimer.start(CALL);
  return launch8266(thingsBoardSettings);
}

/** The same for Home Assistant. */
export function startEsp8266HomeAssistant(): number {
  world.fail(MINUTE, MINUTE / 4);
  callTimer.start(CALL);
  return launch8266(homeAssistantSettings);
}

/** That of an ESP32: 64 tags as well, each heard every 6.4 s, with policies and presence. */
export function startEsp32(): number {
  return launchEsp32();
}

/** `startEsp32` with further parts. */
export function launchEsp32(makeParts?: FirmwareFeatures['makeParts']): number {
  world.hear(TAGS, MINUTE / 600);
  world.fail(MINUTE, MINUTE / 4);
  callTimer.start(CALL);
  return launch32(tagSettings, makeParts);
}

/** The same boards with `rpcAccess` `all`, without outages: for `set`. */
export function startOpenEsp8266(): number {
  return launch8266(openSettings);
}

export function startOpenEsp8266ThingsBoard(): number {
  setterPackets = thingsBoardSetters;
  return launch8266(openThingsBoardSettings);
}

export function startOpenEsp8266HomeAssistant(): number {
  return launch8266(openHomeAssistantSettings);
}

export function startOpenEsp32(): number {
  world.hear(TAGS, MINUTE / 600);
  return launch32(openTagSettings);
}

/** Sends the RPC call with this number, and lets a second pass. Returns how many calls there are. */
export function set(index: number): number {
  if (world.broker.send(setterPackets[index]!)) sent++;
  run(1);
  return setterPackets.length;
}

/** A month, without calls and presence: a reading every minute, a message every 8 s, an outage every two hours. */
export function startSoak(): number {
  world.hear(TAGS, MINUTE);
  world.fail(2 * HOUR, 20 * MINUTE);
  beatTimer.start(BEAT);
  return launch32(everything);
}

/** As boards/esp32/device.ts does it. Returns 1, or 0 when the firmware did not start. */
function launch32(builtIn: RawConfiguration, makeParts?: FirmwareFeatures['makeParts']): number {
  if (partition) esp32.flash = new PartitionFlash(partition, ESP32_LIMITS.tags.outboxBlocks);
  // Without a log an outage must not be longer than the outbox.
  else builtIn = Object.assign({}, builtIn, { outbox: TAGS * READING_BYTES });
  firmware = bootFirmware({
    builtIn,
    target: tagTarget,
    board: esp32,
    launch: (configuration, { trial, settings: persisted }, notice) =>
      Firmware.launch(configuration, esp32, {
        clouds: CLOUDS,
        openFlashLog,
        makeReporter: makeTagReporter,
        makePolicies: (reporter) => new PersistedPolicies(reporter, persisted),
        makeRpc: makeKeptRpc,
        trial,
        notice,
        remote: new RemoteConfiguration(persisted, trial),
        ...(makeParts && { makeParts }),
      }),
  });
  return firmware ? 1 : 0;
}

/** As boards/esp8266/device.ts does it. */
function launch8266(builtIn: RawConfiguration = settings): number {
  firmware = bootFirmware({
    builtIn,
    target,
    board: esp8266,
    launch: (configuration, { trial, settings: persisted }, notice) => {
      const remote = new RemoteConfiguration(persisted, trial);
      return Firmware.launch(configuration, esp8266, { clouds: target.clouds, makeRpc, trial, notice, remote });
    },
  });
  return firmware ? 1 : 0;
}

/** Lets `seconds` pass. */
export function run(seconds: number): number {
  world.time.run(seconds * SECOND);
  return seconds;
}

/** Ends the outages, the advertisements, the beat and the calls, and gives the firmware two minutes for the rest. */
export function settle(): number {
  world.calm();
  world.scanner.silence();
  beatTimer.stop();
  callTimer.stop();
  world.time.run(2 * MINUTE);
  return 0;
}

/** Advertisements that the scanner gave to the firmware. */
export function heard(): number {
  return world.scanner.count;
}

/** Readings that the outbox took, and that a tag arrived or is away. */
export function accepted(): number {
  const counts = outbox();
  return counts ? counts.appendedCount - counts.refusedCount : 0;
}

/** Those that the outbox gave up, or refused. */
export function dropped(): number {
  const counts = outbox();
  return counts ? counts.droppedCount + counts.refusedCount : 0;
}

export function acknowledged(): number {
  return outbox()?.acknowledgedCount ?? 0;
}

/** Of those that the outbox took: what is no reading. */
export function events(): number {
  const presence = firmware!.gateway.reporter?.presence;
  return presence ? presence.arrivals + presence.departures : 0;
}

/** RPC calls that the broker sent while there was a connection, and answers that it has. */
export function calls(): number {
  return sent;
}

export function answers(): number {
  return world.journal.answers;
}

/** Readings that the broker has. */
export function arrived(): number {
  return world.journal.distinct;
}

export function outOfOrder(): number {
  return world.journal.outOfOrder;
}

export function redelivered(): number {
  return world.broker.redelivered;
}

export function connects(): number {
  return world.broker.connects;
}

export function outages(): number {
  return world.outages;
}

/** How often the packet identifiers began anew. */
export function wraps(): number {
  return world.broker.wraps;
}

/** QoS 1 messages that the session has and that are not acknowledged. */
export function inFlight(): number {
  return firmware!.gateway.connection.session.inFlight;
}

/** PUBLISH packets that the broker received. */
export function publishes(): number {
  return world.broker.publishes;
}

function outbox(): Outbox | undefined {
  return firmware!.gateway.reporter?.outbox;
}

/** Nobody here asks for it; a device that has none lacks some of its RPC methods. */
function restart(): void {}

function call(): void {
  callTimer.start(CALL);
  if (!firmware?.gateway.connection.connected) return;
  if (world.broker.send(calling)) sent++;
}

function beat(): void {
  beatTimer.start(BEAT);
  firmware?.gateway.connection.publish(beatTopic, beatPayload, 1, false);
}
