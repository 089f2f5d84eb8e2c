import { showValue } from '../bad-input.js';

/** The parameters of a request as a page sent them: anything. Each method throws a RangeError of one line. */
export class Given {
  private readonly values: { readonly [name: string]: unknown };

  constructor(values: unknown) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw new RangeError(`parameters must be an object, got ${showValue(values)}`);
    }
    this.values = values as typeof this.values;
  }

  /** True when it is there. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** As it came, from JSON. */
  any(name: string): unknown {
    return this.get(name);
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (typeof value !== 'boolean') return fail(name, 'true or false', value);
    return value;
  }

  integer(name: string, from: number, to: number): number {
    const value = this.get(name);
    if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
    return fail(name, `an integer from ${from} to ${to}`, value);
  }

  /** `unit` with a space before it, or empty. */
  number(name: string, from: number, to: number, unit: string): number {
    const value = this.get(name);
    if (typeof value === 'number' && value >= from && value <= to) return value;
    return fail(name, `a number from ${from} to ${to}${unit}`, value);
  }

  text(name: string, from: number, to: number): string {
    const value = this.get(name);
    if (typeof value === 'string' && value.length >= from && value.length <= to) return value;
    const got = typeof value === 'string' && value.length > 40 ? `${value.length} characters` : undefined;
    return fail(name, `text of ${from} to ${to} characters`, value, got);
  }

  word<W extends string>(name: string, allowed: readonly W[]): W {
    const value = this.get(name);
    if (allowed.includes(value as W)) return value as W;
    return fail(name, 'one of ' + allowed.join(', '), value);
  }

  /** x and y, in metres. */
  position(name: string, most: number): [number, number] {
    const value = this.get(name);
    const isPart = (part: unknown): boolean => typeof part === 'number' && Math.abs(part) <= most;
    if (Array.isArray(value) && value.length === 2 && value.every(isPart)) return value as [number, number];
    return fail(name, `[x, y] with numbers from -${most} to ${most} m`, value);
  }

  private get(name: string): unknown {
    // Not what an object has by birth, such as `constructor`.
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }
}

function fail(name: string, what: string, value: unknown, got = showValue(value)): never {
  throw new RangeError(`${name} must be ${what}, got ${value === undefined ? 'nothing' : got}`);
}
