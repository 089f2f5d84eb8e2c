import { ESP32_LIMITS } from '../../../boards/esp32/limits.js';
import { CLOUDS } from '../../../src/cloud/profiles.js';
import { bootFirmware, Firmware } from '../../../src/device/firmware.js';
import { makeTagReporter } from '../../../src/device/tag-log.js';
import { AeadMode } from '../../../src/hal/index.js';
import type { Aead, Board, Ciphers } from '../../../src/hal/index.js';
import { encodeUtf8, PacketType } from '../../../src/mqtt/index.js';
import { makeKeptRpc } from '../../../src/rpc/kept-answers.js';
import { parseTagConfiguration } from '../../../src/settings/tag-configuration.js';
import { World } from './world.js';

/*
 * An ESP32 that registers with Azure's Device Provisioning Service. Service and hub are the same broker; what it says
 * is sent by hand.
 */

const HEAD = '$dps/registrations/res/';
const NUL = '0';

/** What a service says at last of a device with a certificate, which is the longest answer. */
const assigned = publish(
  HEAD + '200/?$rid=2',
  '{"operationId":"4.1","status":"assigned","registrationState":{"x509":{"certificateInfo":{"subjectName":"' +
    NUL.repeat(1000) +
    '"}},"registrationId":"shed","assignedHub":"contoso.azure-devices.net","deviceId":"shed-7","status":"assigned"}}',
);
const assigning = publish(HEAD + '202/?$rid=1&retry-after=3', '{"operationId":"4.1","status":"assigning"}');

/** The SDK's hashes for the purpose: nobody checks them here. */
class NoCiphers implements Ciphers {
  hmacSha256(): Uint8Array {
    return new Uint8Array(32);
  }

  makeAead(_mode: AeadMode): Aead {
    throw new RangeError('nothing is sealed here');
  }
}

const world = new World(1024);
const esp32: Board = Object.assign(world.board('esp32', true), { ciphers: new NoCiphers() });
const tags = { ...ESP32_LIMITS.tags, parse: parseTagConfiguration };
const target = { ...ESP32_LIMITS, gateway: 'shed', tags, clouds: CLOUDS };
const settings = {
  ssid: 'field',
  password: 'correct horse',
  cloud: 'azure',
  broker: 'mqtts://global.azure-devices-provisioning.net',
  idScope: '0ne00000001',
  groupKey: 'bm90IGEga2V5OiB0aGUgcG9ydGFsIHNob3dzIHlvdXI=',
};

let firmware: Firmware | undefined;

/** Returns 1, or 0 when the firmware did not start. */
export function start(): number {
  world.hear(8, 1000);
  firmware = bootFirmware({
    builtIn: settings,
    target,
    board: esp32,
    launch: (configuration, { trial }, notice) =>
      Firmware.launch(configuration, esp32, {
        clouds: CLOUDS,
        makeReporter: makeTagReporter,
        makeRpc: makeKeptRpc,
        trial,
        notice,
      }),
  });
  return firmware ? 1 : 0;
}

/** Ends it, as a power cut does for what others see: what is stored stays. */
export function cut(): number {
  firmware!.gateway.close();
  firmware = undefined;
  return 0;
}

export function run(seconds: number): number {
  world.time.run(seconds * 1000);
  return seconds;
}

/** 1: the device got it. */
export function sendAssigning(): number {
  return world.broker.send(assigning) ? 1 : 0;
}

export function sendAssigned(): number {
  return world.broker.send(assigned) ? 1 : 0;
}

/** 1: it is connected to its hub. */
export function connected(): number {
  return firmware!.gateway.connection.connected ? 1 : 0;
}

/** CONNECT packets, of registrations and of connections to the hub. */
export function connects(): number {
  return world.broker.connects;
}

export function publishes(): number {
  return world.broker.publishes;
}

export function acknowledged(): number {
  return firmware!.gateway.reporter!.outbox.acknowledgedCount;
}

/** Length of the hub's name. */
export function hub(): number {
  return firmware!.gateway.connection.endpoint.host.length;
}

/** A PUBLISH with QoS 1 as a broker sends it, between 128 and 16,383 bytes long. */
function publish(topicName: string, payloadText: string): Uint8Array {
  const topic = encodeUtf8(topicName);
  // What follows a number in JSON may be blank.
  const payload = encodeUtf8(payloadText + ' '.repeat(payloadText.length < 128 ? 128 : 0));
  const length = 2 + topic.length + 2 + payload.length;
  const bytes = new Uint8Array(3 + length);
  bytes[0] = (PacketType.publish << 4) | 2;
  bytes[1] = (length & 127) | 128;
  bytes[2] = length >> 7;
  bytes[4] = topic.length;
  bytes.set(topic, 5);
  bytes[5 + topic.length + 1] = 9;
  bytes.set(payload, 5 + topic.length + 2);
  return bytes;
}
