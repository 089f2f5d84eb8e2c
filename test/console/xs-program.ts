import { Bench } from './fakes.js';

/** What xsnap-worker gives to `handleCommand` and sends back once all promises are settled. */
interface Report {
  result: ArrayBuffer | undefined;
}

const scope = globalThis as unknown as { handleCommand(command: ArrayBuffer): Report };

/** A command is a JSON list of lines for a new console; the answer is what it writes. */
scope.handleCommand = (command) => {
  const report: Report = { result: undefined };
  const lines = JSON.parse(new TextDecoder().decode(new Uint8Array(command))) as string[];
  const bench = new Bench();
  const answer = (text: string): void => {
    report.result = Uint8Array.from(new TextEncoder().encode(text)).buffer;
  };
  bench.type(...lines).then(answer, (failure: unknown) => answer('failed: ' + String(failure)));
  return report;
};
