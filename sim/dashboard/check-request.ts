import { LONGEST_REPLAY, LONGEST_REQUEST } from '../page/protocol.js';
import type { ControlName, ControlParameters, Request } from '../page/protocol.js';

/** What a parameter must be. */
type Shape = 'place' | 'number' | 'text' | 'boolean' | 'position' | 'anything' | readonly string[];

/** By control: each parameter. Those of `OPTIONAL` may be absent. */
const SHAPES: { readonly [Name in ControlName]: { readonly [Key in keyof ControlParameters[Name]]-?: Shape } } = {
  wifi: { gateway: 'place', on: 'boolean' },
  broker: { broker: 'place', action: ['restart', 'kill', 'start'], keepSessions: 'boolean' },
  fault: { text: 'text' },
  heal: { id: 'place' },
  powerCut: { gateway: 'place', off: 'number' },
  clockJump: { gateway: 'place', by: 'number' },
  pressButton: { tag: 'text' },
  moveTag: { tag: 'text', position: 'position' },
  warmTag: { tag: 'text', temperature: 'number' },
  tagBattery: { tag: 'text', percent: 'number' },
  addTag: { format: 'text', name: 'text', position: 'position' },
  removeTag: { tag: 'text' },
  policies: { gateway: 'place', text: 'text' },
  speed: { speed: 'number' },
  loadWorld: { world: 'text', seed: 'number' },
  replay: { recording: 'text' },
  type: { gateway: 'place', text: 'text' },
  call: { gateway: 'place', method: 'text', params: 'anything' },
  why: { tag: 'text', gateway: 'place' },
};

const OPTIONAL: readonly string[] = [
  'broker.keepSessions',
  'powerCut.off',
  'addTag.name',
  'loadWorld.seed',
  'call.params',
  'why.gateway',
];

/** The beginning of a request that may be long. */
const REPLAY = /^\{"id":\d{1,15},"name":"replay",/;

/** What a page sent is no request. `id`: the one to answer to, as far as it can be read. */
export class BadRequest extends Error {
  constructor(
    message: string,
    readonly id?: number,
  ) {
    super(message);
  }
}

/**
 * Reads a request of a page, whose parameters have then the types of `ControlParameters`; whether there is such a
 * gateway, such a tag, or room for such a value is for the source to say. Throws `BadRequest`.
 */
export function readRequest(text: string): Request {
  const longest = REPLAY.test(text) ? LONGEST_REPLAY : LONGEST_REQUEST;
  if (text.length > longest) {
    throw new BadRequest(`a request must have at most ${longest} characters, got ${text.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest('a request must be JSON');
  }
  if (!isObject(value)) throw new BadRequest('a request must be an object with id, name and parameters');
  const { id, name, parameters } = value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    throw new BadRequest('the id of a request must be an integer from 0');
  }
  if (typeof name !== 'string' || !Object.hasOwn(SHAPES, name)) {
    throw new BadRequest(`name must be one of ${Object.keys(SHAPES).join(', ')}`, id);
  }
  if (!isObject(parameters)) throw new BadRequest(`${name}: parameters must be an object`, id);
  const shapes: { readonly [key: string]: Shape } = SHAPES[name as ControlName];
  for (const key of Object.keys(parameters)) {
    if (Object.hasOwn(shapes, key)) continue;
    throw new BadRequest(
      `${name}: there is no parameter ${key.slice(0, 40)}; use ${Object.keys(shapes).join(', ')}`,
      id,
    );
  }
  for (const [key, shape] of Object.entries(shapes)) {
    const parameter = parameters[key];
    if (parameter === undefined && OPTIONAL.includes(`${name}.${key}`)) continue;
    const wanted = mismatch(shape, parameter);
    if (wanted !== undefined) throw new BadRequest(`${name}: ${key} must be ${wanted}`, id);
  }
  return { id, name, parameters } as unknown as Request;
}

/** What a parameter would have to be; undefined when it is. In JSON, 1e999 is infinite. */
function mismatch(shape: Shape, value: unknown): string | undefined {
  switch (shape) {
    case 'place':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'an integer from 0';
    case 'number':
      return Number.isFinite(value) ? undefined : 'a number';
    case 'text':
      return typeof value === 'string' ? undefined : 'text';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'position':
      return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)
        ? undefined
        : 'two numbers, in metres';
    case 'anything':
      return value === undefined ? 'given' : undefined;
    default:
      return shape.includes(value as string) ? undefined : `one of ${shape.join(', ')}`;
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
