import { describe, expect, it } from 'vitest';
import { TimeService } from '../../../boards/moddable/time-service.js';
import type { Network } from '../../../src/hal/index.js';
import { VirtualBoard } from './support/platform.js';
import { ScriptedTime } from './support/scripted-time.js';

const NOW = 1790000000;

class SwitchedNetwork implements Network {
  up = false;
  private listener: ((up: boolean) => void) | undefined;

  watch(listener: ((up: boolean) => void) | undefined): void {
    this.listener = listener;
  }

  set(up: boolean): void {
    this.up = up;
    this.listener?.(up);
  }
}

function bench(servers: string[], required: boolean) {
  const board = new VirtualBoard();
  const script = new ScriptedTime();
  const network = new SwitchedNetwork();
  const setTime = (seconds: number): void => board.clock.set(seconds);
  const service = new TimeService(script.askTime, setTime, servers, required, { ...platform(board), network });
  const changes: boolean[] = [];
  service.watch((up) => changes.push(up));
  service.start();
  return { board, script, network, service, changes };
}

function platform(board: VirtualBoard) {
  const { clock, timers, entropy, log } = board;
  return { clock, timers, entropy, log };
}

describe('TimeService', () => {
  it('sets the time when the network is up, and lets TLS begin only then', () => {
    const { board, script, network, service, changes } = bench(['a'], true);
    script.servers.a = NOW;
    board.time.run(1000);
    expect(script.asked).toEqual([]);
    network.set(true);
    expect([service.up, changes]).toEqual([false, []]);
    board.time.run(50);
    expect([service.up, changes, board.clock.unixTime()]).toEqual([true, [true], NOW * 1000]);
    expect(board.lines).toEqual(['time: 2026-09-21T14:13:20.000Z from a']);
    network.set(false);
    network.set(true);
    expect(changes).toEqual([true, false, true]);
  });

  it('does not hold back what needs no time', () => {
    const { board, script, network, service, changes } = bench(['a'], false);
    network.set(true);
    expect([service.up, changes]).toEqual([true, [true]]);
    board.time.run(100);
    expect(script.asked).toEqual(['a']);
  });

  it('asks the servers in turn, and says what was wrong and when it asks again', () => {
    const { board, script, network, service } = bench(['a', 'b', 'c'], true);
    script.servers.b = 'silent';
    network.set(true);
    board.time.run(25100);
    expect(script.asked).toEqual(['a', 'b', 'c']);
    expect(board.lines).toEqual(['time: not known, so TLS waits; no address for c; next attempt in 5 s']);
    expect([service.up, service.detail, script.open]).toEqual([false, 'no address for c', 0]);
    script.servers.c = NOW;
    board.time.run(5000 + 25100);
    expect(service.up).toBe(true);
  });

  it('waits longer from round to round, at most ten minutes', () => {
    const { board, script, network } = bench(['a'], true);
    network.set(true);
    board.time.run(3600000);
    expect(board.lines[0]).toBe('time: not known, so TLS waits; no address for a; next attempt in 5 s');
    expect(board.lines.at(-1)).toContain('next attempt in 600 s');
    expect(script.asked.length).toBeLessThan(14);
  });

  it('takes no time of day from the past', () => {
    const { board, script, network, service } = bench(['a'], true);
    script.servers.a = 12;
    network.set(true);
    board.time.run(100);
    expect([service.up, board.clock.unixTime()]).toEqual([false, 0]);
    expect(board.lines[0]).toContain('a: 12 s since 1970 is in the past');
  });

  it('asks again every day, quietly, and keeps its time when nobody answers', () => {
    const { board, script, network, service } = bench(['a'], true);
    script.servers.a = NOW;
    network.set(true);
    board.time.run(86400000 * 3 + 1000);
    expect([service.synchronizations, board.lines.length]).toEqual([4, 1]);
    script.servers.a = 'silent';
    board.time.run(86400000 + 25000);
    expect(board.lines[1]).toBe('time: not corrected; a: no answer; next attempt in 5 s');
    expect(service.up).toBe(true);
  });

  it('lets go of its question when the network is lost', () => {
    const { board, script, network, service } = bench(['a'], true);
    script.servers.a = 'silent';
    network.set(true);
    board.time.run(7000);
    expect(script.open).toBe(1);
    network.set(false);
    expect(script.open).toBe(0);
    board.time.run(100000);
    expect(script.asked).toEqual(['a']);
    script.servers.a = NOW;
    network.set(true);
    board.time.run(100);
    expect([service.up, script.open]).toEqual([true, 0]);
  });

  it('leaves a server alone for an hour that refuses, and asks the others', () => {
    const { board, script, network, service } = bench(['a', 'b'], false);
    script.servers.a = 'refuses';
    network.set(true);
    board.time.run(3_500_000);
    const [first, ...others] = script.asked;
    expect(first).toBe('a');
    expect(others.length).toBeGreaterThan(5);
    expect(new Set(others)).toEqual(new Set(['b']));
    network.set(false);
    network.set(true);
    board.time.run(700_000);
    expect(script.asked.filter((host) => host === 'a')).toHaveLength(2);
    script.servers.b = NOW;
    board.time.run(600_000);
    expect(service.synchronizations).toBe(1);
  });

  it('waits for an hour when all refuse, whatever becomes of the network', () => {
    const { board, script, network, service } = bench(['a', 'b'], true);
    script.servers.a = script.servers.b = 'refuses';
    network.set(true);
    board.time.run(1000);
    expect(board.lines).toEqual(['time: not known, so TLS waits; b: the code RATE; next attempt in 3600 s']);
    network.set(false);
    network.set(true);
    board.time.run(3_598_000);
    expect(script.asked).toEqual(['a', 'b']);
    expect(board.lines[1]).toBe(board.lines[0]);
    script.servers.b = NOW;
    board.time.run(3000);
    expect([script.asked, service.up]).toEqual([['a', 'b', 'a', 'b'], true]);
  });

  it('asks nobody when there are no servers', () => {
    const { board, network, service } = bench([], false);
    network.set(true);
    board.time.run(1000);
    expect([service.up, board.time.pending]).toEqual([true, 0]);
  });
});
