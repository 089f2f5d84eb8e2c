/** A whole number from 0 to 2^31 - 1 of the environment, or `defaultValue`. Throws an Error that names the variable. */
export function wholeNumber(name: string, defaultValue: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return defaultValue;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 31) {
    throw new Error(`${name} is "${text}": allowed are whole numbers from 0 to ${2 ** 31 - 1}`);
  }
  return value;
}
