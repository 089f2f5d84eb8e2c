/** What the engines have beside the language, where they have it. */
const { setImmediate } = globalThis as { setImmediate?: (call: () => void) => void };
/** Jobs that may follow one from another where the engine cannot say that there are none left. */
const LONGEST_CHAIN = 1000;

/** Resolves when all jobs of promises are done: consoles and their scripts are made of them. */
export async function settle(): Promise<void> {
  if (setImmediate) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return;
  }
  for (let i = 0; i < LONGEST_CHAIN; i++) await undefined;
}
