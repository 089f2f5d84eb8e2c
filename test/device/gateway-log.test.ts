import type { IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import { PlainTagProfile } from '../../src/cloud/index.js';
import { Gateway, TagReporter } from '../../src/device/index.js';
import { FlashLog } from '../../src/telemetry/outbox/flash-log.js';
import { mikrotik } from './hand-scanner.js';
import { EPOCH, VirtualBoard } from './virtual-board.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const REPORTS = 0;
/** Where the virtual clock begins. */
const BEGIN = 5000;
const NEVER = Infinity;

/** A gateway with a log, which knows the time of day after so many milliseconds. */
function makeGateway(
  host: string,
  timeKnownAfter: number,
  flash: NorFlash,
  onNotice: (text: string) => void = () => {},
): { virtual: VirtualBoard; gateway: Gateway } {
  const virtual = new VirtualBoard();
  const options = {
    connection: { clientId: 'shed', endpoints: [{ host, port: 1883 }] },
    profile: new PlainTagProfile({ gateway: 'shed' }),
    rules: [{ minimumInterval: 0, maximumInterval: 0 }],
    outbox: { persistSeconds: 5 },
    flashLog: new FlashLog(flash),
  };
  const nothing = (): void => {};
  const handler = { onConnected: nothing, onFailed: nothing, onStopped: nothing, onTag: nothing };
  const { time } = virtual.platform;
  const unixTime = (): number => (time.now() - BEGIN >= timeKnownAfter ? EPOCH + time.now() : 0);
  const board = { ...virtual.board(), clock: { now: () => time.now(), unixTime } };
  const reporter = new TagReporter(options, board, { ...handler, onPublished: nothing, onNotice });
  const gateway = new Gateway(options, board, handler, reporter);
  gateway.start();
  return { virtual, gateway };
}

const makeFlash = (): NorFlash => new NorFlash({ blocks: 4, blockLength: 4096, random: () => 0 });

interface TagPayload {
  time?: number;
  timeEstimated?: boolean;
  gatewayUptime?: number;
}

function readings(virtual: VirtualBoard): TagPayload[] {
  const packets = virtual.broker.all('publish') as IPublishPacket[];
  const ofTags = packets.filter(({ topic }) => topic.startsWith('tagwire/shed/tags/'));
  return ofTags.map(({ payload }) => JSON.parse(payload.toString()) as TagPayload);
}

it('writes a reading to the log in time, with nothing else to do and no broker', () => {
  const flash = makeFlash();
  const { virtual } = makeGateway('away', 0, flash);
  virtual.run(60_000);
  virtual.scanner.hear(TAG, mikrotik(1, 5000));
  virtual.run(4999);
  expect(new FlashLog(flash).waiting(REPORTS)).toBe(0);
  virtual.run(1);
  expect(new FlashLog(flash).waiting(REPORTS)).toBe(1);
});

it('says that the flash takes nothing, and that it works again', () => {
  const flash = makeFlash();
  const notices: string[] = [];
  const { virtual } = makeGateway('away', 0, flash, (text) => notices.push(text));
  virtual.run(60_000);
  for (let block = 0; block < flash.blocks; block++) flash.setFault(block, 'fails', 'fails');
  virtual.scanner.hear(TAG, mikrotik(1, 5000));
  virtual.run(30_000);
  const fails = 'outbox: the flash takes nothing; new readings are kept in memory only, until it works again';
  expect(notices).toEqual([fails]);
  for (let block = 0; block < flash.blocks; block++) flash.setFault(block, undefined, undefined);
  virtual.run(60_000);
  expect(notices).toEqual([fails, 'outbox: the flash works again']);
  expect(new FlashLog(flash).waiting(REPORTS)).toBe(1);
});

describe('a reading that was made before the time of day was known', () => {
  it('waits for it although the broker is there already', () => {
    const { virtual } = makeGateway('broker', 3000, makeFlash());
    virtual.scanner.hear(TAG, mikrotik(1, 5000));
    virtual.run(2999);
    expect(readings(virtual)).toEqual([]);
    virtual.run(1001);
    expect(readings(virtual)).toMatchObject([{ time: EPOCH + BEGIN + 1, timeEstimated: true }]);
  });

  it('waits for 20 s of the first connection', () => {
    const { virtual } = makeGateway('broker', NEVER, makeFlash());
    virtual.scanner.hear(TAG, mikrotik(1, 5000));
    virtual.run(20_000);
    expect(readings(virtual)).toEqual([]);
    virtual.run(2000);
    expect(readings(virtual)).toEqual([expect.objectContaining({ gatewayUptime: 1 })]);
    expect(readings(virtual)[0]).not.toHaveProperty('time');
    virtual.broker.drop();
    virtual.run(60_000);
    virtual.scanner.hear(TAG, mikrotik(2, 5001));
    virtual.run(100);
    expect(readings(virtual)).toHaveLength(2);
  });

  it('is sent when it is an event', () => {
    const { virtual } = makeGateway('broker', NEVER, makeFlash());
    virtual.run(100);
    const [quiet, moved] = [mikrotik(1, 5000), mikrotik(2, 5000)];
    virtual.scanner.hear(TAG, quiet);
    virtual.scanner.hear(TAG, `${moved.slice(0, 40)}04${moved.slice(42)}`);
    virtual.run(100);
    expect(readings(virtual)).toEqual([expect.objectContaining({ events: expect.anything() as unknown })]);
  });

  it('does not wait when the gateway ends', () => {
    const { virtual, gateway } = makeGateway('broker', NEVER, makeFlash());
    virtual.run(100);
    virtual.scanner.hear(TAG, mikrotik(1, 5000));
    gateway.stop();
    virtual.run(100);
    expect(readings(virtual)).toHaveLength(1);
  });
});
