import ts from 'typescript';
import { MemoryStore } from '../../sim/hal/index.js';
import { Firmware, makeTagReporter } from '../../src/device/index.js';
import { parseTagConfiguration } from '../../src/settings/index.js';
import { makeRpc } from '../../src/rpc/make-rpc.js';
import { PersistedPolicies } from '../../src/settings/persisted-policies.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import { RpcFunctions } from '../../src/rpc/rpc-functions.js';
import { plainRoutes, thingsBoardRoutes, tutorialRoutes } from '../../src/rpc/rpc-route.js';
import { Rpc } from '../../src/rpc/rpc.js';
import { loadOnTrial } from '../../src/settings/load-configuration.js';
import { REMOTE_KEYS, RemoteConfiguration } from '../../src/settings/remote-configuration.js';
import { VirtualBoard } from '../device/virtual-board.js';
import { Desk } from '../rpc/desk.js';
import { blocksOf, examplesOf } from './examples.js';
import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';

const TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };
const BUILT_IN = {
  broker: 'mqtt://broker',
  username: 'ann',
  brokerPassword: 'hunter1',
  gateway: 'shed',
  presence: 0,
  health: 0,
};
const PLAIN = { rpc: 'plain', call: 'tagwire/shed/cmd/', answer: 'tagwire/shed/res/' };
const THINGSBOARD = {
  rpc: 'thingsboard',
  call: 'v1/devices/me/rpc/request/',
  answer: 'v1/devices/me/rpc/response/',
};
const blocks = (language: string): string[] => blocksOf('rpc.md', language);

/** The whole firmware of a device, connected, and what it answers. */
class Device {
  private readonly virtual: VirtualBoard;
  private calls = 0;

  constructor(
    private readonly dialect: typeof PLAIN,
    rpcAccess = 'all',
  ) {
    const store = new MemoryStore();
    this.virtual = new VirtualBoard(store);
    const board = this.virtual.board();
    const builtIn = { ...BUILT_IN, rpc: dialect.rpc, rpcAccess };
    const { configuration, trial, settings } = loadOnTrial(builtIn, TARGET, store, board.log);
    Firmware.launch(configuration!, board, {
      makeReporter: makeTagReporter,
      makePolicies: (reporter) => new PersistedPolicies(reporter, settings),
      makeRpc,
      trial,
      remote: new RemoteConfiguration(settings, trial),
    });
    this.virtual.run(1000);
  }

  /** The answers to a call, each on a line. */
  call(payload: string): string {
    const id = String(++this.calls);
    this.virtual.broker.publish(this.dialect.call + id, payload, 1);
    this.virtual.run(100);
    const packets = this.virtual.broker.all('publish') as IPublishPacket[];
    const answers = packets.filter(({ topic }) => topic === this.dialect.answer + id);
    return answers.map(({ payload: answer }) => `${answer.toString()}\n`).join('');
  }
}

describe('docs/rpc.md', () => {
  it.each(blocks('rpc'))('shows what a device answers, block %#', (block) => {
    const device = new Device(PLAIN);
    for (const { given, shown } of examplesOf(block)) expect(device.call(given), given).toBe(shown);
  });

  it('shows what a device answers whose configuration does not allow the call', () => {
    const examples = blocks('rpc-operate').flatMap(examplesOf);
    expect(examples).toHaveLength(1);
    for (const { given, shown } of examples) expect(new Device(PLAIN, 'operate').call(given)).toBe(shown);
  });

  it('shows a part of the statistics', () => {
    const examples = blocks('rpc-part').flatMap(examplesOf);
    expect(examples).toHaveLength(2);
    for (const { given, shown } of examples) {
      expect(JSON.parse(new Device(PLAIN).call(given))).toMatchObject(JSON.parse(shown) as object);
    }
  });

  it("shows what a device answers in ThingsBoard's way", () => {
    const device = new Device(THINGSBOARD);
    const examples = blocks('thingsboard').flatMap(examplesOf);
    expect(examples.length).toBeGreaterThan(0);
    for (const { given, shown } of examples) expect(device.call(given), given).toBe(shown);
  });

  it('names every method, and every key that can be set', () => {
    const unknown = JSON.parse(new Device(PLAIN).call('{"method":"?"}')) as { error: { message: string } };
    const methods = unknown.error.message.replace(/^.*methods are /, '').split(', ');
    const given = blocks('rpc').join('\n') + blocks('rpc-part').join('\n');
    expect(methods.filter((method) => !given.includes(`{"method":"${method}"`))).toEqual([]);
    expect(blocks('keys').join(' ').split(/\s+/)).toEqual([...REMOTE_KEYS]);
  });

  it('has the topics of the routes', () => {
    const routes = [
      ...plainRoutes('{prefix}', '{gateway}'),
      ...thingsBoardRoutes(),
      ...tutorialRoutes('{base}', () => undefined),
    ];
    const shown = blocksOf('rpc.md', 'topics')[0]!.split('\n');
    const text = (bytes: Uint8Array | undefined): string => (bytes ? new TextDecoder().decode(bytes) : '');
    const topics = routes.map(({ request, response, hasId }) => {
      const id = hasId ? '{id}' : '';
      return `${text(request)}${id} ${response ? text(response) + id : '-'}`;
    });
    expect(topics).toEqual(shown);
  });

  it('has an application that works', () => {
    const [code] = blocks('ts');
    const script = ts.transpile(code!, { target: ts.ScriptTarget.ES2022 });
    const run = new Function('RpcFunctions', 'Rpc', 'plainRoutes', 'encodeUtf8', `${script}; return functions;`) as (
      ...parts: unknown[]
    ) => RpcFunctions;
    const desk = new Desk({ methods: [run(RpcFunctions, Rpc, plainRoutes, encodeUtf8)] });
    expect(desk.call({ method: 'door', params: { open: true } })).toEqual({ result: true });
    expect(desk.error({ method: 'door' }).message).toBe('params.open must be true or false');
  });
});
