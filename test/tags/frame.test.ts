import { AdType } from '../../src/tags/ad-structures.js';
import {
  AesCcm,
  asciiBytes,
  describeReading,
  Frame,
  KeyTable,
  parseAddress,
  Reading,
  ReadingState,
  setKeyText,
} from '../../src/tags/index.js';
import { adStructure } from './advertisement.js';
import { guarded } from './guarded.js';
import { fromHex } from './hex.js';
import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';

const ascii = (text: string) => asciiBytes(text);

function frameOf(bytes: ArrayLike<number>, address?: string): Frame {
  const frame = new Frame(undefined, undefined);
  const array = Uint8Array.from(bytes);
  frame.begin(array, 0, array.length, address === undefined ? undefined : parseAddress(address));
  return frame;
}

describe('another structure of the advertisement', () => {
  const service = adStructure(0x16, [0x3d, 0xfd, 0x77, 0x00, 0x64]);
  const maker = adStructure(0xff, [0x69, 0x09]);

  it('is found by its type and company id or UUID, with its end', () => {
    const frame = frameOf([...adStructure(0x16, [0x3d]), ...maker, ...service, ...adStructure(0x16, [0x3d, 0xfd])]);
    expect(frame.find(AdType.serviceData16, 0xfd3d)).toBe(11);
    expect(frame.foundTo).toBe(14);
    expect(frame.find(AdType.manufacturerData, 0x0969)).toBe(7);
    expect(frame.foundTo).toBe(7);
  });

  it('is not found with another type or id, nor past the end or behind a zero length', () => {
    const frame = frameOf([...maker, ...service]);
    expect(frame.find(AdType.manufacturerData, 0xfd3d)).toBe(-1);
    expect(frame.find(AdType.serviceData16, 0xfd3c)).toBe(-1);
    expect(frameOf([0, ...service]).find(AdType.serviceData16, 0xfd3d)).toBe(-1);
    expect(frameOf(service.slice(0, -1)).find(AdType.serviceData16, 0xfd3d)).toBe(-1);
    expect(frameOf([]).find(AdType.serviceData16, 0xfd3d)).toBe(-1);
  });
});

describe('the local name of a frame', () => {
  const flags = adStructure(0x01, [6]);
  const short = adStructure(0x08, ascii('sps'));
  const complete = adStructure(0x09, ascii('GVH5075_1234'));

  it('is found wherever it stands, the complete one before the short one', () => {
    for (const bytes of [
      [...flags, ...complete],
      [...complete, ...flags],
      [...short, ...complete],
      [...complete, ...short],
    ]) {
      const frame = frameOf(bytes);
      expect(frame.nameStartsWith(ascii('GVH5075_1234'))).toBe(true);
      expect(frame.nameStartsWith(ascii('GVH'))).toBe(true);
      expect(frame.nameStartsWith(ascii('GVH5075_12345'))).toBe(false);
    }
    expect(frameOf([...flags, ...short]).nameStartsWith(ascii('sps'))).toBe(true);
  });

  it.each([
    ['none is sent', flags],
    ['it runs past the end', [5, 0x09, 0x73, 0x70]],
    ['there is nothing', []],
    ['it stands behind a zero length', [0, ...short]],
  ])('is not there when %s', (_, bytes) => {
    const frame = frameOf(bytes);
    expect(frame.nameFrom).toBe(-1);
    expect(frame.nameStartsWith(ascii(''))).toBe(false);
  });

  it('is sought again in the next advertisement, inside its range', () => {
    const frame = frameOf(short);
    expect(frame.nameStartsWith(ascii('sps'))).toBe(true);
    const all = Uint8Array.from([...complete, ...flags, ...short]);
    const guard = guarded(all, complete.length, complete.length + flags.length);
    frame.begin(guard.bytes, complete.length, complete.length + flags.length, undefined);
    expect(frame.nameFrom).toBe(-1);
    expect(frame.hasService16(0x1234)).toBe(false);
    expect(guard.outside).toEqual([]);
  });
});

it('a frame knows the 16-bit services of both lists', () => {
  const frame = frameOf([...adStructure(0x02, [0xed, 0xfe, 0x0f]), ...adStructure(0x03, [0x0f, 0x18, 0x1a, 0x18])]);
  expect([0xfeed, 0x180f, 0x181a, 0x0f18, 0x0f].map((uuid) => frame.hasService16(uuid))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe("an address inside the payload is the tag's identity", () => {
  it.each([
    [false, undefined, '010203040506', '01:02:03:04:05:06'],
    [true, undefined, '060504030201', '01:02:03:04:05:06'],
    [true, '01:02:03:04:05:06', '060504030201', undefined],
    [true, '01:02:03:04:05:07', '060504030201', '01:02:03:04:05:06'],
  ])("reversed: %s, the advertiser's: %s", (reversed, address, hex, mac) => {
    const frame = frameOf(fromHex(hex), address);
    const reading = new Reading();
    frame.takeAddress(0, reversed);
    frame.setAddressIdentity(reading);
    expect(describeReading(reading).ids).toEqual(mac === undefined ? {} : { mac });
  });
});

describe('a frame with keys', () => {
  const key = '231d39c1d7cc1ab1aee224cd096db932';
  const address = parseAddress('54:48:E6:8F:80:A5');
  const keys = new KeyTable();
  setKeyText(keys, '54:48:E6:8F:80:A5', key);
  setKeyText(keys, '54:48:E6:8F:80:A6', key.slice(8));
  const plain = fromHex('02ca0903bf13');

  function seal(counter: number): Uint8Array {
    const nonce = Uint8Array.from([...address, 0, 0, 0, ...new Uint8Array(Uint32Array.of(counter).buffer)]);
    const cipher = createCipheriv('aes-128-ccm', fromHex(key), nonce, { authTagLength: 4 });
    const body = cipher.update(plain);
    cipher.final();
    return Uint8Array.from([...body, ...cipher.getAuthTag()]);
  }

  function open(frame: Frame, counter: number, damage = 0): ReadingState {
    const bytes = seal(counter);
    bytes[0]! ^= damage;
    frame.begin(bytes, 0, bytes.length, address);
    const ccm = frame.cipher(frame.address, 16);
    if (!ccm) return ReadingState.keyMissing;
    ccm.nonce.fill(0);
    ccm.nonce.set(address);
    ccm.nonce.set(new Uint8Array(Uint32Array.of(counter).buffer), 9);
    ccm.nonceLength = 13;
    const state = frame.openWithCounter(0, plain.length, plain.length, 4, counter);
    if (state === ReadingState.ok) expect(Array.from(ccm.text.slice(0, ccm.textLength))).toEqual(Array.from(plain));
    return state;
  }

  it('opens what is authentic, takes repetitions, and refuses what is older or damaged', () => {
    const frame = new Frame(keys, new AesCcm());
    const { ok, replayed, authenticationFailed } = {
      ok: ReadingState.ok,
      replayed: ReadingState.replayed,
      authenticationFailed: ReadingState.authenticationFailed,
    };
    expect(open(frame, 1000)).toBe(ok);
    expect(open(frame, 1000)).toBe(ok);
    // What is not authentic moves no counter.
    expect(open(frame, 9000, 1)).toBe(authenticationFailed);
    expect(open(frame, 1001)).toBe(ok);
    expect(open(frame, 1000)).toBe(replayed);
    expect(open(frame, 3)).toBe(ok);
  });

  it('has no cipher for another tag, a key of another length, or without an address', () => {
    const frame = new Frame(keys, new AesCcm());
    expect(frame.cipher(parseAddress('54:48:E6:8F:80:A7'), 16)).toBeUndefined();
    expect(frame.cipher(parseAddress('54:48:E6:8F:80:A6'), 16)).toBeUndefined();
    expect(frame.cipher(parseAddress('54:48:E6:8F:80:A6'), 12)).toBeDefined();
    expect(frame.keyByte(0)).toBe(0xd7);
    expect(frame.cipher(undefined, 16)).toBeUndefined();
    expect(new Frame(undefined, undefined).cipher(address, 16)).toBeUndefined();
  });
});
