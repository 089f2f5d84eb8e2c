import { ButtonEvent, Field } from '../field.js';
import type { Reading } from '../reading.js';
import { int8 } from './bytes.js';
import { Product } from './mibeacon-products.js';

// Keys and dials of MiBeacon. Keys are `button` to `button4`; of a remote with more the key is in `channel`.

/** By what was done, 4 bits each, the `ButtonEvent`: press, double, long, triple, none, press, long. */
const EVENTS = 0x4103421;
/** The same for the switches K9B: press, long, double. */
const K9B_EVENTS = 0x241;
/** By the key number of a K9B of two and of three keys, 4 bits each, the keys that were pressed together. */
const K9B_PAIRS = 0x321;
const K9B_TRIPLES = 0x7563421;

const enum Dial {
  pressed = 3,
  turned = 4,
}

/** Object 1001: key u8 | number u8 | what was done u8. */
export function setMibeaconKey(reading: Reading, product: number, bytes: Uint8Array, at: number): void {
  const key = bytes[at]!;
  const action = bytes[at + 2]!;
  switch (product) {
    case Product.YLKG07YL:
      if (action === Dial.pressed) setPressedDial(reading, key, bytes[at + 1]!);
      else if (action === Dial.turned) setTurnedDial(reading, bytes, at);
      return;
    case Product.XMMF01JQD:
      if (key < 2) reading.set(Field.dimmer, key === 0 ? 1 : -1);
      return;
    case Product.K9B_1BTN:
      setKeys(reading, key === 0 ? 1 : 0, nibble(K9B_EVENTS, action));
      return;
    case Product.K9B_2BTN:
      setKeys(reading, nibble(K9B_PAIRS, key), nibble(K9B_EVENTS, action));
      return;
    case Product.K9B_3BTN:
      setKeys(reading, nibble(K9B_TRIPLES, key), nibble(K9B_EVENTS, action));
      return;
  }
  const event = nibble(EVENTS, action);
  if (event === ButtonEvent.none) return;
  if (key < 4 && !isRemote(product)) {
    reading.set(Field.button + key, event);
  } else {
    reading.set(Field.button, event);
    reading.set(Field.channel, key);
  }
}

/**
 * Objects of product specifications whose id ends in 0C (press), 0D (double) and 0E (long): without a value, or with
 * one that tells the key.
 */
export function setMibeaconPress(
  reading: Reading,
  product: number,
  id: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): void {
  if (length > 1) return;
  const value = length === 1 ? bytes[at]! : 0;
  let event: number = (id & 0xff) === 0x0c ? ButtonEvent.press : ButtonEvent.doublePress;
  if ((id & 0xff) === 0x0e) event = ButtonEvent.longPress;
  let keys = 1;
  switch (product) {
    case Product.XMWXKG01YL:
      keys = value < 4 ? value : 0;
      break;
    case Product.XMWS01XS:
      keys = value < 2 ? 1 << value : 0;
      break;
    case Product.KS1:
    case Product.KS1BP:
    case Product.PTX_F1:
      keys = value >= 1 && value <= 4 ? 1 << (value - 1) : 0;
      break;
    case Product.K9BB_1BTN:
      if (value === 8) event = ButtonEvent.longPress;
      else if (value === 15) event = ButtonEvent.doublePress;
      else if (value !== 1) keys = 0;
      break;
  }
  setKeys(reading, keys, event);
}

/** Pressed `number` times, or by the second key as it were, for `number` seconds. */
function setPressedDial(reading: Reading, key: number, number: number): void {
  if (key === 0) {
    const event = number === 2 ? ButtonEvent.doublePress : ButtonEvent.triplePress;
    reading.set(Field.button, number === 2 || number === 3 ? event : ButtonEvent.press);
    reading.set(Field.count, number);
  } else if (key === 1) {
    reading.set(Field.button, ButtonEvent.longPress);
    reading.set(Field.duration, number);
  }
}

/** Turned by the second number, or, while it was pressed, by the first. */
function setTurnedDial(reading: Reading, bytes: Uint8Array, at: number): void {
  if (bytes[at] === 0) {
    reading.set(Field.dimmer, int8(bytes, at + 1));
  } else {
    reading.set(Field.button, ButtonEvent.hold);
    reading.set(Field.dimmer, int8(bytes, at));
  }
}

/** `keys` by bit, `button` lowest. */
function setKeys(reading: Reading, keys: number, event: number): void {
  if (event === ButtonEvent.none) return;
  for (let i = 0; i < 4; i++) if ((keys >>> i) & 1) reading.set(Field.button + i, event);
}

function isRemote(product: number): boolean {
  return (
    product === Product.YLYK01YL ||
    product === Product.YLYB01YL ||
    product === Product.YLYK01YL_VENFAN ||
    product === Product.YLYK01YL_FANCL
  );
}

/** Digit `index` of a hexadecimal number, the last one is 0; 0 beyond its seven digits. */
function nibble(digits: number, index: number): number {
  return index < 8 ? (digits >>> (4 * index)) & 0x0f : 0;
}
