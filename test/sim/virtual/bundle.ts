import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

/** The simulation, as `npm run build` compiled it, as one script without imports that defines `simulation`. */
export async function bundleSimulation(): Promise<string> {
  const input = fileURLToPath(new URL('../../../build/sim/virtual/index.js', import.meta.url));
  const bundle = await rollup({ input });
  const { output } = await bundle.generate({ format: 'iife', name: 'simulation' });
  await bundle.close();
  return output[0].code;
}

/** An expression for a script in which `simulation` is defined: a promise of what `hours` with a few faults come to. */
export function runExpression(seed: number, hours: number): string {
  return `simulation.run(
    simulation.randomWorld(${seed}),
    [simulation.connectionReset(600000), simulation.powerCut(1200000, 0, 2), simulation.powerCut(1500000)],
    ${seed},
    { hours: ${hours} },
  )`;
}
