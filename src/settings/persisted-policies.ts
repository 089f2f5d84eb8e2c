import type { Store } from '../hal/index.js';
import type { PolicyTable, ReportPolicy, ReportRule } from '../telemetry/index.js';
import { parsePolicies, policyText } from '../telemetry/report/policy-text.js';
import type { Configuration } from './configuration.js';
import { saveSetting } from './settings.js';

/** What report policies count for: the tag side of a device. */
export interface PolicyTarget {
  readonly policies: PolicyTable;

  /** Throws a RangeError, and changes nothing then. */
  setRules(rules: readonly ReportRule[]): void;
}

/** The report policies of a device as text, which count at once and after a restart. */
export class PersistedPolicies {
  private readonly target: PolicyTarget;
  private readonly store: Store;
  /** What a policy does not say. */
  private readonly standard: ReportPolicy;

  constructor(target: PolicyTarget, configuration: Configuration, store: Store) {
    this.target = target;
    this.store = store;
    this.standard = configuration.tags!.standard;
  }

  policyText(): string {
    return policyText(this.target.policies.rules());
  }

  /** Throws a RangeError of one line that names the place and what is allowed, and changes nothing then. */
  setPolicyText(text: string): void {
    const rules = parsePolicies(text, this.standard);
    saveSetting(this.store, 'policies', text);
    this.target.setRules(rules);
  }
}
