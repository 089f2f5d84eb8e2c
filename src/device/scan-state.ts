/**
 * Rule 1: every state of a scanner, and every step from one to another, is in this file. `ScanControl` takes the steps.
 *
 * A scanner is `stopped` until its device starts. On a chip whose one radio serves Wi-Fi too, it is `waiting` first: a
 * radio that scans may keep Wi-Fi from associating, so it begins when the broker is connected. It begins without one
 * when its deadline has passed, since what is heard meanwhile is stored.
 *
 * It is `starting` from the moment the radio is told to scan until the first advertisement, which makes it `scanning`.
 * The scan may be held still for an attempt to connect: then it is `paused`, and `starting` again afterwards. A pause
 * that nobody ends is over at its deadline. When nothing was heard for long, whether it is `starting` or `scanning`, it
 * is `silent`: the scan is restarted, then the radio, then the chip, and each attempt is one more step from `silent` to
 * `silent`. One advertisement, and it is `scanning` again.
 *
 * | state    | deadline                                | then                                          |
 * |----------|-----------------------------------------|-----------------------------------------------|
 * | stopped  | none                                    |                                               |
 * | waiting  | the profile's `waitSeconds`             | `starting`, with the duty for no connection   |
 * | starting | the first advertisement: `silentSeconds` | `silent`, and the first remedy                |
 * | scanning | silence for `silentSeconds`             | `silent`, and the first remedy                |
 * | paused   | `pauseSeconds`                          | `starting`                                    |
 * | silent   | twice the wait before, up to an hour    | the next remedy                               |
 *
 * Without `silentSeconds` nobody looks for silence, and `starting` and `scanning` have no deadline. A step that is not
 * in the table does not happen: the call that asks for it has no effect.
 */

export const enum ScanState {
  stopped = 0,
  waiting = 1,
  starting = 2,
  scanning = 3,
  paused = 4,
  silent = 5,
}

/** How many states there are. */
export const SCAN_STATE_COUNT = 6;

/** For people, by `ScanState`. */
export const scanStateNames: readonly string[] = ['stopped', 'waiting', 'starting', 'scanning', 'paused', 'silent'];

export const enum ScanEvent {
  /** The device starts, and the radio is needed to connect first. */
  wait = 0,
  /** The radio is told to scan. */
  begin = 1,
  /** An advertisement. */
  heard = 2,
  pause = 3,
  resume = 4,
  /** The deadline of the state has passed. */
  overdue = 5,
  stop = 6,
}

/** How many events there are. */
export const SCAN_EVENT_COUNT = 7;

/** For people, by `ScanEvent`. */
export const scanEventNames: readonly string[] = ['wait', 'begin', 'heard', 'pause', 'resume', 'overdue', 'stop'];

/** No such step. */
export const enum ScanStep {
  none = -1,
}

/** A row for each state: in four bits for each event, 1 more than the next state, or 0 where there is no step. */
const enum ScanSteps {
  stopped = ((ScanState.waiting + 1) << (4 * ScanEvent.wait)) | ((ScanState.starting + 1) << (4 * ScanEvent.begin)),
  waiting = ((ScanState.starting + 1) << (4 * ScanEvent.begin)) |
    ((ScanState.starting + 1) << (4 * ScanEvent.overdue)) |
    ((ScanState.stopped + 1) << (4 * ScanEvent.stop)),
  starting = ((ScanState.scanning + 1) << (4 * ScanEvent.heard)) |
    ((ScanState.paused + 1) << (4 * ScanEvent.pause)) |
    ((ScanState.silent + 1) << (4 * ScanEvent.overdue)) |
    ((ScanState.stopped + 1) << (4 * ScanEvent.stop)),
  scanning = ((ScanState.paused + 1) << (4 * ScanEvent.pause)) |
    ((ScanState.silent + 1) << (4 * ScanEvent.overdue)) |
    ((ScanState.stopped + 1) << (4 * ScanEvent.stop)),
  paused = ((ScanState.starting + 1) << (4 * ScanEvent.resume)) |
    ((ScanState.starting + 1) << (4 * ScanEvent.overdue)) |
    ((ScanState.stopped + 1) << (4 * ScanEvent.stop)),
  silent = ((ScanState.scanning + 1) << (4 * ScanEvent.heard)) |
    ((ScanState.paused + 1) << (4 * ScanEvent.pause)) |
    ((ScanState.silent + 1) << (4 * ScanEvent.overdue)) |
    ((ScanState.stopped + 1) << (4 * ScanEvent.stop)),
}

/** The state after `event`, or `ScanStep.none`. */
export function nextScanState(state: ScanState, event: ScanEvent): ScanState | ScanStep.none {
  let steps: number = ScanSteps.stopped;
  if (state === ScanState.waiting) steps = ScanSteps.waiting;
  else if (state === ScanState.starting) steps = ScanSteps.starting;
  else if (state === ScanState.scanning) steps = ScanSteps.scanning;
  else if (state === ScanState.paused) steps = ScanSteps.paused;
  else if (state === ScanState.silent) steps = ScanSteps.silent;
  return ((steps >> (4 * event)) & 15) - 1;
}
