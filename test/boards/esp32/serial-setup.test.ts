import { describe, expect, it } from 'vitest';
import { randomWorld, VirtualWorld } from '../../../sim/virtual/index.js';
import type { SimulatedWorld } from '../../../sim/virtual/index.js';
import { command, packetsIn, plainCommand } from '../../device/improv-packets.js';

const SECOND = 1000;
const BROKER = 'mqtt://broker.example';
const NEW = { ssid: '', password: '', broker: '' };
const WIFI = { ssid: 'Home', password: 'correct horse' };

/** An ESP32 in virtual time, with a page at its serial line. */
class Bench {
  readonly lines: string[] = [];
  readonly simulation: VirtualWorld;
  private output: number[] = [];

  constructor(settings: object) {
    this.simulation = new VirtualWorld(worldWith(settings), [], 1);
    this.simulation.deviceObservers.push({
      onLine: (_device, text) => void this.lines.push(text),
      onOutput: (_device, text) => void this.output.push(...[...text].map((letter) => letter.charCodeAt(0))),
    });
  }

  get device(): VirtualWorld['devices'][number] {
    return this.simulation.devices[0]!;
  }

  async run(milliseconds: number): Promise<this> {
    await this.simulation.runUntil(this.simulation.now() + milliseconds);
    return this;
  }

  /** What is answered to a packet within `milliseconds`. */
  async ask(bytes: readonly number[], milliseconds = 100): Promise<string[]> {
    this.output = [];
    this.device.typeKeys(String.fromCharCode(...bytes, 10));
    await this.run(milliseconds);
    return packetsIn(this.output);
  }

  async set(name: string, value: string): Promise<void> {
    expect(await this.ask(command(0xe0, name, value))).toEqual(['error 0', 'result 224 []']);
  }

  /** What is shown for these keys. */
  async type(keys: string): Promise<string> {
    this.output = [];
    this.device.typeKeys(keys);
    await this.run(SECOND);
    return String.fromCharCode(...this.output);
  }

  has(part: string): boolean {
    return this.lines.some((line) => line.includes(part));
  }
}

function worldWith(settings: object): SimulatedWorld {
  const world = randomWorld(1, { tags: 3, board: 'esp32' });
  const [gateway] = world.gateways;
  const wifi = { ...world.wifi, ...WIFI };
  return { ...world, wifi, gateways: [{ ...gateway!, settings: { ...gateway!.settings, ...settings }, people: [] }] };
}

describe('a new ESP32', () => {
  it('waits for settings on its serial line', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    expect(bench.has('not set up: waiting for settings on the serial port')).toBe(true);
    expect(await bench.ask(command(2))).toEqual(['error 0', 'state 2']);
    expect(await bench.ask(command(3))).toEqual(['error 0', 'result 3 [Tagwire, 0.1.0, ESP32, gateway-1]']);
    expect(await bench.ask(command(7))).toEqual(['error 0', 'result 7 [2]']);
    const [, status] = await bench.ask(command(0xe2));
    expect(status).toContain('gateway-1, ssid is missing: it must be 1 to 32 bytes of text; broker is missing');
  });

  it('is set up with Wi-Fi and then its broker, starts and connects', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    expect(await bench.ask(command(4), 3 * SECOND)).toEqual(['result 4 [Home, -58, YES]', 'result 4 []']);
    expect(await bench.ask(command(1, 'Home', 'correct horse'))).toEqual(['error 0', 'state 3']);
    expect(await bench.ask(command(2), 10 * SECOND)).toEqual(['error 0', 'state 3', 'state 4', 'result 1 []']);
    expect(await bench.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
    const [, missing] = await bench.ask(command(0xe2));
    expect(missing).not.toContain('ssid');
    expect(missing).toContain('broker is missing');
    await bench.ask(command(0xe0));
    await bench.set('broker', 'mqtt://broker');
    await bench.set('broker', '.example');
    await bench.set('gateway', 'shed');
    expect(await bench.ask(command(0xe1))).toEqual(['error 0', 'result 225 []']);
    await bench.run(60 * SECOND);
    expect(bench.device.starts).toBe(2);
    expect(bench.has('tagwire: shed on esp32, started by software')).toBe(true);
    expect(bench.has('connected to mqtt://broker.example:1883')).toBe(true);
  });

  it('keeps its Wi-Fi over a power cut, and says that it is there', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    await bench.ask(command(1, 'Home', 'correct horse'), 10 * SECOND);
    bench.device.powerCut(SECOND);
    await bench.run(10 * SECOND);
    expect(await bench.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
  });

  it('starts as soon as Wi-Fi was all that it lacked', async () => {
    const bench = await new Bench({ ...NEW, broker: BROKER }).run(SECOND);
    await bench.ask(command(1, 'Home', 'correct horse'), 10 * SECOND);
    await bench.run(60 * SECOND);
    expect(bench.has('connected to mqtt://broker.example:1883')).toBe(true);
  });

  it.each([
    ['a wrong password', ['Home', 'wrong horse'], 10 * SECOND],
    ['an unknown network', ['Elsewhere', 'correct horse'], 10 * SECOND],
    ['a password that is too short', ['Home', 'short'], SECOND],
    ['no name', ['', ''], SECOND],
  ])('cannot connect with %s, stores nothing, and takes the right one then', async (_what, values, time) => {
    const bench = await new Bench(NEW).run(SECOND);
    const answers = await bench.ask(command(1, ...values), time);
    expect(answers.slice(-2)).toEqual(['error 3', 'state 2']);
    expect((await bench.ask(command(0xe2)))[1]).toContain('ssid is missing');
    const joined = await bench.ask(command(1, 'Home', 'correct horse'), 10 * SECOND);
    expect(joined.slice(-2)).toEqual(['state 4', 'result 1 []']);
  });

  it('leaves a network alone that was of no use, also after a scan and another failure', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    for (const ssid of ['Elsewhere', 'Nowhere']) {
      await bench.ask(command(1, ssid, 'correct horse'), 10 * SECOND);
      expect((await bench.ask(command(4), 3 * SECOND)).at(-1)).toBe('result 4 []');
    }
    await bench.run(1000 * SECOND);
    const joins = bench.lines.filter((line) => line.startsWith('Wi-Fi: joining'));
    expect(joins).toEqual(['Wi-Fi: joining "Elsewhere"', 'Wi-Fi: joining "Nowhere"']);
  });

  it('gives a network up that has no address within 30 s', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    bench.device.accessPoint.dhcp = false;
    expect(await bench.ask(command(1, 'Home', 'correct horse'), 29 * SECOND)).toEqual(['error 0', 'state 3']);
    expect(await bench.ask(command(2), 2 * SECOND)).toEqual(['error 0', 'state 3', 'error 3', 'state 2']);
  });

  it('says what is wrong with a setting, and stores none of them', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    await bench.set('broker', 'http://broker');
    await bench.set('gateway', 'shed');
    const [, answer] = await bench.ask(command(0xe1));
    expect(answer).toContain('broker must be mqtt://host[:port]');
    expect((await bench.ask(plainCommand(6)))[1]).toBe('result 6 [gateway-1]');
    await bench.set('brokr', BROKER);
    expect((await bench.ask(command(0xe1)))[1]).toContain('did you mean broker?');
    expect((await bench.ask(command(0xe1)))[1]).toBe('result 225 [nothing was set]');
  });

  it('takes a name before it has Wi-Fi', async () => {
    const bench = await new Bench(NEW).run(SECOND);
    expect(await bench.ask(plainCommand(6, 'shed'))).toEqual(['error 0', 'result 6 [shed]']);
    expect(await bench.ask(plainCommand(6, 'a/b'))).toEqual(['error 0', 'error 255']);
    await bench.ask(command(1, 'Home', 'correct horse'), 10 * SECOND);
    expect(await bench.ask(plainCommand(6, 'barn'))).toEqual(['error 0', 'error 255']);
  });
});

describe('an ESP32 that runs', () => {
  it('answers beside its console, which gets all that is typed', async () => {
    const bench = await new Bench({ serialConsole: true }).run(30 * SECOND);
    expect(bench.has('connected to')).toBe(true);
    expect(await bench.type('/system identity print\r')).toContain('name: gateway-1');
    expect(await bench.ask([...codes('/sys'), ...command(2)])).toEqual(['error 0', 'state 4', 'result 2 []']);
    expect(await bench.type('tem identity print\r')).toContain('name: gateway-1');
    expect((await bench.ask(command(0xe2)))[1]).toBe('result 226 [gateway-1, connected to mqtt://broker.example:1883]');
  });

  it('goes back to its network when another one is of no use, and stays connected for good', async () => {
    const bench = await new Bench({ serialConsole: true }).run(30 * SECOND);
    const answers = await bench.ask(command(1, 'Elsewhere', 'correct horse'), 10 * SECOND);
    expect(answers).toEqual(['error 0', 'state 3', 'error 3', 'state 2']);
    await bench.run(60 * SECOND);
    expect(await bench.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
    expect(bench.lines.filter((line) => line.startsWith('connected to'))).toHaveLength(2);
    bench.device.powerCut(SECOND);
    await bench.run(60 * SECOND);
    expect(bench.lines.filter((line) => line.startsWith('connected to'))).toHaveLength(3);
  });

  it('moves to another network without a restart', async () => {
    const bench = await new Bench({ serialConsole: true }).run(30 * SECOND);
    Object.assign(bench.device.accessPoint, { ssid: 'Shed', password: 'battery staple' });
    const answers = await bench.ask(command(1, 'Shed', 'battery staple'), 10 * SECOND);
    expect(answers).toEqual(['error 0', 'state 3', 'state 4', 'result 1 []']);
    await bench.run(60 * SECOND);
    expect(bench.device.starts).toBe(1);
    expect(bench.lines.filter((line) => line.startsWith('connected to'))).toHaveLength(2);
    bench.device.powerCut(SECOND);
    await bench.run(60 * SECOND);
    expect(bench.lines.filter((line) => line.startsWith('Wi-Fi: joining')).at(-1)).toBe('Wi-Fi: joining "Shed"');
  });

  it('is reached without a console while its broker is not, and told what is wrong', async () => {
    const bench = await new Bench({ serialConsole: false, broker: 'mqtt://nowhere.example' }).run(30 * SECOND);
    expect(await bench.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
    await bench.run(60 * SECOND);
    expect((await bench.ask(command(0xe2)))[1]).toContain('name: nowhere.example: no such name');
    await bench.set('broker', BROKER);
    expect(await bench.ask(command(0xe1))).toEqual(['error 0', 'result 225 []']);
    expect((await bench.ask(command(0xe2)))[1]).toBe('result 226 [gateway-1, restarting]');
    await bench.run(60 * SECOND);
    expect(bench.has('connected to mqtt://broker.example:1883')).toBe(true);
  });

  it('gives the line back once it is connected, after a minute at least, unless somebody uses it', async () => {
    const quiet = await new Bench({ serialConsole: false }).run(50 * SECOND);
    expect(quiet.has('connected to')).toBe(true);
    expect(quiet.device.typeKeys('x')).toBe(true);
    await quiet.run(20 * SECOND);
    expect(quiet.device.typeKeys('x')).toBe(false);
    const used = await new Bench({ serialConsole: false }).run(30 * SECOND);
    await used.ask(command(2));
    await used.run(60 * SECOND);
    expect(await used.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
    const lost = await new Bench({ serialConsole: false, broker: 'mqtt://nowhere.example' }).run(90 * SECOND);
    expect(await lost.ask(command(2))).toEqual(['error 0', 'state 4', 'result 2 []']);
  });
});

function codes(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
