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
