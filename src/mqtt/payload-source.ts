/**
 * Supplies a payload that is larger than the transmit arena, piece by piece, whenever there is room.
 * With QoS 1 it must be able to begin again at offset 0 until the message is acknowledged.
 */
export interface PayloadSource {
  /**
   * Writes payload bytes that begin at `offset` to `into[from..to)`, as many as it likes but at least one,
   * and returns how many. 0: none at the moment; call `session.sourceReady()` later (waiting too long closes the
   * connection). -1: it cannot go on; the connection is closed, because half a packet is on the wire.
   * Must not call the session.
   */
  read(offset: number, into: Uint8Array, from: number, to: number): number;
}
