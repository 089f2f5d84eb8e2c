/** What happened since the session was made. Numbers only grow; they wrap at 2^32. */
export class Counters {
  /** Packets written, by `PacketType`. */
  readonly sent = new Uint32Array(16);
  /** Packets received, by `PacketType`. */
  readonly received = new Uint32Array(16);
  /** PUBLISH packets that were to be written again at the begin of a connection. */
  redelivered = 0;
  /** Calls that were refused (see `Refusal`). */
  refused = 0;
  /** Received messages whose topic did not fit the receive buffer. */
  skipped = 0;
  /** Connections closed because the broker broke the protocol. */
  malformed = 0;
  /** Acknowledgements for an unknown packet identifier. */
  unknownAcknowledgements = 0;
  /** Connections opened, the first one included. */
  connections = 0;
  /** Calls of `receive` from inside a handler. */
  reentered = 0;

  /** From the last byte of a PUBLISH to its PUBACK, in milliseconds. `latencySum / latencyCount` is the mean. */
  latencyMinimum = 0;
  latencyMaximum = 0;
  latencySum = 0;
  latencyCount = 0;

  acknowledged(latency: number): void {
    if (this.latencyCount === 0 || latency < this.latencyMinimum) this.latencyMinimum = latency;
    if (latency > this.latencyMaximum) this.latencyMaximum = latency;
    this.latencySum += latency;
    this.latencyCount++;
  }
}
