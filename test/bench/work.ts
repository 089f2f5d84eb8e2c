// What the command tells the processes that it measures, and what they answer. They load nothing else with it, so
// that a start and a memory are those of the client.

export const PAYLOAD_SIZE = 64;
/** Of what is published. */
export const TOPIC = 'bench/publish';

/** What a process of client.ts does. */
export interface Work {
  side: 'tagwire' | 'mqttjs' | 'raw' | 'gateway';
  task: 'publish' | 'receive' | 'round-trip' | 'stored' | 'connections' | 'advertisements';
  port: number;
  clientId: string;
  qos: 0 | 1;
  /** Operations that are measured, after `warmUp` others. */
  operations: number;
  warmUp: number;
  /** Messages that may be without an answer. */
  window: number;
  /** Refill when half the window is free; else on each answer. */
  bursts?: boolean;
  /** What `receive` subscribes to. */
  filter?: string;
  /** A folder for what has to outlive the process. */
  store?: string;
  /** For `advertisements`: each is a new reading, which is reported. */
  changing?: boolean;
}

/** What it tells, in this order. */
export type Notice =
  | 'connected'
  /** The subscription is granted. */
  | 'subscribed'
  /** Without a connection, it has stored its messages. */
  | 'stored'
  /** The measured part begins. */
  | 'begin'
  | Outcome;

/** What the measured part took. */
export interface Outcome {
  milliseconds: number;
  /** Of the process, all threads. */
  cpuMilliseconds: number;
  /** Bytes for each operation. */
  bytesEach?: number;
}

export const tell = (notice: Notice): void => void process.send?.(notice);

/** Begins to measure; the function that is returned ends that. */
export function startWatch(): () => Outcome {
  tell('begin');
  const begin = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { milliseconds: performance.now() - begin, cpuMilliseconds: (user + system) / 1000 };
  };
}

/** Does the work `warmUp` times, and measures it the other times. */
export async function measure({ warmUp, operations }: Work, perform: (count: number) => Promise<void>): Promise<void> {
  await perform(warmUp);
  const stop = startWatch();
  await perform(operations);
  tell(stop());
}

/** To be called for each message that arrives: measures those behind the first `warmUp`, then calls `done`. */
export function measureArrivals({ warmUp, operations }: Work, done: () => void): () => void {
  let received = 0;
  let stop: () => Outcome;
  return () => {
    received++;
    if (received === warmUp) stop = startWatch();
    else if (received === warmUp + operations) {
      tell(stop());
      done();
    }
  };
}

/** Bytes of the heap and of buffers that are in use. Node must run with --expose-gc. */
export function bytesInUse(): number {
  gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A PUBLISH of `PAYLOAD_SIZE` bytes, with the packet identifier where `qos` is 1. */
export function publishPacket(topic: string, qos: number, packetId: number): Buffer {
  const name = Buffer.from(topic);
  const id = qos > 0 ? [packetId >> 8, packetId & 255] : [];
  const rest = 2 + name.length + id.length + PAYLOAD_SIZE;
  if (rest > 127) throw new RangeError(`the topic is too long for one byte of length: ${topic}`);
  const lead = Buffer.from([0x30 | (qos << 1), rest, 0, name.length]);
  return Buffer.concat([lead, name, Buffer.from(id), Buffer.alloc(PAYLOAD_SIZE, 'A')]);
}
