import { PlainTagProfile } from '../cloud/plain/plain-tags.js';
import type { TagProfile } from '../cloud/profile.js';
import type { Board, Clock } from '../hal/index.js';
import type { Configuration } from '../settings/configuration.js';
import { addressText } from '../tags/address-text.js';
import { formatName } from '../tags/formats/index.js';
import type { Reading } from '../tags/index.js';
import type { Report } from '../telemetry/index.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import type { LevelLog } from './firmware.js';
import { TagReporter } from './tag-reporter.js';
import type { TagReporterHandler } from './tag-reporter.js';

/** Lines about new tags in one minute; many tags, or a table too small for them, must not drown the others. */
const TAG_LINES = 10;
const MINUTE = 60000;

/** Says on a log which tags are heard, and what else the tag side tells. */
export class TagLog implements TagReporterHandler {
  private readonly clock: Clock;
  private readonly log: LevelLog;
  /** When the minute began in which tag lines are counted. */
  private minuteBegan = 0;
  private tagLines = 0;
  private quietTags = 0;

  constructor(clock: Clock, log: LevelLog) {
    this.clock = clock;
    this.log = log;
  }

  onTag(address: Uint8Array, rssi: number, reading: Reading): void {
    const { log } = this;
    const now = this.clock.now();
    if (now - this.minuteBegan >= MINUTE) {
      if (this.quietTags > 0) log.line('more tags in the minute before: ' + this.quietTags);
      this.minuteBegan = now;
      this.tagLines = 0;
      this.quietTags = 0;
    }
    if (this.tagLines < TAG_LINES) {
      this.tagLines++;
      log.line(tagLine(address, rssi, reading.format));
    } else {
      this.quietTags++;
    }
  }

  onPublished(_report: Report, packetId: number, _payload: Uint8Array, from: number, to: number): void {
    if (this.log.debugging) this.log.debug('published as ' + packetId + ', ' + (to - from) + ' bytes');
  }

  onNotice(text: string): void {
    this.log.error(text);
  }
}

function tagLine(address: Uint8Array, rssi: number, format: number): string {
  return 'tag ' + addressText(address, 0) + ' ' + formatName(format) + ' ' + rssi + ' dBm';
}

/**
 * Makes the tag side of a board that has a scanner; it says on the log which tags it hears. `profile`: that of the
 * cloud; default: the plain one. `flashLog`: where reports outlive a restart; default: nowhere. Throws a RangeError
 * that names the option and what is allowed.
 */
export function makeTagReporter(
  configuration: Configuration,
  board: Board,
  log: LevelLog,
  profile: TagProfile = new PlainTagProfile(configuration),
  flashLog?: FlashLog,
): TagReporter | undefined {
  if (!board.scanner || !configuration.tags) return undefined;
  const options = { ...configuration.tags, profile, ...(flashLog && { flashLog }) };
  return new TagReporter(options, board, new TagLog(board.clock, log));
}
