import { Calls, ChannelCiphers, ChannelFlash, ChannelStore, ChannelTransport } from '../../../boards/xsnap/board.js';
import { Call, CallOffset, Event, EventOffset } from '../../../boards/xsnap/channel.js';
import { afterAll, expect, it } from 'vitest';
import { FileFlash, MemoryStore, NodeCiphers, NodeTransport } from '../../../sim/hal/index.js';
import { EventWriter } from '../../../sim/xs/event-writer.js';
import { HostCiphers, HostFlash, HostStore } from '../../../sim/xs/host-platform.js';
import { HostTransport } from '../../../sim/xs/host-transport.js';
import type { Endpoint, Store, Transport, TransportHandler } from '../../../src/hal/index.js';
import { ciphersContract } from '../../contracts/ciphers.contract.js';
import { flashContract } from '../../contracts/flash.contract.js';
import { storeContract } from '../../contracts/store.contract.js';
import { transportContract } from '../../contracts/transport.contract.js';
import { makeTemporaryFolder } from '../../support/temp.js';

/** The host's side of the channel: a call and its body to an answer. */
type Answer = (call: Call, command: DataView, body: Uint8Array) => Uint8Array;

const NOTHING = new Uint8Array(0);

/** Both sides of the channel run here: `issueCommand` is the engine's, answered by whoever calls at the moment. */
let answer: Answer = () => NOTHING;
Object.assign(globalThis, {
  issueCommand: (command: ArrayBuffer): ArrayBuffer => {
    const view = new DataView(command.slice(0));
    const body = new Uint8Array(view.buffer, CallOffset.body);
    return Uint8Array.from(answer(view.getUint8(CallOffset.call), view, body)).buffer;
  },
});

/** The firmware's transport, the host's, and the events between them, over a transport of Node. */
class JoinedTransport implements Transport {
  private readonly inside = new ChannelTransport(new Calls());
  private readonly outside: HostTransport;
  private readonly event = new EventWriter();
  private endpoint: Endpoint | undefined;
  private scheduled = false;

  constructor(transport: Transport) {
    this.outside = new HostTransport(transport, () => this.wake());
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.endpoint = endpoint;
    this.call(() => this.inside.open(address, endpoint, handler));
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    return this.call(() => this.inside.write(bytes, from, to));
  }

  resume(): void {
    this.call(() => this.inside.resume());
    this.wake();
  }

  close(): void {
    this.call(() => this.inside.close());
  }

  private call<T>(call: () => T): T {
    answer = (kind, _, body) => this.answer(kind, body);
    return call();
  }

  private answer(call: Call, body: Uint8Array): Uint8Array {
    switch (call) {
      case Call.open:
        this.outside.open(Buffer.from(body).toString(), this.endpoint!);
        break;
      case Call.write: {
        const taken = this.outside.write(body);
        return taken === body.length ? NOTHING : new Uint8Array(Uint32Array.of(taken).buffer);
      }
      case Call.resume:
        this.outside.resume();
        break;
      case Call.close:
        this.outside.close();
        break;
    }
    return NOTHING;
  }

  private wake(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (!this.outside.next(this.event)) return;
      this.deliver(this.event.finish(0, 0));
      this.wake();
    });
  }

  private deliver(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.subarray(EventOffset.body)).toString();
    const { inside } = this;
    switch (bytes[EventOffset.event]) {
      case Event.opened:
        return inside.onOpen();
      case Event.received:
        return this.outside.consumed(inside.onReceive(bytes, EventOffset.body, bytes.length));
      case Event.writable:
        return inside.onWritable();
      case Event.closed:
        return inside.onClose(bytes[EventOffset.small]!, text);
    }
  }
}

transportContract('the transport of boards/xsnap', () => new JoinedTransport(new NodeTransport()));
transportContract(
  'the transport of boards/xsnap over small buffers',
  () => new JoinedTransport(new NodeTransport({ send: 512, receive: 300 })),
  { tls: false },
);

ciphersContract(
  'the ciphers of boards/xsnap',
  (() => {
    const inside = new ChannelCiphers();
    const host = new HostCiphers(new NodeCiphers());
    const asked = <T>(call: () => T): T => {
      answer = (kind, command, body) => {
        const small = command.getUint8(CallOffset.small);
        const number = command.getUint32(CallOffset.number, true);
        switch (kind) {
          case Call.hmac:
            return host.hmac(body, command.getUint16(CallOffset.index, true));
          case Call.makeAead:
            return new Uint8Array(Uint32Array.of(host.makeAead(small, body)).buffer);
          case Call.seal:
            return host.seal(number, small, body);
          case Call.unseal:
            return host.unseal(number, small, body);
        }
        return NOTHING;
      };
      return call();
    };
    return {
      hmacSha256: (key, message) => asked(() => inside.hmacSha256(key, message)),
      makeAead: (mode, key) => {
        const aead = asked(() => inside.makeAead(mode, key));
        return {
          seal: (...range) => asked(() => aead.seal(...range)),
          open: (...range) => asked(() => aead.open(...range)),
        };
      },
    };
  })(),
);

storeContract('the store of boards/xsnap', (): Store => {
  const host = new HostStore(new MemoryStore());
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  answer = (call, command, body) => {
    const keyLength = command.getUint8(CallOffset.small);
    switch (call) {
      case Call.readStore:
        return host.read(text(body), command.getUint32(CallOffset.number, true));
      case Call.writeStore:
        return host.write(text(body.subarray(0, keyLength)), body.subarray(keyLength));
      case Call.removeStore:
        return host.remove(text(body));
    }
    return NOTHING;
  };
  return new ChannelStore(new Calls());
});

const temporary = makeTemporaryFolder();
afterAll(() => temporary.remove());
let files = 0;

/** Both sides of a flash, and the events between them. */
function joinFlash(medium: FileFlash): ChannelFlash {
  const event = new EventWriter();
  const host = new HostFlash(medium, () => {
    while (host.next(event)) inside.onSynced();
  });
  const inside = new ChannelFlash(new Calls(), medium);
  answer = (call, command, body) => {
    const number = command.getUint32(CallOffset.number, true);
    switch (call) {
      case Call.readFlash:
        return host.read(number, command.getUint16(CallOffset.index, true));
      case Call.programFlash:
        return host.program(number, body);
      case Call.eraseFlash:
        return host.erase(number);
      case Call.syncFlash:
        host.sync();
    }
    return NOTHING;
  };
  return inside;
}

flashContract('the flash of boards/xsnap', () => {
  const path = temporary.file(`flash-${files++}`);
  let medium = new FileFlash(path, 4);
  return {
    flash: joinFlash(medium),
    reopen() {
      medium.close();
      return joinFlash((medium = new FileFlash(path, 4)));
    },
    release: () => medium.close(),
  };
});

it('the flash of boards/xsnap answers false when that of the host fails', () => {
  const medium = new FileFlash(temporary.file('closed'), 4);
  const flash = joinFlash(medium);
  medium.close();
  expect(flash.read(0, new Uint8Array(4), 0, 4)).toBe(false);
  expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(false);
  expect(flash.erase(0)).toBe(false);
});
