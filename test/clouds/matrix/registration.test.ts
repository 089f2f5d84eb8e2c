import { expect, it } from 'vitest';
import { AZURE_LIMITS } from '../../../src/cloud/azure/limits.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { ID_SCOPE, ProvisioningRules } from '../azure/provisioning-rules.js';
import { AzureRules } from '../azure/rules.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';
import { Conversation, readingsOf } from './conversation.js';
import { RuledCloud } from './ruled-cloud.js';
import type { Cut } from './virtual-cloud.js';

const SERVICE = 'global.azure-devices-provisioning.net';
const HUB = 'contoso.azure-devices.net';
const KEY = Buffer.alloc(32, 7).toString('base64');
const RAW = { broker: `mqtts://${SERVICE}`, deviceId: '', idScope: ID_SCOPE, deviceKey: KEY };
const READINGS = 4;

/** The Device Provisioning Service and the hub to which it assigns the device, by the name that TLS asks for. */
class AssigningRules implements CloudRules {
  readonly limits = AZURE_LIMITS;
  readonly service: ProvisioningRules;
  readonly hub: AzureRules;
  private current: ProvisioningRules | AzureRules;

  constructor(now: () => number) {
    this.service = new ProvisioningRules({ shed: { key: KEY, hub: HUB } }, now);
    this.hub = new AzureRules({ shed: { key: KEY } }, now, HUB);
    this.current = this.service;
  }

  get faults(): Fault[] {
    return [...this.service.faults, ...this.hub.faults];
  }

  set voice(voice: CloudVoice) {
    this.service.voice = this.hub.voice = voice;
  }

  authenticate(connect: CloudConnect): number {
    this.current = connect.serverName === SERVICE ? this.service : this.hub;
    return this.current.authenticate(connect);
  }

  expiresAt(connect: CloudConnect): number | undefined {
    return this.current === this.hub ? this.hub.expiresAt(connect) : undefined;
  }

  mayPublish(clientId: string, topic: string): boolean {
    return this.current.mayPublish(clientId, topic);
  }

  maySubscribe(clientId: string, filter: string): true | 'close' {
    return this.current.maySubscribe(clientId, filter);
  }

  onSubscribe(clientId: string, filter: string): void {
    this.current.onSubscribe(clientId, filter);
  }

  onPublish(message: CloudMessage): void {
    this.current.onPublish(message);
  }
}

/** The device registers, goes to its hub and reports. */
function converse(cut?: Cut, restarts = false): { talk: Conversation; temperatures: number[] } {
  const talk = new Conversation('azure', {
    raw: RAW,
    hosts: [SERVICE, HUB],
    makeCloud: (time) => new RuledCloud((now) => new AssigningRules(now), time, AZURE_LIMITS, 'shed'),
    restarts,
    prepare: (cloud) => void (cloud.cut = cut),
  });
  talk.wait(10_000);
  for (let i = 0; i < READINGS; i++) {
    talk.hear('DC:2C:6E:0F:C0:3D', mikrotik(i + 1, (20 + i) * 256));
    talk.wait(2000);
  }
  talk.end();
  return { talk, temperatures: [...new Set(readingsOf(talk).map(({ temperature }) => temperature))] };
}

const ALL = Array.from({ length: READINGS }, (_, i) => (20 + i) * 100);
const whole = converse();

it('registers, goes to its hub, and breaks no rule of either (contract emulation)', () => {
  expect(whole.talk.cloud.violations).toEqual([]);
  expect(whole.temperatures, whole.talk.cloud.conversation.join('\n')).toEqual(ALL);
  expect(whole.talk.cloud.connections).toBe(2);
});

it.each(['before', 'after', 'restart'])('loses nothing at any packet of both connections: %s', (side) => {
  const faults: string[] = [];
  for (const [index, packet] of whole.talk.cloud.conversation.entries()) {
    const { talk, temperatures } = converse({ index, side: side === 'before' ? side : 'after' }, side === 'restart');
    if (temperatures.join() !== ALL.join()) faults.push(`${index} ${packet}: ${temperatures.join()}`);
    if (talk.lost > 0) faults.push(`${index} ${packet}: not acknowledged ${talk.lost}`);
    for (const { rule, value } of talk.cloud.violations) faults.push(`${index} ${packet}: ${rule} ${value}`);
  }
  expect(faults).toEqual([]);
});
