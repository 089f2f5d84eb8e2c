import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../sim/hal/index.js';
import { PlainTagProfile, Registration } from '../../src/cloud/index.js';
import type { CloudDevice, Place, RegistrationHost } from '../../src/cloud/index.js';
import type { ConnectionOptions } from '../../src/connection/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import type { Board } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/utf8.js';
import { VirtualBroker } from '../connection/virtual-broker.js';
import { mikrotik } from './hand-scanner.js';
import { VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const MINUTE = 60000;

/** A service at `service:1883`: who asks on `place/ask` gets an answer on `place/answer`. */
class Service extends VirtualBroker {
  /** Answers, in order, the last one again and again; undefined: none. */
  answers: (string | undefined)[] = ['{"name":"shed","host":"broker"}'];
  asked = 0;

  constructor() {
    super();
    this.forbids = (packet) => {
      if (packet.topic !== 'place/ask') return false;
      this.asked++;
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (answer !== undefined) this.publish('place/answer', answer, 1);
      return false;
    };
  }
}

/** Asks until it gets `{"name":…,"host":…}`; `{"wait":…}` asks to come again, `{"no":…}` refuses. */
class TestRegistration extends Registration {
  protected readonly filters = [encodeUtf8('place/answer')];
  taken: Place[] = [];
  logins = 0;
  proposes: Place | undefined;
  proposed: Place | undefined;

  constructor(device: CloudDevice, secret: string) {
    super(device, 'Test', ['service', secret]);
  }

  protected service(): ConnectionOptions {
    return { endpoints: [{ host: 'service', port: 1883 }], clientId: 'nobody', backoff: { minimum: 1000 } };
  }

  protected override login(): void {
    this.logins++;
  }

  protected ask(again: boolean): void {
    this.proposed = this.proposal;
    if (this.proposes) this.propose(this.proposes);
    this.say('place/ask', again ? 'again' : 'first');
  }

  protected answer(_topic: string, payload: string): void {
    const { name, host, wait, no } = JSON.parse(payload) as { [name: string]: string };
    if (wait !== undefined) this.askIn(Number(wait));
    else if (no !== undefined) this.refused(no);
    else this.registered({ name: name ?? '', host: host ?? '' });
  }

  protected take(place: Place, host: RegistrationHost): boolean {
    const { host: name } = place;
    if (!name) return false;
    this.taken.push(place);
    host.connection.moveTo([{ host: name, port: 1883 }]);
    return true;
  }
}

const running: Gateway[] = [];

class Device {
  readonly board: Board;
  readonly registration: TestRegistration;
  readonly gateway: Gateway;
  readonly service = new Service();
  readonly notices: string[] = [];
  readonly failures: string[] = [];
  stops = 0;
  /** Times that other parts, such as settings on trial, were told of a connection. */
  told = 0;

  constructor(
    readonly virtual = new VirtualBoard(),
    secret = 'secret',
  ) {
    virtual.platform.listen('service', 1883, this.service);
    this.board = virtual.board();
    const device: CloudDevice = {
      board: this.board,
      firmware: '1',
      remote: undefined,
      restart: () => undefined,
      notice: (text) => this.notices.push(text),
    };
    this.registration = new TestRegistration(device, secret);
    const profile = new PlainTagProfile({ prefix: 'tagwire', gateway: 'shed' });
    const nothing = { onTag: () => undefined, onPublished: () => undefined, onNotice: () => undefined };
    const reporter = new TagReporter(
      { profile, rules: [{ minimumInterval: 0, maximumInterval: 0 }] },
      this.board,
      nothing,
    );
    this.gateway = new Gateway(
      {
        profile,
        connection: {
          endpoints: [{ host: 'nowhere', port: 1883 }],
          clientId: 'shed',
          backoff: { minimum: 1000, maximum: 4000 },
        },
        registration: this.registration,
      },
      this.board,
      {
        onConnected: () => undefined,
        onFailed: ({ detail, endpoint }) => this.failures.push(`${endpoint.host}: ${detail}`),
        onStopped: () => void this.stops++,
      },
      reporter,
      [{ deadline: Infinity, start: () => undefined, tick: () => undefined, connected: () => void this.told++ }],
    );
    running.push(this.gateway);
  }

  start(): this {
    this.gateway.start();
    return this;
  }

  run(milliseconds: number): this {
    this.virtual.run(milliseconds);
    return this;
  }

  get hub(): VirtualBroker {
    return this.virtual.broker;
  }
}

afterEach(() => {
  for (const gateway of running.splice(0)) gateway.close();
});

describe('a registration', () => {
  it('asks for a place over a connection of its own, and goes there', () => {
    const device = new Device().start();
    const { service, hub } = device;
    device.virtual.scanner.hear(TAG, mikrotik(1, 5000));
    device.run(1000);
    expect(service.received.map(({ packet }) => packet.cmd)).toEqual([
      'connect',
      'subscribe',
      'publish',
      'puback',
      'disconnect',
    ]);
    expect(service.lastConnect.will).toBeUndefined();
    expect(service.all('subscribe')).toEqual([
      expect.objectContaining({ subscriptions: [expect.objectContaining({ topic: 'place/answer' })] }),
    ]);
    expect(hub.lastConnect.clientId).toBe('shed');
    expect(hub.payloads.some((text) => text.includes('"temperature":'))).toBe(true);
    expect([service.open, hub.open, device.notices, device.failures]).toEqual([0, 1, [], []]);
  });

  it('does not ask when the place is stored', () => {
    const store = new MemoryStore();
    new Device(new VirtualBoard(store)).start().run(1000);
    const device = new Device(new VirtualBoard(store)).start().run(1000);
    expect([device.service.connections, device.hub.open]).toEqual([0, 1]);
    expect(device.registration.taken).toEqual([{ name: 'shed', host: 'broker' }]);
  });

  it('asks when the place was given for another secret', () => {
    const store = new MemoryStore();
    new Device(new VirtualBoard(store)).start().run(1000);
    const device = new Device(new VirtualBoard(store), 'other').start().run(1000);
    expect([device.service.asked, device.hub.open]).toEqual([1, 1]);
    // Taken back, as after a trial, it has the old one still.
    const before = new Device(new VirtualBoard(store)).start().run(1000);
    expect([before.service.asked, before.hub.open]).toEqual([0, 1]);
  });

  it('keeps a place that was accepted when others are given that never are', () => {
    const store = new MemoryStore();
    new Device(new VirtualBoard(store)).start().run(1000);
    for (const secret of ['second', 'third', 'fourth']) {
      const device = new Device(new VirtualBoard(store), secret);
      device.hub.returnCode = 5;
      device.start().run(1000);
      expect(device.service.asked).toBeGreaterThan(0);
      device.gateway.close();
    }
    const device = new Device(new VirtualBoard(store)).start().run(1000);
    expect([device.service.asked, device.hub.open]).toEqual([0, 1]);
  });

  it.each(['place-a', 'place-b'])('asks again when what is stored is damaged in %s', (key) => {
    const store = new MemoryStore();
    new Device(new VirtualBoard(store)).start().run(1000);
    const record = new Uint8Array(1000);
    const length = store.read(key, record);
    for (const text of ['', '{', 'null']) {
      const damaged = length > 0 ? record.slice(0, length) : encodeUtf8(text);
      if (length > 0) damaged[20]! ^= 1;
      store.write(key, damaged, 0, damaged.length);
    }
    const device = new Device(new VirtualBoard(store)).start().run(1000);
    expect([device.service.asked, device.hub.open]).toEqual([length > 0 ? 1 : 0, 1]);
  });

  it('goes to its place when the store does not take it, and says so', () => {
    const store = new MemoryStore();
    const { write } = store;
    store.write = (key, ...rest) => !key.startsWith('place') && write.call(store, key, ...rest);
    const device = new Device(new VirtualBoard(store)).start().run(1000);
    expect([device.hub.open, device.notices]).toEqual([
      1,
      ['Test: the registration cannot be stored; it holds until a restart'],
    ]);
    expect(new Device(new VirtualBoard(store)).start().run(1000).service.asked).toBe(1);
  });

  it('has after a restart what it proposed to be given', () => {
    const store = new MemoryStore();
    const device = new Device(new VirtualBoard(store));
    device.service.answers = [undefined];
    device.registration.proposes = { name: 'mine', host: 'broker' };
    device.start().run(1000);
    const after = new Device(new VirtualBoard(store)).start().run(1000);
    expect([after.registration.proposed, after.service.asked]).toEqual([{ name: 'mine', host: 'broker' }, 1]);
    const last = new Device(new VirtualBoard(store)).start().run(1000);
    expect([last.registration.proposed, last.service.asked]).toEqual([undefined, 0]);
  });

  it('waits as long as it is told', () => {
    const device = new Device();
    device.service.answers = ['{"wait":"5000"}', '{"wait":"5000"}', '{"name":"shed","host":"broker"}'];
    device.start().run(9000);
    // What waits for a connection, as a trial of settings does, waits for the cloud.
    expect([device.service.asked, device.service.open, device.told]).toEqual([2, 1, 0]);
    device.run(2000);
    expect([device.service.asked, device.hub.open, device.told]).toEqual([3, 1, 1]);
    expect(device.service.payloads).toEqual(['first', 'again', 'again']);
  });

  it.each([1, 2, 3, 4, 5, 6, 8, 12])('begins again when its link is lost after %i ms', (milliseconds) => {
    const device = new Device().start().run(milliseconds);
    device.service.drop();
    device.hub.drop();
    device.run(10000);
    expect([device.service.open, device.hub.open]).toEqual([0, 1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 8, 12])('begins again when the power is cut after %i ms', (milliseconds) => {
    const store = new MemoryStore();
    const cut = new Device(new VirtualBoard(store)).start().run(milliseconds);
    expect(cut.failures).toEqual([]);
    const device = new Device(new VirtualBoard(store)).start().run(1000);
    expect([device.service.open, device.hub.open]).toEqual([0, 1]);
  });

  it('asks again when there is no answer, after a pause', () => {
    const device = new Device();
    device.service.answers = [undefined, '{"name":"shed","host":"broker"}'];
    device.start().run(30500);
    expect(device.notices).toEqual([
      expect.stringMatching(/^Test: registration refused: no answer within 30 s; asking again in \d+ s$/),
    ]);
    expect(device.service.open).toBe(0);
    device.run(MINUTE);
    expect([device.service.asked, device.hub.open]).toEqual([2, 1]);
  });

  it('asks again after pauses that grow when it is refused', () => {
    const device = new Device();
    device.service.answers = ['{"no":"disabled"}'];
    device.start().run(10 * MINUTE);
    const asked = device.service.asked;
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(8);
    device.run(600 * MINUTE);
    expect(device.service.asked - asked).toBeLessThan(25);
    device.service.answers = ['{"name":"shed","host":"broker"}'];
    device.run(60 * MINUTE);
    expect(device.hub.open).toBe(1);
  });

  it('says which answer it cannot use', () => {
    const device = new Device();
    device.service.answers = ['{"name":"shed"}', `{"name":"${'x'.repeat(600)}"}`];
    device.start().run(2 * MINUTE);
    expect(device.notices.slice(0, 2)).toEqual([
      expect.stringContaining('this firmware cannot use its answer'),
      expect.stringMatching(/an answer of 611 bytes, of which this device reads \d+;/),
    ]);
  });

  it('says that a topic is refused', () => {
    const device = new Device();
    device.service.grants = () => 0x80;
    device.start().run(1000);
    expect(device.notices).toEqual([expect.stringContaining('registration refused: the topic place/answer; asking')]);
    expect(device.service.asked).toBe(0);
  });

  it.each([4, 5])('asks again when its place refuses it with %i, at most once a minute', (returnCode) => {
    const device = new Device().start().run(1000);
    device.hub.returnCode = returnCode;
    device.hub.drop();
    device.run(5000);
    expect(device.service.asked).toBe(2);
    device.run(10 * MINUTE);
    expect(device.service.asked).toBeLessThan(8);
    expect(device.hub.count('connect')).toBeGreaterThan(50);
    device.hub.returnCode = 0;
    device.run(10000);
    expect([device.service.open, device.hub.open]).toEqual([0, 1]);
  });

  it('goes to the place that it is given instead', () => {
    const device = new Device().start().run(1000);
    const other = new VirtualBroker();
    device.virtual.platform.listen('other', 1883, other);
    device.service.answers = ['{"name":"shed","host":"other"}'];
    device.hub.returnCode = 5;
    device.hub.drop();
    device.virtual.scanner.hear(TAG, mikrotik(2, 5000));
    device.run(10000);
    expect(other.open).toBe(1);
    expect(other.payloads.some((text) => text.includes('"temperature":'))).toBe(true);
  });

  it('asks again without the time of day, where that is not needed to log in', () => {
    const device = new Device();
    device.virtual.clockSet = false;
    device.start().run(1000);
    device.hub.returnCode = 5;
    device.hub.drop();
    device.run(5000);
    expect(device.service.asked).toBe(2);
  });

  it('does not register again when its place refuses it while it stops', () => {
    const device = new Device().start().run(1000);
    device.hub.acknowledges = false;
    device.virtual.scanner.hear(TAG, mikrotik(2, 5000));
    device.run(100);
    device.gateway.stop();
    device.hub.returnCode = 5;
    device.hub.drop();
    device.run(10 * MINUTE);
    expect([device.stops, device.service.asked, device.service.open, device.hub.open]).toEqual([1, 1, 0, 0]);
    expect(device.virtual.platform.timers.armed).toBe(0);
  });

  it('does not blame its place for a broker that is busy', () => {
    const device = new Device().start().run(1000);
    device.hub.returnCode = 3;
    device.hub.drop();
    device.run(10000);
    expect(device.service.asked).toBe(1);
  });

  it('asks again when its place is gone, and goes back to it when the service is, too', () => {
    const device = new Device().start().run(1000);
    const { platform } = device.virtual;
    platform.listen('broker', 1883, 'refuses');
    platform.listen('service', 1883, 'refuses');
    device.hub.drop();
    device.run(2 * MINUTE);
    expect(device.notices[0]).toBe('Test: the registered broker cannot be reached; registering again');
    expect(device.failures.filter((text) => text.startsWith('service:')).length).toBeGreaterThan(0);
    platform.listen('broker', 1883, device.hub);
    device.run(10000);
    expect(device.hub.open).toBe(1);
  });

  it('goes back to its place when the service refuses', () => {
    const device = new Device().start().run(1000);
    device.service.answers = ['{"no":"disabled"}'];
    device.hub.returnCode = 5;
    device.hub.drop();
    device.run(5000);
    expect(device.notices).toContain('Test: registration refused: disabled; the device keeps its registration');
    device.hub.returnCode = 0;
    device.run(10000);
    expect(device.hub.open).toBe(1);
  });

  it('stops while it asks, and starts once more', () => {
    const device = new Device();
    device.service.answers = [undefined];
    device.start().run(1000);
    device.gateway.stop();
    expect([device.stops, device.virtual.platform.timers.armed]).toEqual([1, 0]);
    device.run(1000);
    expect(device.service.open).toBe(0);
    device.service.answers = ['{"name":"shed","host":"broker"}'];
    device.start().run(1000);
    expect(device.hub.open).toBe(1);
    device.gateway.stop();
    device.run(6000);
    expect([device.stops, device.hub.open]).toEqual([2, 0]);
    device.start().run(1000);
    expect([device.hub.open, device.service.asked]).toEqual([1, 2]);
  });

  it('ends at once while it asks', () => {
    const device = new Device();
    device.service.answers = [undefined];
    device.start().run(1000);
    device.gateway.close();
    expect(device.stops).toBe(1);
  });

  it('waits for the network', () => {
    const device = new Device();
    device.virtual.platform.network.up = false;
    device.start().run(1000);
    device.virtual.platform.network.set(true);
    device.run(5000);
    expect(device.hub.open).toBe(1);
  });
});
