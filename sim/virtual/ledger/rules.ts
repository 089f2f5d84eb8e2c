import { askingRule, blockedRule, protocolRule, secretRule, unreadRule, willRule } from './conduct.js';
import { deadlineRule, jitterRule, keptRule } from './connections.js';
import { deliveryRule } from './delivery.js';
import { dueRule } from './due.js';
import { maximaRule } from './maxima.js';
import { answeredRule, settingsRule } from './people.js';
import { presenceRule } from './presence.js';
import { progressRule, reconnectRule, recoveryRule, stormRule } from './recovery.js';
import type { Rule } from './rule.js';

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
