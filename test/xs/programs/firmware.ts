import { Firmware, makeTagReporter } from '../../../src/device/index.js';
import { loadConfiguration } from '../../../src/device/load-configuration.js';
import { parseTagConfiguration } from '../../../src/device/tag-configuration.js';
import type { Board } from '../../../src/hal/index.js';
import { encodeUtf8 } from '../../../src/mqtt/index.js';
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
/** How many readings a run may have. */
const MOST_READINGS = 1 << 18;
const TAGS = 64;

const world = new World(MOST_READINGS);
const esp32 = world.board('esp32', true);
const esp8266 = world.board('esp8266', false);
const site = { needsWifi: true, gateway: 'shed', memory: 1 << 20 };
const tagSite = { ...site, tags: { parse: parseTagConfiguration, scanProfile: 'shared' } };
/** What `config` of a manifest says; all else has its default. An outage must not be longer than the outbox. */
const settings = {
  ssid: 'field',
  password: 'correct horse',
  broker: 'mqtt://broker.example',
  cleanSession: false,
  keepAlive: 20,
  tags: TAGS,
  outbox: TAGS * 64,
  interval: 30,
  heartbeat: 600,
};
const everything = Object.assign({}, settings, { interval: 0, heartbeat: 0 });
const beatTopic = encodeUtf8('tagwire/shed/beat');
const beatPayload = encodeUtf8('1');
const beatTimer = world.time.create(beat);

let firmware: Firmware | undefined;

/** The firmware of an ESP8266: status and health, with an outage each minute. */
export function startEsp8266(): number {
  world.fail(MINUTE, MINUTE / 4);
  return launch(settings, esp8266);
}

/** The firmware of an ESP32 with 64 tags, each heard every 6.4 s, and an outage each minute. */
export function startEsp32(): number {
  world.hear(TAGS, MINUTE / 600);
  world.fail(MINUTE, MINUTE / 4);
  return launch(settings, esp32);
}

/** The same for a month: a reading every minute, a message besides every 8 s, and an outage every two hours. */
export function startSoak(): number {
  world.hear(TAGS, MINUTE);
  world.fail(2 * HOUR, 20 * MINUTE);
  beatTimer.start(BEAT);
  return launch(everything, esp32);
}

/** As the main program of a board does it. Returns 1, or 0 when the firmware did not start. */
function launch(builtIn: typeof settings, board: Board): number {
  const hasTags = board === esp32;
  const configuration = loadConfiguration(builtIn, hasTags ? tagSite : site, board.store, board.log);
  if (configuration !== undefined) {
    firmware = Firmware.launch(configuration, board, hasTags ? { makeReporter: makeTagReporter } : {});
  }
  return firmware === undefined ? 0 : 1;
}

/** Lets `seconds` pass. */
export function run(seconds: number): number {
  world.time.run(seconds * SECOND);
  return seconds;
}

/** Ends the outages, the advertisements and the beat, and gives the firmware two minutes for what is left. */
export function settle(): number {
  world.calm();
  world.scanner.stop();
  beatTimer.stop();
  world.time.run(2 * MINUTE);
  return 0;
}

/** Readings that the outbox took. */
export function accepted(): number {
  const counts = firmware!.gateway.reporter!.outbox;
  return counts.appendedCount - counts.refusedCount;
}

/** Readings that the outbox gave up, or refused. */
export function dropped(): number {
  const counts = firmware!.gateway.reporter!.outbox;
  return counts.droppedCount + counts.refusedCount;
}

export function acknowledged(): number {
  return firmware!.gateway.reporter!.outbox.acknowledgedCount;
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

function beat(): void {
  beatTimer.start(BEAT);
  firmware?.gateway.connection.publish(beatTopic, beatPayload, 1, false);
}
