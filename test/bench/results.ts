import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem, type, release } from 'node:os';
import { join } from 'node:path';
import { TOP } from '../support/folders.js';
import { findProgram } from '../support/mosquitto.js';
import type { Part, Row } from './rows.js';

/** Where `npm run bench -- --update` writes. */
export const RESULTS_FILE = join(TOP, 'test/performance.json');

/** What makes figures comparable. */
export interface Machine {
  cpu: string;
  processors: number;
  memoryGib: number;
  system: string;
  node: string;
  /** Absent: not installed. */
  mosquitto?: string;
  mqttjs: string;
}

/** All that one run of `npm run bench` has measured. */
export interface Results {
  machine: Machine;
  /** Day of the last run, as in 2026-11-30. */
  date: string;
  /** Load of the machine in the minute before. */
  load: number;
  /** A run that only shows that everything works. */
  quick: boolean;
  parts: Partial<Record<Part, { date: string; rows: Row[] }>>;
}

export function machine(): Pick<Results, 'machine' | 'date' | 'load'> {
  const require = createRequire(import.meta.url);
  const mosquitto = findProgram('mosquitto');
  const version = mosquitto && /\d+\.\d+\.\d+/.exec(spawnSync(mosquitto, ['-h'], { encoding: 'utf8' }).stdout)?.[0];
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      processors: availableParallelism(),
      memoryGib: Math.round(totalmem() / 1024 ** 3),
      system: `${type()} ${release().replace(/[-+].*$/, '')}`,
      node: process.versions.node,
      ...(version && { mosquitto: version }),
      mqttjs: (require('mqtt/package.json') as { version: string }).version,
    },
    date: new Date().toISOString().slice(0, 10),
    load: Math.round(loadavg()[0]! * 10) / 10,
  };
}

export function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as Results;
}

/** Figures have four digits: more would be noise, and change with every run. */
export function toJson(results: Results): string {
  const round = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  return JSON.stringify(results, round, 2);
}

export function writeResults(results: Results): void {
  writeFileSync(RESULTS_FILE, `${toJson(results)}\n`);
}

/** `old` with the parts of `fresh`. Throws when they come from different machines: they must not stand side by side. */
export function mergeResults(old: Results, fresh: Results): Results {
  const differing = (Object.keys(fresh.machine) as (keyof Machine)[]).filter(
    (key) => key !== 'system' && fresh.machine[key] !== old.machine[key],
  );
  const [key] = differing;
  if (key) {
    throw new Error(
      `test/performance.json was measured with ${key} ${old.machine[key]}, this run with ${fresh.machine[key]}: ` +
        'run all parts, without --only',
    );
  }
  if (old.quick !== fresh.quick) throw new Error('a quick run and a whole one cannot be joined: run all parts');
  return { ...fresh, parts: { ...old.parts, ...fresh.parts } };
}
