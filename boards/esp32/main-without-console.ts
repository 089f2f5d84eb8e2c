import { start } from './wires.js';

/** The firmware without a console, which takes a fifth of its ROM. The SDK calls it once, after its own start. */
export default function main(): void {
  start();
}
