import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ESPLoader, Transport } from 'esptool-js';
import { readImage } from '../../../sim/flash/image.js';
import type { FirmwareImage } from '../../../sim/flash/image.js';
import { thisWorkshop } from '../../../sim/flash/workshop.js';
import { EmulatedBoard } from '../../support/emulated-board.js';
import { espImage, writeBuild } from '../../support/esp-image.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { BoardPort } from '../../support/web-serial.js';

let board: EmulatedBoard;
let loader: ESPLoader;
let image: FirmwareImage;

beforeEach(() => {
  const folder = makeTemporaryFolder();
  writeBuild(folder.path, 0);
  image = readImage(folder.path, 'ESP32', thisWorkshop());
  folder.remove();
  board = new EmulatedBoard(espImage(0, 40_000));
  const transport = new Transport(new BoardPort(board) as never);
  const terminal = { clean: () => {}, write: () => {}, writeLine: () => {} };
  loader = new ESPLoader({ transport, baudrate: 115200, terminal });
});

afterEach(() => board.close());

/** The ROM tells a checksum as text, which esptool-js does not read. */
async function write(compress: boolean, checks = true): Promise<void> {
  await loader.writeFlash({
    fileArray: image.parts.map(({ bytes, offset }) => ({ data: bytes, address: offset })),
    flashSize: 'keep',
    flashMode: 'keep',
    flashFreq: 'keep',
    eraseAll: false,
    compress,
    ...(checks && { calculateMD5Hash: (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex') }),
  });
}

/** What must be in flash, byte for byte, with nothing but erased flash around it. */
function expected(): Buffer {
  const flash = Buffer.alloc(board.rom.flash.length, 0xff);
  for (const { bytes, offset } of image.parts) flash.set(bytes, offset);
  return flash;
}

describe('esptool-js and the image of flash-page', () => {
  it.each([true, false])('put it into flash with the stub, compressed: %s', async (compress) => {
    await loader.main();
    expect([loader.chip.CHIP_NAME, board.rom.stub]).toEqual(['ESP32', true]);
    await write(compress);
    expect(board.rom.flash.equals(expected())).toBe(true);
    expect(board.rom.commands.includes(0x10)).toBe(compress);
    expect(board.rom.commands.includes(0x02)).toBe(!compress);
  });

  it.each([true, false])('put it into flash with the loader in ROM, compressed: %s', async (compress) => {
    await loader.detectChip();
    await write(compress, false);
    expect(board.rom.stub).toBe(false);
    expect(board.rom.flash.equals(expected())).toBe(true);
  });

  it('replace another firmware', async () => {
    board.rom.flash.fill(0);
    await loader.main();
    await loader.eraseFlash();
    await write(true);
    expect(board.rom.flash.equals(expected())).toBe(true);
  });

  it('notice flash that does not keep what is written', async () => {
    board.rom.worn.add(0x10123);
    await loader.main();
    await expect(write(true)).rejects.toThrow('MD5 of file does not match data in flash');
  });

  it('start the firmware afterwards, which waits for settings', async () => {
    image = {
      ...image,
      parts: [...image.parts.slice(0, 2), { name: 'xs_esp32.bin', offset: 0x10000, bytes: espImage(0, 40_000) }],
    };
    await loader.main();
    await write(true);
    expect(board.world).toBeUndefined();
    await loader.transport.setRTS(true);
    await loader.after('hard_reset');
    await expect.poll(() => board.lines).toContain('not set up: waiting for settings on the serial port');
  });
});
