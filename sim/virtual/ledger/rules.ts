import { askingRule, blockedRule, protocolRule, secretRule, unreadRule, willRule } from './conduct.js';
import { deadlineRule, jitterRule, keptRule, patientRule } from './connections.js';
import { deliveryRule } from './delivery.js';
import { dueRule } from './due.js';
import { maximaRule } from './maxima.js';
import { answeredRule, settingsRule } from './people.js';
import { presenceRule } from './presence.js';
import { progressRule, reconnectRule, recoveryRule, stormRule } from './recovery.js';
import type { Rule } from './rule.js';

/**
 * Those of the rules that judge while a world runs, for one without an end; new ones for each run. `delivery` needs all
 * that was received, and of some others what they find at the end is not looked at.
 */
export function liveRules(): Rule[] {
  return defaultRules().filter(({ name }) => name !== 'delivery');
}

/** The rules that hold in every world; they keep state, so make new ones for each run. see docs/simulation.md. */
export function defaultRules(): Rule[] {
  return [
    deliveryRule(),
    dueRule(),
    recoveryRule(),
    progressRule(),
    reconnectRule(),
    stormRule(),
    deadlineRule(),
    keptRule(),
    patientRule(),
    jitterRule(),
    protocolRule(),
    blockedRule(),
    askingRule(),
    unreadRule(),
    willRule(),
    secretRule(),
    presenceRule(),
    maximaRule(),
    answeredRule(),
    settingsRule(),
  ];
}
