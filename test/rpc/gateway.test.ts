import { PlainProfile } from '../../src/cloud/index.js';
import type { GatewayPart } from '../../src/cloud/part.js';
import { Gateway } from '../../src/device/gateway.js';
import { BuiltInMethods } from '../../src/rpc/built-in-methods.js';
import { plainRoutes } from '../../src/rpc/rpc-route.js';
import { Rpc } from '../../src/rpc/rpc.js';
import { Schedule } from '../../src/schedule/schedule.js';
import { SettingsTrial, TrialState } from '../../src/settings/settings-trial.js';
import { VirtualBoard } from '../device/virtual-board.js';
import { expect, it } from 'vitest';

const ignore = (): void => undefined;

it('calls, jobs and a trial are parts of a gateway', () => {
  const virtual = new VirtualBoard();
  const { scanner: _, ...board } = virtual.board();
  const begun = new SettingsTrial(board.store);
  begun.begin([{ name: 'keepAlive', value: '30' }]);
  const trial = new SettingsTrial(board.store);
  trial.open();
  const builtIn = new BuiltInMethods({ restart: () => board.restart?.() });
  const rpc = new Rpc({ routes: plainRoutes('site', 'shed'), methods: [builtIn] });
  const schedule = new Schedule(board.clock, board.entropy, { onJobFailed: ignore });
  const runs: number[] = [];
  schedule.add('minute', { kind: 'every', seconds: 60 }, () => runs.push(board.clock.now()));
  const parts: GatewayPart[] = [rpc, schedule, trial];
  const gateway = new Gateway(
    {
      connection: { clientId: 'shed', endpoints: [{ host: 'broker', port: 1883 }] },
      profile: new PlainProfile({ prefix: 'site', gateway: 'shed' }),
    },
    board,
    { onConnected: ignore, onFailed: ignore, onStopped: ignore },
    undefined,
    parts,
  );
  gateway.start();
  virtual.run(1000);
  expect(virtual.broker.count('subscribe')).toBe(1);
  expect(trial.state).toBe(TrialState.none);

  virtual.broker.publish('site/shed/cmd/1', '{"method":"scan","params":true}', 1);
  virtual.run(1000);
  expect(virtual.broker.payloads.at(-1)).toContain('"code":-32003');
  virtual.broker.drop();
  virtual.run(10000);
  virtual.broker.publish('site/shed/cmd/2', '{"method":"reboot"}', 1);
  virtual.run(1000);
  expect(virtual.broker.payloads.at(-1)).toBe('{"result":{"restarting":true}}');
  expect(virtual.restarts).toBe(1);

  virtual.run(120000);
  expect(runs).toHaveLength(2);
  gateway.stop();
  virtual.run(10000);
  expect(virtual.broker.count('disconnect')).toBe(1);
});
