/** Prints an error or a warning for people. */
export function warn(text: string): void {
  process.stderr.write(`tagwire: ${text}\n`);
}

/** Prints a line of -d. */
export function debugLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Calls `stop` at the first Ctrl-C (SIGINT) or SIGTERM; a second one ends the process at once. */
export function onInterrupt(stop: () => void): () => void {
  const listener = (): void => {
    remove();
    stop();
  };
  const remove = (): void => {
    process.removeListener('SIGINT', listener);
    process.removeListener('SIGTERM', listener);
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return remove;
}

/** A Bluetooth address as it is written: `DC:2C:6E:0F:C0:3D`. */
export function formatAddress(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}
