/** Named jobs on intervals, at start, on events, at times of day. */
export { Schedule } from './schedule.js';
export type { ScheduledJob, ScheduleHandler, ScheduleWhen } from './schedule.js';
