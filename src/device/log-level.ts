/** How much a device says on its log. */
export const enum LogLevel {
  off = 0,
  error = 1,
  info = 2,
  debug = 3,
}
