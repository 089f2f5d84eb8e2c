import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { MemoryStore, NodeCiphers } from '../../../sim/hal/index.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import { answerTopic } from '../../../src/cloud/azure/registration.js';
import { Firmware, makeTagReporter } from '../../../src/device/index.js';
import { makeRpc } from '../../../src/rpc/index.js';
import { VirtualBroker } from '../../connection/virtual-broker.js';
import { VirtualBoard } from '../../device/virtual-board.js';

const MINUTE = 60000;
const KEY = Buffer.alloc(32, 7).toString('base64');
const HUB = 'hub.example';
const ANSWERS = '$dps/registrations/res/';

/** What the service says to a request, given its number; undefined: nothing. */
type Say = (id: string) => { topic: string; payload: string } | undefined;

const assigned: Say = (id) => ({
  topic: `${ANSWERS}200/?$rid=${id}`,
  payload: JSON.stringify({ status: 'assigned', registrationState: { assignedHub: HUB, deviceId: 'shed' } }),
});

const status = (code: number): Say => {
  return (id) => ({ topic: `${ANSWERS}${code}/?$rid=${id}`, payload: '{"errorCode":1,"message":"no"}' });
};

const running: Firmware[] = [];

afterEach(() => {
  for (const firmware of running.splice(0)) firmware.gateway.close();
});

/** A device in virtual time, its service at `dps:1883`, and its hub. */
class Device {
  readonly service = new VirtualBroker();
  readonly requests: string[] = [];
  readonly virtual: VirtualBoard;

  constructor(
    readonly says: Say[],
    store = new MemoryStore(),
  ) {
    this.virtual = new VirtualBoard(store);
    const { platform, broker } = this.virtual;
    platform.listen('dps', 1883, this.service);
    platform.listen(HUB, 1883, broker);
    this.service.forbids = ({ topic }) => {
      this.requests.push(topic.includes('/PUT/') ? 'register' : 'status');
      const say = this.says.length > 1 ? this.says.shift()! : this.says[0]!;
      const answer = say(/\$rid=(\d+)/.exec(topic)![1]!);
      if (answer) this.service.publish(answer.topic, answer.payload, 1);
      return false;
    };
    const raw = { cloud: 'azure', broker: 'mqtt://dps', idScope: '0ne1', deviceKey: KEY, gateway: 'shed', health: 0 };
    // Without TLS, so that broker models can stand for both.
    const configuration = parseForDesktop(raw, true);
    const board = { ...this.virtual.board(), ciphers: new NodeCiphers() };
    const features = { clouds: CLOUDS, makeReporter: makeTagReporter, makeRpc };
    running.push(Firmware.launch(configuration, board, features));
  }

  run(milliseconds: number): this {
    this.virtual.run(milliseconds);
    return this;
  }

  get atHub(): boolean {
    return this.virtual.broker.open === 1 && this.service.open === 0;
  }
}

describe('a registration with the Device Provisioning Service', () => {
  it.each([429, 500, 503])('waits half a minute after status %i when it is not told how long', (code) => {
    const device = new Device([status(code), status(code), assigned]).run(59_000);
    expect([device.requests.length, device.atHub]).toEqual([2, false]);
    device.run(2000);
    expect([device.requests.length, device.atHub]).toEqual([3, true]);
  });

  it.each([400, 403, 404, 409])('is over at status %i, and begins anew after a pause', (code) => {
    const device = new Device([status(code), assigned]).run(5000);
    expect([device.requests.length, device.service.open]).toEqual([1, 0]);
    expect(device.virtual.lines.at(-1)).toMatch(
      new RegExp(`^Azure IoT Hub: registration refused: ${code}: no; asking again in \\d+ s$`),
    );
    device.run(MINUTE);
    expect(device.atHub).toBe(true);
  });

  it('waits on for the answer to its own question', () => {
    const old: Say = (id) => assigned(String(Number(id) - 1));
    const other: Say = () => ({ topic: `${ANSWERS}200/`, payload: '{}' });
    const device = new Device([old, assigned]).run(5000);
    expect([device.requests.length, device.atHub]).toEqual([1, false]);
    device.run(2 * MINUTE);
    expect(device.atHub).toBe(true);
    expect(new Device([other, assigned]).run(5000).atHub).toBe(false);
  });

  it('asks for an operation as long as it is under way', () => {
    const under: Say = (id) => ({
      topic: `${ANSWERS}202/?$rid=${id}&retry-after=3`,
      payload: '{"operationId":"4.b","status":"assigning"}',
    });
    const device = new Device([under, under, under, assigned]).run(8000);
    expect(device.requests).toEqual(['register', 'status', 'status']);
    expect(device.run(2000).atHub).toBe(true);
    expect(device.service.all('publish').map((packet) => (packet as { topic: string }).topic)[1]).toBe(
      '$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=4.b',
    );
  });

  it('takes any answer without an error, and registers when it gets a right one', () => {
    const text = fc.oneof(fc.json(), fc.string(), fc.constantFrom('assigned', 'assigning', HUB));
    const state = fc.record({ assignedHub: fc.jsonValue(), deviceId: fc.jsonValue(), errorMessage: fc.jsonValue() });
    const body = fc.record(
      { status: fc.oneof(text, fc.jsonValue()), operationId: fc.jsonValue(), registrationState: fc.oneof(state, text) },
      { requiredKeys: [] },
    );
    const payload = fc.oneof(
      text,
      body.map((each) => JSON.stringify(each)),
    );
    const code = fc.constantFrom('200', '202', '204', '401', '404', '429', '500', '99999999999', 'x', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(code, payload), { minLength: 1, maxLength: 4 }), (answers) => {
        const says = answers.map(([each, text]): Say => {
          return (id) => ({ topic: `${ANSWERS}${each}/?$rid=${id}`, payload: text.slice(0, 400) });
        });
        const device = new Device([...says, assigned]).run(3 * 60 * MINUTE);
        expect(device.virtual.broker.open).toBe(1);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('has what it was given after the power was cut at any moment', () => {
    for (let milliseconds = 1; milliseconds < 30; milliseconds++) {
      const store = new MemoryStore();
      new Device([assigned], store).run(milliseconds);
      expect(new Device([assigned], store).run(1000).atHub).toBe(true);
    }
  });
});

describe('answerTopic', () => {
  const ANSWER = /^\$dps\/registrations\/res\/(\d+)\/\?\$rid=(\d+)(?:&.*)?$/;
  const RETRY_AFTER = /&retry-after=(\d{1,6})(?:&|$)/;
  const piece = fc.constantFrom('$dps/registrations/res/', '/?$rid=', '&', 'retry-after=', '202', '7', '/', 'x');

  it('reads what a regular expression reads', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '$dps/registrations/res/202/?$rid=7'), fc.array(piece), (begin, pieces) => {
        const topic = begin + pieces.join('');
        const { status: code, request, seconds } = answerTopic(topic);
        const match = ANSWER.exec(topic);
        const expected = match ? [Number(match[1]), Number(match[2])] : [NaN];
        expect(match ? [code, request] : [code + request]).toEqual(expected);
        // Of several times the first one counts, whether or not it is a number.
        const waits = topic.split('&retry-after=').length - 1;
        if (match && waits < 2) expect(seconds).toBe(Number(RETRY_AFTER.exec(topic)?.[1] ?? 0));
      }),
    );
  });
});
