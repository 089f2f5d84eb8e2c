/*
 * What the SDK's MQTT client asks of the SDK's module `timer`: callbacks of no delay wait for `run`, others never come.
 */

let waiting: (() => void) | undefined;
let further: (() => void) | undefined;

/** Calls what is due, as a chip's event loop does. */
export function run(): void {
  const first = waiting;
  const second = further;
  waiting = undefined;
  further = undefined;
  first?.();
  second?.();
}

export default {
  set(callback: () => void, delay = 0): object {
    if (delay > 0) return callback;
    if (waiting === undefined) waiting = callback;
    else further = callback;
    return callback;
  },

  repeat(callback: () => void): object {
    return callback;
  },

  clear(): void {},
};
