import { ImprovSerial } from 'improv-wifi-serial-sdk/dist/serial.js';

/** A port of Web Serial, as far as it is used here. */
export interface WebSerialPort {
  open(options: { baudRate: number; bufferSize: number }): Promise<void>;
  close(): Promise<void>;
}

/** Our commands of Improv, see docs/flashing.md. */
const SETTING = 0xe0;
const APPLY = 0xe1;
const STATUS = 0xe2;

/** Bytes of a packet that the chip takes however busy it is, without those around the texts and their lengths. */
const ROOM = 128 - 15;
/** Milliseconds; a device answers within a few, but is slower while it writes its flash. */
const ANSWER_TIME = 3000;
/** The same for a question that is asked again: a device that starts has not heard it. */
const STATUS_TIME = 700;
/** After its port was opened, a board may start anew. */
const START_TIME = 10_000;
/** The device tries a network for 30 s. */
const JOIN_TIME = 45_000;

const NO_ANSWER =
  'it has another firmware, a debug build, or is connected to its broker already; press its reset button and try again';

/** What the SDK has for its own commands, and no others can be sent without. */
interface CommandSender {
  _sendRPCWithResponse(command: number, data: readonly number[], timeout: number): Promise<string[]>;
}

/** A device at an open port: Improv, and the settings beside it. */
export class SettingsClient {
  private readonly improv: ImprovSerial;

  private constructor(private readonly port: WebSerialPort) {
    this.improv = new ImprovSerial(port as never, { log: () => {}, error: () => {}, debug: () => {} });
  }

  /** Opens the port. Rejects with an Error of one line when nobody there speaks Improv. */
  static async connect(port: WebSerialPort): Promise<SettingsClient> {
    await port.open({ baudRate: 115200, bufferSize: 8192 });
    try {
      const client = new SettingsClient(port);
      await client.improv.initialize(START_TIME);
      return client;
    } catch (error) {
      await port.close();
      throw new Error(`the board does not answer (${textOf(error)}): ${NO_ANSWER}`);
    }
  }

  async close(): Promise<void> {
    await this.improv.close();
    await this.port.close();
  }

  /** What the device says that it is: `Tagwire 0.1.0 on ESP32, esp32-a1b2c3`. */
  get identity(): string {
    const { firmware, version, chipFamily, name } = this.improv.info!;
    return `${firmware} ${version} on ${chipFamily}, ${name}`;
  }

  /** Tries a network, and stores it when it is up. Rejects with an Error of one line. */
  async join(ssid: string, password: string): Promise<void> {
    try {
      await this.improv.provision(ssid, password, JOIN_TIME);
    } catch (error) {
      throw new Error(
        textOf(error) === 'UNABLE_TO_CONNECT'
          ? `the device cannot connect to “${ssid}”: is the name right, the password, and is it in reach (2.4 GHz)?`
          : `the device does not take the network “${ssid}” (${textOf(error)})`,
      );
    }
  }

  /** Stores settings, all or none. Rejects with an Error that has the device's own words. */
  async store(settings: ReadonlyMap<string, string>): Promise<void> {
    await this.send(SETTING, []);
    for (const [name, value] of settings) {
      for (const piece of pieces(value, ROOM - lengthOf(name))) await this.send(SETTING, [name, piece]);
    }
    await this.send(APPLY, []);
  }

  /** One line on how the device is. */
  async status(): Promise<string> {
    const [, status = ''] = await this.ask(STATUS, [], STATUS_TIME);
    return status;
  }

  private async send(command: number, texts: readonly string[]): Promise<void> {
    const [mistake] = await this.ask(command, texts);
    if (mistake !== undefined) throw new Error(mistake);
  }

  private async ask(command: number, texts: readonly string[], time = ANSWER_TIME): Promise<string[]> {
    const data = texts.flatMap((text) => [lengthOf(text), ...new TextEncoder().encode(text)]);
    try {
      return await (this.improv as unknown as CommandSender)._sendRPCWithResponse(command, data, time);
    } catch (error) {
      throw new Error(`the device does not answer (${textOf(error)})`);
    }
  }
}

/** Parts of a text with at most `most` bytes each; one empty part of an empty text. */
function pieces(text: string, most: number): string[] {
  const found: string[] = [];
  let piece = '';
  for (const character of text) {
    if (lengthOf(piece + character) > most) {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}

function lengthOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The SDK rejects with texts as well as with errors. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
