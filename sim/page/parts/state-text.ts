import type { GatewayState } from '../protocol.js';
import { countText } from './format.js';
import type { Machine } from './machines.js';
import type { StepArrow } from './state-layout.js';
import type { Entered } from './state-trail.js';

/** How many steps are lit behind the state of today. */
const LIT = 6;

/** When the next attempt is made. */
export function deadlineText({ retryAt }: Pick<GatewayState, 'retryAt'>, now: number): string | undefined {
  if (retryAt === undefined || !isFinite(retryAt)) return undefined;
  return retryAt > now ? `next attempt in ${countText(retryAt - now)}` : 'next attempt now';
}

/** 0 for the step that was taken last, 1 for the one before, and so on; undefined: not among the last ones. */
export function ageOf({ from, to }: Pick<StepArrow, 'from' | 'to'>, entered: readonly Entered[]): number | undefined {
  for (let age = 0; age < Math.min(LIT, entered.length - 1); age++) {
    const at = entered.length - 1 - age;
    if (entered[at]!.state === to && entered[at - 1]!.state === from) return age;
  }
  return undefined;
}

/** The steps as text, newest first. */
export function stepsOf(
  machine: Machine,
  entered: readonly Entered[],
): { readonly time: number; readonly text: string }[] {
  const texts: { time: number; text: string }[] = [];
  for (let i = entered.length - 1; i > 0; i--) {
    const { state: to, time, inferred } = entered[i]!;
    const from = entered[i - 1]!.state;
    const cause = machine.layout.arrows.find((arrow) => arrow.from === from && arrow.to === to)?.cause;
    const why = cause === undefined ? '' : ` (${cause}${inferred ? '; not observed' : ''})`;
    texts.push({ time, text: `${machine.nameOf(from)} → ${machine.nameOf(to)}${why}` });
  }
  return texts;
}
