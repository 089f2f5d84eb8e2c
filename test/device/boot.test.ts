import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../sim/hal/index.js';
import { bootFirmware, Firmware } from '../../src/device/firmware.js';
import { makeTagReporter } from '../../src/device/tag-log.js';
import type { Board } from '../../src/hal/index.js';
import { SettingsTrial } from '../../src/settings/settings-trial.js';
import { writeSetting } from '../../src/settings/settings.js';
import { parseTagConfiguration } from '../../src/settings/tag-configuration.js';
import { VirtualBoard } from './virtual-board.js';

const BUILT_IN = { broker: 'mqtt://broker', gateway: 'shed', prefix: 'site', presence: 0 };
const TARGET = { tags: { parse: parseTagConfiguration, scanProfile: 'dedicated' } };

/** Starts a device as the main program of a board does; a part of it refuses the gateways that `refuses` names. */
function boot(board: Board, refuses: (gateway: string) => boolean): Firmware | undefined {
  return bootFirmware({
    builtIn: BUILT_IN,
    target: TARGET,
    board,
    launch: (configuration, { trial }, notice) =>
      Firmware.launch(configuration, board, {
        makeReporter: makeTagReporter,
        makeParts: () => {
          if (refuses(configuration.gateway)) throw new RangeError('no room for ' + configuration.gateway);
          return [];
        },
        trial,
        notice,
      }),
  });
}

function stored(): MemoryStore {
  const store = new MemoryStore();
  writeSetting(store, 'gateway', 'barn');
  return store;
}

/** What came on status topics. */
function statuses(virtual: VirtualBoard): object[] {
  const packets = virtual.broker.all('publish') as IPublishPacket[];
  return packets
    .filter(({ topic }) => topic.endsWith('/status'))
    .map(({ topic, payload }) => ({ topic, ...(JSON.parse(payload.toString()) as object) }));
}

const trialNotice = 'settings: reverted: this firmware refuses them';

describe('bootFirmware', () => {
  it('starts with the stored settings', () => {
    const virtual = new VirtualBoard(stored());
    const firmware = boot(virtual.board(), () => false)!;
    virtual.run(1000);
    expect(firmware.gateway.connects).toBe(1);
    expect(statuses(virtual)).toMatchObject([{ topic: 'site/barn/status', status: 'online' }]);
  });

  it('starts with what is built in when a part refuses the stored settings, and says so', () => {
    const virtual = new VirtualBoard(stored());
    const firmware = boot(virtual.board(), (gateway) => gateway === 'barn')!;
    virtual.run(1000);
    expect(firmware.gateway.connects).toBe(1);
    expect(virtual.lines).toContain('cannot start: no room for barn');
    expect(virtual.lines).toContain('starting with the built-in configuration: the persisted settings are left out');
    const notice = 'settings: left out, the device could not start with them: no room for barn';
    expect(statuses(virtual)).toMatchObject([{ topic: 'site/shed/status', status: 'online', notice }]);
    expect(virtual.restarts).toBe(0);
  });

  it('leaves nothing running of a start that fails half-way', () => {
    const virtual = new VirtualBoard(stored());
    const start = virtual.scanner.start.bind(virtual.scanner);
    let starts = 0;
    virtual.scanner.start = (options, handler) => {
      if (starts++ === 0) throw new Error('the radio does not answer');
      start(options, handler);
    };
    const firmware = boot(virtual.board(), () => false)!;
    virtual.run(1000);
    expect(firmware.gateway.connects).toBe(1);
    expect(virtual.broker.count('connect')).toBe(1);
    expect(virtual.lines).toContain('cannot start: the radio does not answer');
  });

  it.each([true, false])('says so and restarts later when what is built in fails too; settings: %j', (hasSettings) => {
    const virtual = new VirtualBoard(hasSettings ? stored() : new MemoryStore());
    expect(boot(virtual.board(), () => true)).toBeUndefined();
    expect(virtual.lines.at(-1)).toBe('cannot start: no room for shed; restarting in 5 min');
    virtual.run(299_999);
    expect(virtual.restarts).toBe(0);
    virtual.run(1);
    expect(virtual.restarts).toBe(1);
  });

  it('only says so where a board cannot restart', () => {
    const virtual = new VirtualBoard();
    const board = virtual.board();
    delete board.restart;
    expect(boot(board, () => true)).toBeUndefined();
    expect(virtual.lines.at(-1)).toBe('cannot start: no room for shed');
    expect(virtual.platform.timers.armed).toBe(0);
  });

  it('gives up settings on trial at once, and restarts', () => {
    const store = stored();
    new SettingsTrial(store).begin([{ name: 'gateway', value: 'field' }]);
    const virtual = new VirtualBoard(store);
    expect(boot(virtual.board(), (gateway) => gateway === 'field')).toBeUndefined();
    expect(virtual.lines).toContain('cannot start: no room for field');
    expect(virtual.restarts).toBe(1);
    const next = new VirtualBoard(store);
    expect(boot(next.board(), (gateway) => gateway === 'field')).toBeDefined();
    next.run(1000);
    expect(statuses(next)).toMatchObject([{ topic: 'site/barn/status', notice: trialNotice }]);
  });
});
