import { Field } from '../tags/field.js';
import type { Reading } from '../tags/reading.js';
import type { PolicyTable } from './policy-table.js';

const TWO_32 = 4294967296;
/** Any number but 0, which a zero would leave as it is. */
const SEED = 0x811c9dc5;

/**
 * A 32-bit hash of what a reading says: format, state, identity, and the fields with their values, for "is it still the
 * same". Left out are the fields that change by themselves (uptime, count of advertisements, sequence) and those for
 * which the policy has a delta. Allocates nothing.
 */
export function contentHash(reading: Reading, policies: PolicyTable, policy: number): number {
  let hash = mix(SEED, reading.format);
  hash = mix(mix(hash, reading.state), reading.identityKind);
  const identity = reading.identity;
  for (let i = 0; i < reading.identityLength; i++) hash = mix(hash, identity[i]!);
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    if (field === Field.uptime || field === Field.advertisementCount || field === Field.sequence) continue;
    if (policies.hasDelta(policy, field)) continue;
    const value = reading.get(field);
    const whole = Math.floor(value);
    hash = mix(mix(hash, field), whole | 0);
    hash = mix(hash, ((value - whole) * TWO_32) | 0);
    if (whole >= TWO_32 || whole < -TWO_32) hash = mix(hash, Math.floor(whole / TWO_32) | 0);
  }
  return hash >>> 0;
}

/** A step of MurmurHash3's finalizer: every bit of the word moves bits above and below it. */
function mix(hash: number, word: number): number {
  hash = Math.imul(hash ^ word, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
