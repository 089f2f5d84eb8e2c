import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImprovAnswers, ImprovError, ImprovReceiver, ImprovState } from '../../src/device/improv.js';
import type { ImprovDevice } from '../../src/device/improv.js';
import { VirtualTime } from '../support/virtual-time.js';
import { command, packet, packetsIn, plainCommand } from './improv-packets.js';

/** A line with a console behind it. */
class Line extends ImprovReceiver {
  readonly time = new VirtualTime();
  readonly timers = this.time;
  readonly typed: number[] = [];
  readonly commands: string[] = [];

  protected onText(bytes: Uint8Array, from: number, to: number): void {
    expect(to).toBeGreaterThan(from);
    this.typed.push(...bytes.subarray(from, to));
  }

  protected onCommand(bytes: Uint8Array, whole: boolean): void {
    this.commands.push((whole ? '' : 'damaged ') + bytes.join(' '));
  }

  get text(): string {
    return String.fromCharCode(...this.typed);
  }

  put(bytes: readonly number[] | string): void {
    const all = typeof bytes === 'string' ? [...bytes].map((letter) => letter.charCodeAt(0)) : bytes;
    this.receive(Uint8Array.from(all), 0, all.length);
  }
}

describe('ImprovReceiver', () => {
  it('takes packets out of what is typed', () => {
    const line = new Line();
    line.put([...codes('/ip'), ...command(2), 10, ...codes(' print\r')]);
    expect(line.commands).toEqual(['2 0']);
    expect(line.text).toBe('/ip print\r');
  });

  it('shows a typed I at once when something else follows, else after 100 ms', () => {
    const line = new Line();
    line.put('I');
    expect(line.text).toBe('');
    line.time.run(99);
    expect(line.text).toBe('');
    line.time.run(1);
    expect(line.text).toBe('I');
    line.put('IMPORTANT IIMPROVE IMPROV\r');
    expect(line.text).toBe('IIMPORTANT IIMPROVE IMPROV\r');
  });

  it('forgets a packet that breaks off, and goes on with the console', () => {
    const line = new Line();
    line.put(command(1, 'Home', 'a password').slice(0, 20));
    line.time.run(99);
    line.put([1]);
    line.time.run(99);
    line.put([1]);
    line.time.run(100);
    line.put('x\r');
    expect(line.commands).toEqual([]);
    expect(line.text).toBe('x\r');
  });

  it('keeps a line feed that does not come with its packet', () => {
    const line = new Line();
    line.put(command(2));
    line.time.run(100);
    line.put([10]);
    line.put([...command(3), 10, 10]);
    expect(line.typed).toEqual([10, 10]);
  });

  it('marks a wrong checksum and lengths that do not fit', () => {
    const line = new Line();
    const damaged = command(2);
    damaged[damaged.length - 1]! ^= 1;
    line.put(damaged);
    line.put(packet(3, [2, 1]));
    line.put(packet(3, []));
    expect(line.commands).toEqual(['damaged 2 0', 'damaged 2 1', 'damaged ']);
  });

  it('ignores what a device sends, as an echo brings it back', () => {
    const line = new Line();
    line.put(packet(1, [2]));
    line.put(packet(4, [1, 0]));
    expect(line.commands).toEqual([]);
    expect(line.text).toBe('');
  });

  it('passes on all that is typed around packets, in any fragmentation', () => {
    // Without byte 1, which is in no text but would complete a header.
    const typed = fc.array(fc.oneof(fc.constantFrom(...codes('IMPROV')), fc.integer({ min: 2, max: 255 })));
    const sent = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 });
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(typed, { minLength: 5, maxLength: 5 }), sent, cuts, (texts, commands, lengths) => {
        const line = new Line();
        const bytes: number[] = [];
        texts.forEach((text, i) => {
          // A line feed behind a packet belongs to it.
          bytes.push(...(i > 0 && text[0] === 10 ? text.slice(1) : text));
          if (i < commands.length) bytes.push(...packet(3, [0x80, commands[i]!.length, ...commands[i]!]));
        });
        const expected = texts.flatMap((text, i) => (i > 0 && text[0] === 10 ? text.slice(1) : text));
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = lengths[i % lengths.length]!;
          line.put(bytes.slice(at, at + length));
          at += length;
        }
        line.time.run(100);
        expect(line.typed).toEqual(expected);
        expect(line.commands).toHaveLength(commands.length);
      }),
    );
  });

  it('takes any bytes, and is a plain line again 100 ms later', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.boolean(), (pieces, begin) => {
        const line = new Line();
        if (begin) line.put(packet(3, [1]).slice(0, 7));
        for (const piece of pieces) line.put([...piece]);
        line.time.run(100);
        line.typed.length = 0;
        line.put('/quit\r');
        expect(line.text).toBe('/quit\r');
      }),
    );
  });
});

/** A device that notes what it is told to do. */
class Device implements ImprovDevice {
  readonly identity = ['Tagwire', '1.2.3', 'ESP32'];
  name = 'esp32-a1b2c3';
  state = ImprovState.authorized;
  online = false;
  status = 'broker is missing';
  canScan = true;
  refusal = '';
  readonly calls: string[] = [];
  private readonly sent: number[] = [];
  /** Bytes of room on the line. */
  room = Infinity;
  readonly answers = new ImprovAnswers(this, {
    send: (bytes, kept) => {
      if (bytes.length + kept > this.room) return;
      this.room -= bytes.length;
      this.sent.push(...bytes);
    },
  });

  join(ssid: string, password: string): void {
    this.note('join ' + ssid + ' ' + password);
    this.state = ImprovState.provisioning;
  }

  scan(): boolean {
    return this.canScan;
  }

  rename(name: string): void {
    this.note('rename ' + name);
    this.name = name;
  }

  setting(name: string | undefined, value: string): void {
    this.note('setting ' + String(name) + ' ' + value);
  }

  apply(): void {
    this.note('apply');
  }

  private note(call: string): void {
    if (this.refusal) throw new RangeError(this.refusal);
    this.calls.push(call);
  }

  /** The answers to this packet. */
  ask(bytes: number[]): string[] {
    const data = Uint8Array.from(bytes.slice(9, -1));
    this.answers.command(data, true);
    return this.read();
  }

  read(): string[] {
    return packetsIn(this.sent.splice(0));
  }
}

describe('ImprovAnswers', () => {
  it('joins a network, says that it tries, and that it is there', () => {
    const device = new Device();
    expect(device.ask(command(1, 'Home', 'correct horse'))).toEqual(['error 0', 'state 3']);
    expect(device.calls).toEqual(['join Home correct horse']);
    device.state = ImprovState.provisioned;
    device.answers.joined();
    expect(device.read()).toEqual(['state 4', 'result 1 []']);
  });

  it('says that it cannot connect, also when the network makes no sense', () => {
    const device = new Device();
    device.answers.notJoined(ImprovError.unableToConnect);
    expect(device.read()).toEqual(['error 3', 'state 2']);
    device.refusal = 'password must be 8 to 63 bytes of text';
    expect(device.ask(command(1, 'Home', 'short'))).toEqual(['error 0', 'error 3', 'state 2']);
  });

  it('tells its state, and when it has Wi-Fi an empty list of URLs', () => {
    const device = new Device();
    expect(device.ask(command(2))).toEqual(['error 0', 'state 2']);
    device.state = ImprovState.provisioned;
    expect(device.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
  });

  it('tells what it is, and whether it is online', () => {
    const device = new Device();
    expect(device.ask(command(3))).toEqual(['error 0', 'result 3 [Tagwire, 1.2.3, ESP32, esp32-a1b2c3]']);
    expect(device.ask(command(7))).toEqual(['error 0', 'result 7 [2]']);
    device.online = true;
    expect(device.ask(command(7))).toEqual(['error 0', 'result 7 [3]']);
  });

  it('tells its name and takes another one', () => {
    const device = new Device();
    expect(device.ask(plainCommand(6))).toEqual(['error 0', 'result 6 [esp32-a1b2c3]']);
    expect(device.ask(plainCommand(6, 'shed'))).toEqual(['error 0', 'result 6 [shed]']);
    device.refusal = 'gateway must be one topic level, without /';
    expect(device.ask(plainCommand(6, 'a/b'))).toEqual(['error 0', 'error 255']);
  });

  it('lists networks, and ends the list also where the line has room for few', () => {
    const device = new Device();
    const network = { ssid: 'Home', rssi: -60, secured: true };
    // The error of a network that was not joined stays where people can read it.
    expect(device.ask(command(4))).toEqual([]);
    device.answers.networks([network, { ssid: 'Café', rssi: -71, secured: false }]);
    expect(device.read()).toEqual(['result 4 [Home, -60, YES]', 'result 4 [Café, -71, NO]', 'result 4 []']);
    device.room = 60;
    device.answers.networks(Array.from({ length: 20 }, () => network));
    expect(device.read()).toEqual(['result 4 [Home, -60, YES]', 'result 4 []']);
    device.room = Infinity;
    device.canScan = false;
    expect(device.ask(command(4))).toEqual(['error 2']);
  });

  it('takes settings in pieces and says what is wrong with them', () => {
    const device = new Device();
    expect(device.ask(command(0xe0))).toEqual(['error 0', 'result 224 []']);
    expect(device.ask(command(0xe0, 'broker', 'mqtt://'))).toEqual(['error 0', 'result 224 []']);
    expect(device.ask(command(0xe1))).toEqual(['error 0', 'result 225 []']);
    expect(device.calls).toEqual(['setting undefined ', 'setting broker mqtt://', 'apply']);
    expect(device.ask(command(0xe2))).toEqual(['error 0', 'result 226 [esp32-a1b2c3, broker is missing]']);
    device.refusal = 'broker must be ' + 'ü'.repeat(300);
    expect(device.ask(command(0xe1))).toEqual(['error 0', 'result 225 [broker must be ' + 'ü'.repeat(118) + ']']);
  });

  it('refuses what it does not know, and texts that are cut short or are no UTF-8', () => {
    const device = new Device();
    expect(device.ask(command(5))).toEqual(['error 0', 'error 2']);
    expect(device.ask(command(1, 'Home'))).toEqual(['error 0', 'error 1']);
    expect(device.ask(packet(3, [1, 3, 9, 65, 66]))).toEqual(['error 0', 'error 1']);
    expect(device.ask(packet(3, [1, 4, 1, 0xff, 1, 0x80]))).toEqual(['error 0', 'error 1']);
    expect(device.ask(packet(3, [6, 1, 0xff]))).toEqual(['error 0', 'error 1']);
    device.answers.command(Uint8Array.of(2, 0), false);
    expect(device.read()).toEqual(['error 1']);
    expect(device.calls).toEqual([]);
  });

  it('answers any command with packets that a client can read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 255 }), (bytes) => {
        const device = new Device();
        device.answers.command(bytes, true);
        expect(device.read()).not.toContain('wrong checksum');
      }),
    );
  });
});

function codes(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
