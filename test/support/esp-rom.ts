import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';

/*
 * The ROM loader of an ESP32 and the loader ("stub") that esptool puts into its RAM, as a flashing tool sees them:
 * https://docs.espressif.com/projects/esptool/en/latest/esp32/advanced-topics/serial-protocol.html. Frames of SLIP;
 * a command is 0, its number, the length of its data, a checksum, the data; an answer 1, the number, a length, a value,
 * data and a status of 4 bytes from ROM and 2 from the stub.
 */

const enum Command {
  flashBegin = 0x02,
  flashData = 0x03,
  flashEnd = 0x04,
  memoryBegin = 0x05,
  memoryEnd = 0x06,
  memoryData = 0x07,
  sync = 0x08,
  writeRegister = 0x09,
  readRegister = 0x0a,
  spiSetParameters = 0x0b,
  spiAttach = 0x0d,
  changeBaud = 0x0f,
  deflateBegin = 0x10,
  deflateData = 0x11,
  deflateEnd = 0x12,
  flashMd5 = 0x13,
  eraseFlash = 0xd0,
}

const END = 0xc0;
const ESCAPE = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESCAPE = 0xdd;

const SECTOR = 4096;
const CHIP_MAGIC_REGISTER = 0x40001000;
const CHIP_MAGIC = 0x00f01d83;
/** With a crystal of 40 MHz at 115,200 baud. */
const UART_DIVIDER_REGISTER = 0x3ff40014;
const UART_DIVIDER = Math.round(40e6 / 115200);
const SPI_BASE = 0x3ff42000;
const SPI_COMMAND = SPI_BASE;
const SPI_USER2 = SPI_BASE + 0x24;
const SPI_DATA = SPI_BASE + 0x80;
const SPI_START = 1 << 18;
const READ_ID = 0x9f;
/** Winbond, 4 MB. */
const FLASH_ID = 0x1640ef;

const enum Status {
  invalidMessage = 5,
  failed = 6,
  wrongChecksum = 7,
}

/** A write that has begun. */
interface Write {
  offset: number;
  length: number;
  blocks: number;
  deflated: boolean;
  received: Buffer[];
}

/** The loaders, and the flash behind them. Bytes in by `receive`, bytes out by `send`. */
export class EspRom {
  readonly flash = Buffer.alloc(4 * 1024 * 1024, 0xff);
  /** The commands that came, without those that only read or write a register. */
  readonly commands: number[] = [];
  /** The stub has been loaded and started. */
  stub = false;
  /** Bytes at these places keep what they have, as in a flash that is worn. */
  worn = new Set<number>();

  private frame: number[] | undefined;
  private escaped = false;
  private readonly registers = new Map<number, number>([
    [CHIP_MAGIC_REGISTER, CHIP_MAGIC],
    [UART_DIVIDER_REGISTER, UART_DIVIDER],
  ]);
  private write: Write | undefined;

  constructor(private readonly send: (bytes: Uint8Array) => void) {}

  /** The chip was reset into its loader. */
  reset(): void {
    this.stub = false;
    this.frame = undefined;
    this.write = undefined;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === END) {
        if (this.frame && this.frame.length > 0) {
          const frame = Buffer.from(this.frame);
          this.frame = undefined;
          this.take(frame);
        } else {
          this.frame = [];
        }
      } else if (this.frame) {
        if (this.escaped) this.frame.push(byte === ESCAPED_END ? END : ESCAPE);
        else if (byte !== ESCAPE) this.frame.push(byte);
        this.escaped = !this.escaped && byte === ESCAPE;
      }
    }
  }

  private take(frame: Buffer): void {
    if (frame.length < 8 || frame[0] !== 0 || frame.readUInt16LE(2) !== frame.length - 8) return;
    const command = frame[1]!;
    const data = frame.subarray(8);
    if (command !== Command.readRegister && command !== Command.writeRegister) this.commands.push(command);
    const word = (i: number): number => data.readUInt32LE(4 * i);
    switch (command) {
      case Command.sync:
        // By the value a tool tells the two loaders apart.
        for (let i = 0; i < 8; i++) this.answer(command, Buffer.alloc(0), this.stub ? 0 : 0x20120707);
        return;
      case Command.readRegister:
        return this.answer(command, Buffer.alloc(0), this.registers.get(word(0)) ?? 0);
      case Command.writeRegister:
        this.writeRegister(word(0), word(1));
        return this.answer(command);
      case Command.memoryBegin:
      case Command.memoryData:
      case Command.spiAttach:
      case Command.spiSetParameters:
      case Command.changeBaud:
        return this.answer(command);
      case Command.memoryEnd:
        this.answer(command);
        this.stub = true;
        return this.sendFrame(Buffer.from('OHAI'));
      case Command.flashBegin:
      case Command.deflateBegin:
        return this.begin(command, word(0), word(1), word(3));
      case Command.flashData:
      case Command.deflateData:
        return this.block(command, frame.readUInt32LE(4), word(1), data.subarray(16, 16 + word(0)));
      case Command.flashEnd:
      case Command.deflateEnd:
        return this.answer(command);
      case Command.flashMd5: {
        const hash = createHash('md5').update(this.flash.subarray(word(0), word(0) + word(1)));
        return this.answer(command, this.stub ? hash.digest() : Buffer.from(hash.digest('hex')));
      }
      case Command.eraseFlash:
        if (!this.stub) return this.refuse(command, Status.invalidMessage);
        this.flash.fill(0xff);
        return this.answer(command);
      default:
        return this.refuse(command, Status.invalidMessage);
    }
  }

  private writeRegister(register: number, value: number): void {
    this.registers.set(register, value);
    if (register !== SPI_COMMAND || !(value & SPI_START)) return;
    this.registers.set(SPI_COMMAND, 0);
    const isRead = ((this.registers.get(SPI_USER2) ?? 0) & 0xff) === READ_ID;
    this.registers.set(SPI_DATA, isRead ? FLASH_ID : 0);
  }

  private begin(command: Command, length: number, blocks: number, offset: number): void {
    if (offset % SECTOR !== 0 || offset + length > this.flash.length) return this.refuse(command, Status.failed);
    this.flash.fill(0xff, offset, Math.ceil((offset + length) / SECTOR) * SECTOR);
    this.write = { offset, length, blocks, deflated: command === Command.deflateBegin, received: [] };
    this.answer(command);
  }

  private block(command: Command, checksum: number, number: number, bytes: Buffer): void {
    const { write } = this;
    if (!write || number !== write.received.length) return this.refuse(command, Status.failed);
    if (bytes.reduce((sum, byte) => sum ^ byte, 0xef) !== checksum) return this.refuse(command, Status.wrongChecksum);
    write.received.push(Buffer.from(bytes));
    if (write.received.length === write.blocks) this.program(write);
    this.answer(command);
  }

  private program({ offset, deflated, received }: Write): void {
    const whole = Buffer.concat(received);
    const bytes = deflated ? inflateSync(whole) : whole;
    // Flash that was not erased keeps its zeros.
    for (let i = 0; i < bytes.length; i++) {
      if (!this.worn.has(offset + i)) this.flash[offset + i]! &= bytes[i]!;
    }
  }

  private answer(command: number, data: Uint8Array = Buffer.alloc(0), value = 0): void {
    this.respond(command, value, Buffer.concat([data, Buffer.alloc(this.stub ? 2 : 4)]));
  }

  private refuse(command: number, status: Status): void {
    this.respond(command, 0, Buffer.from(this.stub ? [1, status] : [1, status, 0, 0]));
  }

  private respond(command: number, value: number, data: Buffer): void {
    const header = Buffer.from([1, command, data.length & 0xff, data.length >> 8, 0, 0, 0, 0]);
    header.writeUInt32LE(value >>> 0, 4);
    this.sendFrame(Buffer.concat([header, data]));
  }

  private sendFrame(bytes: Uint8Array): void {
    const frame = [END];
    for (const byte of bytes) {
      if (byte === END) frame.push(ESCAPE, ESCAPED_END);
      else if (byte === ESCAPE) frame.push(ESCAPE, ESCAPED_ESCAPE);
      else frame.push(byte);
    }
    this.send(Uint8Array.from([...frame, END]));
  }
}
