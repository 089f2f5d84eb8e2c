/**
 * Supplies a payload that is larger than the transmit arena, piece by piece, whenever there is room.
 * It must be able to begin again at offset 0 after a reconnection, until the message is written (QoS 0) or acknowledged
 * (QoS 1).
 */
export interface PayloadSource {
  /**
   * Writes payload bytes that begin at `offset` to `into[from..to)`, as many as it likes but at least one,
   * and returns how many. 0: none at the moment; call `session.sourceReady(now)` later (waiting too long closes the
   * connection). -1: it cannot go on; the connection is closed, because half a packet is on the wire, and the message
   * is given up. Must not call the session.
   */
  read(offset: number, into: Uint8Array, from: number, to: number): number;
}
