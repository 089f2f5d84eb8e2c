/** Throws a RangeError unless `value` is an integer from `min` to `max`. `name` begins the message. */
export function checkInteger(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max && value % 1 === 0) return;
  throw new RangeError(name + ' must be an integer from ' + min + ' to ' + max + ', got ' + value);
}

/** Throws a RangeError unless `value` is a number from `min` to `max`. `unit` may be empty. */
export function checkNumber(name: string, value: number, min: number, max: number, unit: string): void {
  if (value >= min && value <= max) return;
  const range = min + ' to ' + max + (unit === '' ? '' : ' ' + unit);
  throw new RangeError(name + ' must be a number from ' + range + ', got ' + value);
}
