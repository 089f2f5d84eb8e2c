/** What xsnap-worker gives a script besides ECMAScript (its xsnap-worker.c, `xsBuildAgent`). */

/** Asks the host and waits for its answer. The answer is a new ArrayBuffer each time. */
declare function issueCommand(command: ArrayBuffer): ArrayBuffer;

/** Collects garbage now. */
declare function gc(): void;

declare class TextDecoder {
  /** Decodes UTF-8. */
  decode(bytes: Uint8Array): string;
}
