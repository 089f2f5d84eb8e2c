import { readFileSync } from 'node:fs';

/** A command of RouterOS's manual of MQTT, and what the manual shows after it. */
export interface ManualStep {
  /** Verbatim, with its line ends. */
  command: string;
  /** Lines. */
  shown: string[];
}

/**
 * All commands of the manual in its order. The file has its examples as they stand there (help.mikrotik.com, MQTT),
 * with `----` between two; a command begins with `/`, and goes on after a line that ends with `\`.
 */
export function readManual(): ManualStep[] {
  const text = readFileSync(new URL('routeros-manual.txt', import.meta.url), 'utf8');
  const steps: ManualStep[] = [];
  for (const example of text.trimEnd().split('\n----\n')) {
    let open = false;
    for (const line of example.split('\n')) {
      const last = steps.at(-1)!;
      if (open) last.command += '\n' + line;
      else if (line.startsWith('/')) steps.push({ command: line, shown: [] });
      else last.shown.push(line);
      open = (open || line.startsWith('/')) && line.endsWith('\\');
    }
  }
  return steps;
}
