import type { Page } from 'playwright-core';
import type { EmulatedBoard, Signals } from './emulated-board.js';

/** `SerialPort` of Web Serial over a board, for a client that runs on Node. */
export class BoardPort {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;

  constructor(private readonly board: EmulatedBoard) {}

  open(): Promise<void> {
    const { board } = this;
    if (this.readable) return Promise.reject(new Error('The port is already open.'));
    this.readable = new ReadableStream({
      start: (controller) => void (board.onData = (bytes) => controller.enqueue(Uint8Array.from(bytes))),
      cancel: () => void (board.onData = () => {}),
    });
    this.writable = new WritableStream({ write: (bytes) => board.receive(bytes) });
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.board.onData = () => {};
    await this.readable?.cancel();
    this.readable = null;
    this.writable = null;
  }

  getInfo(): object {
    return { usbVendorId: 0x10c4, usbProductId: 0xea60 };
  }

  setSignals(signals: Signals): Promise<void> {
    this.board.setSignals(signals);
    return Promise.resolve();
  }
}

/** Runs in the page before its own scripts: a `navigator.serial` with one port, whose bytes go to the test. */
const STUB = `
  class Port {
    readable = null;
    writable = null;
    async open() {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      this.fresh();
      this.writable = new WritableStream({ write: (bytes) => window.boardReceive([...bytes]) });
    }
    // As Chrome does it: a stream that was cancelled is followed by a new one while the port is open.
    fresh() {
      this.readable = new ReadableStream({
        start: (controller) => { this.controller = controller; },
        cancel: () => { if (this.writable) this.fresh(); },
      });
    }
    async close() {
      if (!this.readable) throw new DOMException('The port is already closed.', 'InvalidStateError');
      if (this.readable.locked || this.writable.locked) throw new TypeError('Cannot close a locked port.');
      this.readable = this.writable = this.controller = null;
    }
    getInfo() { return { usbVendorId: 0x10c4, usbProductId: 0xea60 }; }
    async setSignals(signals) { await window.boardSignals(signals); }
    addEventListener() {}
    removeEventListener() {}
  }
  const port = new Port();
  window.boardSends = (bytes) => port.controller?.enqueue(Uint8Array.from(bytes));
  Object.defineProperty(navigator, 'serial', { value: {
    requestPort: async () => {
      if (window.noPort) throw new DOMException('No port selected by the user.', 'NotFoundError');
      return port;
    },
    getPorts: async () => [port],
    addEventListener() {},
  } });
`;

/** Gives a page Web Serial, with `board` at its one port. Before the page is opened. */
export async function plugIn(page: Page, board: EmulatedBoard): Promise<void> {
  await page.exposeFunction('boardReceive', (bytes: number[]) => board.receive(Uint8Array.from(bytes)));
  await page.exposeFunction('boardSignals', (signals: Signals) => board.setSignals(signals));
  await page.addInitScript(STUB);
  let sending = Promise.resolve();
  board.onData = (bytes) => {
    const sent = [...bytes];
    sending = sending
      .then(() => page.evaluate(`window.boardSends(${JSON.stringify(sent)})`))
      // The page was closed.
      .then(undefined, () => undefined) as Promise<void>;
  };
}
