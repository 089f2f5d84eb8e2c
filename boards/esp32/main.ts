import { makeConsole } from './console.js';
import { start } from './wires.js';

/** The whole firmware. The SDK calls it once, after its own start. */
export default function main(): void {
  start(makeConsole);
}
