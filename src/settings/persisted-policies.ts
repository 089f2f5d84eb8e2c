import type { PolicyTable, ReportRule } from '../telemetry/index.js';
import { policyText } from '../telemetry/report/policy-text.js';
import { quote } from './parse-value.js';
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

  /**
   * Gives the tag with this address (`DC:2C:6E:0F:C0:3D`) a policy of its own: `settings` are those of one policy,
   * `interval=30 temperature=0.5`; empty: it has none any more. Nothing is written where that is so already. Throws a
   * RangeError as `setPolicyText`.
   */
  setTagPolicy(address: string, settings: string): void {
    const before = this.policyText();
    const text = withTagPolicy(before, address, settings.trim());
    if (
      text === before ||
      policyText(this.settings.check([{ name: 'policies', value: text }]).tags!.rules) === before
    ) {
      return;
    }
    this.setPolicyText(text);
  }
}

/** Policies as `policyText` writes them, but with these settings for one tag, where its own policy stands. */
function withTagPolicy(policies: string, address: string, settings: string): string {
  const words = settings === '' ? [] : settings.split(/[\s,]+/);
  if (/[;\n\r]/.test(settings) || words.some((word) => !word.includes('='))) {
    throw new RangeError('policy must be settings such as "interval=30 temperature=0.5", got ' + quote(settings));
  }
  const own = settings === '' ? [] : [address + ' ' + words.join(' ')];
  const others: string[] = [];
  for (const policy of policies.split('; ')) {
    const space = policy.indexOf(' ');
    const names = policy.slice(0, space).split(',');
    if (!names.includes(address)) {
      others.push(policy);
      continue;
    }
    const rest = names.filter((name) => name !== address);
    if (rest.length > 0) others.push(rest.join(',') + policy.slice(space));
    else others.push(...own.splice(0));
  }
  return [...others, ...own].join('; ');
}
