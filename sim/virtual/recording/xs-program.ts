import { Replay } from './replay.js';
import type { ReplayOutcome } from './replay.js';

/*
 * What `tagwire sim --replay FILE --engine xs` loads into XS: a replay, driven by commands. A command is a byte
 * and what belongs to it: the length of the file, a part of the file, or how many events to repeat. The answer to the
 * last is a byte, 1 while there is more, and the outcome as JSON in ASCII.
 */

/** First bytes of commands. */
export const enum ReplayCommand {
  length = 1,
  part = 2,
  advance = 3,
}

let file = new Uint8Array(0);
let received = 0;
let replaying: Replay | undefined;

function handleCommand(command: ArrayBuffer): ArrayBuffer | { result?: ArrayBuffer } {
  const bytes = new Uint8Array(command);
  const number = (): number => new DataView(command).getUint32(1, true);
  switch (bytes[0] as ReplayCommand) {
    case ReplayCommand.length:
      file = new Uint8Array(number());
      break;
    case ReplayCommand.part:
      file.set(bytes.subarray(1), received);
      received += bytes.length - 1;
      break;
    case ReplayCommand.advance: {
      // The engine answers when no job is left.
      const reply: { result?: ArrayBuffer } = {};
      replaying ??= new Replay(file);
      const { outcome } = replaying;
      replaying.advance(number()).then(
        (more) => (reply.result = answer(more, replaying!.outcome)),
        (error: unknown) => (reply.result = answer(false, { ...outcome, problem: String(error) })),
      );
      return reply;
    }
  }
  return new ArrayBuffer(0);
}

function answer(more: boolean, outcome: ReplayOutcome): ArrayBuffer {
  const escaped = (character: string): string => '\\u' + ('000' + character.charCodeAt(0).toString(16)).slice(-4);
  const text = JSON.stringify(outcome).replace(/[^ -~]/g, escaped);
  const bytes = new Uint8Array(1 + text.length);
  bytes[0] = more ? 1 : 0;
  for (let i = 0; i < text.length; i++) bytes[1 + i] = text.charCodeAt(i);
  return bytes.buffer;
}

(globalThis as { handleCommand?: typeof handleCommand }).handleCommand = handleCommand;
