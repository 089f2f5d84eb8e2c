/** What was found of one thing that a board needs. */
export interface Check {
  /** The thing. */
  name: string;
  ok: boolean;
  /** What is there, or what is wrong; one line. */
  found: string;
  /** How to get it; one line. Present when `ok` is false. */
  remedy?: string;
}

/** It is there. */
export function ok(name: string, found: string): Check {
  return { name, ok: true, found };
}

/** It is missing, or of no use. */
export function missing(name: string, found: string, remedy: string): Check {
  return { name, ok: false, found, remedy };
}
