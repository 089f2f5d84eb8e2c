import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SerialPort } from '../../../boards/moddable/serial-port.js';
import type { SerialPortOptions } from '../../../boards/moddable/serial-port.js';
import { ScriptedUart } from './support/scripted-serial.js';

const LINE = { baud: 115200, port: 0, transmit: 1, receive: 3 };

function bench(options: Partial<SerialPortOptions> = {}) {
  const uart = new ScriptedUart();
  const heard: number[] = [];
  const drained: number[] = [];
  const port: SerialPort = new SerialPort(
    uart.Serial,
    { ...LINE, ...options },
    {
      onReceived: (bytes, from, to) => heard.push(...bytes.subarray(from, to)),
      onDrained: () => drained.push(port.dropped),
    },
  );
  return { uart, port, heard, drained };
}

describe('SerialPort', () => {
  it('opens the line that it is given, for buffers', () => {
    const { uart } = bench();
    expect(uart.options).toMatchObject({ ...LINE, format: 'buffer' });
    expect(uart.options).not.toHaveProperty('output');
  });

  it('says in one line why there is no port', () => {
    const { Serial } = new ScriptedUart(true);
    const listener = { onReceived: () => {}, onDrained: () => {} };
    expect(() => new SerialPort(Serial, LINE, listener)).toThrow(/^serial port 0: in use$/);
    expect(() => bench({ baud: 0, port: 2 })).toThrow(/^serial port 2: invalid baud$/);
    expect(() => bench({ output: 100 })).toThrow('output must be an integer from 128 to 65536, got 100');
  });

  it('hands over what arrives, in the order of arrival', () => {
    const { uart, heard } = bench();
    const bytes = Uint8Array.from({ length: 128 }, (_, i) => i);
    uart.receive(bytes);
    uart.receive('a');
    expect(heard).toEqual([...bytes, 0x61]);
  });

  it('writes nothing before the UART takes something, then all of it', () => {
    const { uart, port } = bench();
    const text = 'grüße € \u{1f600}\r\n'.repeat(40);
    port.write(text);
    expect(uart.text).toBe('');
    uart.run();
    expect([uart.text, port.dropped]).toEqual([text, 0]);
    port.write('next');
    uart.run();
    expect(uart.text).toBe(text + 'next');
  });

  it('keeps to the room that the UART told', () => {
    const { uart, port } = bench();
    uart.run();
    port.write('a'.repeat(100));
    port.write('b'.repeat(100));
    uart.run();
    expect(uart.text).toBe('a'.repeat(100) + 'b'.repeat(100));
  });

  it('waits when the UART takes less than it told', () => {
    const { uart, port } = bench();
    uart.run();
    uart.block();
    port.write('late');
    uart.run();
    expect(uart.text).toBe('#'.repeat(128) + 'late');
  });

  it('drops what does not fit, whole characters and all that follows, and says so when the rest has left', () => {
    const { uart, port, drained } = bench({ output: 128 });
    port.write('x'.repeat(126) + '€yz');
    port.write('more');
    expect(port.dropped).toBe(9);
    uart.run();
    expect([uart.text, drained]).toEqual(['x'.repeat(126), [9]]);
    port.write('again');
    uart.run();
    expect([uart.text, drained]).toEqual(['x'.repeat(126) + 'again', [9]]);
  });

  it('replaces a surrogate without its partner', () => {
    const { uart, port } = bench();
    port.write('a\ud800b\udc00');
    uart.run();
    expect(uart.text).toBe('a\ufffdb\ufffd');
  });

  it('writes bytes whole, or not at all where they and what is kept do not fit', () => {
    const { uart, port } = bench({ output: 128 });
    const bytes = new TextEncoder().encode('x'.repeat(100));
    expect(port.writeBytes(bytes, 29)).toBe(false);
    expect(port.writeBytes(bytes, 28)).toBe(true);
    expect(port.writeBytes(bytes)).toBe(false);
    uart.run();
    expect(uart.text).toBe('x'.repeat(100));
    expect(port.dropped).toBe(0);
    port.close();
    expect(port.writeBytes(bytes)).toBe(false);
  });

  it('is silent once closed, also when closed in its listener', () => {
    const uart = new ScriptedUart();
    let received = 0;
    const port: SerialPort = new SerialPort(uart.Serial, LINE, {
      onReceived() {
        received++;
        port.close();
      },
      onDrained: () => {},
    });
    port.write('lost');
    uart.receive('a');
    port.write('gone');
    port.close();
    port.writable(128);
    port.readable();
    uart.run();
    expect([received, uart.closes, uart.text, uart.reads]).toEqual([1, 1, '', 1]);
  });

  it('sends a beginning of what was written, whatever the sizes', () => {
    const steps = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constant(undefined)));
    fc.assert(
      fc.property(steps, (all) => {
        const { uart, port, drained } = bench({ output: 256 });
        let written = '';
        for (const step of all) {
          if (step === undefined) uart.run();
          else port.write(step);
          if (step !== undefined && drained.length === 0) written += step;
        }
        uart.run();
        if (port.dropped === 0) expect(uart.text).toBe(written);
        else if (drained.length === 1) expect(written.startsWith(uart.text.slice(0, 64))).toBe(true);
      }),
    );
  });
});
