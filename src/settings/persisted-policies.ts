import type { PolicyTable, ReportRule } from '../telemetry/index.js';
import { policyText } from '../telemetry/report/policy-text.js';
import type { PersistedSettings } from './persisted-settings.js';

/** What report policies count for: the tag side of a device. */
export interface PolicyTarget {
  readonly policies: PolicyTable;

  /** Throws a RangeError, and changes nothing then. */
  setRules(rules: readonly ReportRule[]): void;
}

/** The report policies of a device as text, which count at once and after a restart. */
export class PersistedPolicies {
  constructor(
    private readonly target: PolicyTarget,
    private readonly settings: PersistedSettings,
  ) {}

  policyText(): string {
    return policyText(this.target.policies.rules());
  }

  /**
   * Throws a RangeError of one line, and changes nothing then: when the text is no policies, names the place; when the
   * device would not start with them, says why.
   */
  setPolicyText(text: string): void {
    const { target, settings } = this;
    // The check is where a chip's heap is fullest: no other rules are there yet.
    const { rules } = settings.check([{ name: 'policies', value: text }]).tags!;
    const before = target.policies.rules();
    target.setRules(rules);
    try {
      settings.write([{ name: 'policies', value: text }]);
    } catch (error) {
      target.setRules(before);
      throw error;
    }
  }
}
