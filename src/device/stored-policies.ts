import type { Store } from '../hal/index.js';
import type { ReportPolicy } from '../telemetry/index.js';
import { parsePolicies, policyText } from '../telemetry/policy-text.js';
import type { Configuration } from './configuration.js';
import { saveSetting } from './settings.js';
import type { TagReporter } from './tag-reporter.js';

/** The report policies of a device as text, which count at once and after a restart. */
export class StoredPolicies {
  private readonly reporter: TagReporter;
  private readonly store: Store;
  /** What a policy does not say. */
  private readonly standard: ReportPolicy;

  constructor(reporter: TagReporter, configuration: Configuration, store: Store) {
    this.reporter = reporter;
    this.store = store;
    this.standard = configuration.tags!.standard;
  }

  policyText(): string {
    return policyText(this.reporter.policies.rules());
  }

  /** Throws a RangeError of one line that names the place and what is allowed, and changes nothing then. */
  setPolicyText(text: string): void {
    const rules = parsePolicies(text, this.standard);
    saveSetting(this.store, 'policies', text);
    this.reporter.setRules(rules);
  }
}
