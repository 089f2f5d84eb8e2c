/** `rst_info.reason` of the ESP8266 NONOS SDK (user_interface.h), in its order. */
const REASONS = Object.freeze([
  'power on',
  'hardware watchdog',
  'exception',
  'software watchdog',
  'software',
  'deep sleep',
  'reset pin',
]);

/** The C function beside this file. Only a body of exactly this form is bound to one by the SDK's compiler. */
function readReason(this: unknown): number {
  return native('xs_tagwire_restart_reason').call(this) as number;
}

/** Why the chip started, for people. */
export function restartReason(): string {
  const reason = readReason();
  return REASONS[reason] ?? 'reason ' + reason;
}
