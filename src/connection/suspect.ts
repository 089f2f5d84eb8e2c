/** So many connections in a row may end with the same message as the oldest unacknowledged one. */
const ENDS = 3;

/** A QoS 1 message that was dropped because the broker closes the connection whenever it receives it. */
export interface SetAsideMessage {
  packetId: number;
  topic: Uint8Array;
  /** Empty for a streamed message. */
  payload: Uint8Array;
  /** Bytes of the whole payload. */
  size: number;
}

export const enum Verdict {
  none,
  /** The message must be sent again at once. */
  innocent,
  /** The message must be dropped. */
  guilty,
}

/**
 * Finds a message at which the broker closes the connection. Only connections that the broker closes count, since a
 * broken link says nothing about a message. After three in a row with the same message as the oldest unacknowledged
 * one, that message is set aside for a trial: the next connection leaves it out. If another message is acknowledged on
 * that connection, the suspect is guilty. If the broker closes that connection too, the suspect is innocent and is
 * queued in its old place; the broker is then known to close connections for other reasons, and until it has
 * acknowledged a message outside a trial, no suspect is found guilty.
 */
export class Suspect {
  /** Packet identifier; 0 for none. */
  packetId = 0;
  /** True from the third end on: the next connection is the trial. */
  aside = false;
  private ends = 0;
  private endsAnything = false;

  /** A connection ended, with `first` as the oldest unacknowledged message (0: none). */
  ended(first: number, byBroker: boolean): void {
    if (!byBroker) {
      // A trial that ended with a broken link has shown nothing.
      if (!this.aside) this.clear();
      return;
    }
    // The trial ended as well, so the message that is oldest now did not cause the earlier ends.
    if (this.aside) this.endsAnything = true;
    if (this.aside || first !== this.packetId) this.clear();
    if (first === 0) return;
    this.packetId = first;
    this.ends++;
    this.aside = this.ends >= ENDS;
  }

  /** A message was acknowledged. Returns the verdict on the suspect that is set aside. */
  acknowledged(packetId: number): Verdict {
    if (packetId === this.packetId) this.clear();
    if (!this.aside) this.endsAnything = false;
    return this.verdict;
  }

  /** The verdict when a connection without the suspect goes well. */
  get verdict(): Verdict {
    if (!this.aside) return Verdict.none;
    return this.endsAnything ? Verdict.innocent : Verdict.guilty;
  }

  /** The trial is over. */
  judged(): void {
    this.clear();
    this.endsAnything = false;
  }

  private clear(): void {
    this.packetId = 0;
    this.ends = 0;
    this.aside = false;
  }
}

/** Parses an encoded QoS 1 PUBLISH; of a streamed one, the part that is in the arena. */
export function messageOf(packet: Uint8Array, packetId: number): SetAsideMessage {
  let at = 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packet[at++]!;
    length += (byte & 127) << shift;
    if (byte < 128) break;
  }
  const bodyTo = at + length;
  const topicFrom = at + 2;
  const topicTo = topicFrom + ((packet[at]! << 8) | packet[at + 1]!);
  const payloadFrom = topicTo + 2;
  return {
    packetId,
    topic: packet.slice(topicFrom, topicTo),
    payload: packet.slice(payloadFrom, bodyTo > packet.length ? payloadFrom : bodyTo),
    size: bodyTo - payloadFrom,
  };
}

/** One line for people; what is not ASCII in the topic is shown as `?`. */
export function setAsideText(message: SetAsideMessage): string {
  let topic = '';
  const shown = Math.min(message.topic.length, 128);
  for (let i = 0; i < shown; i++) {
    const byte = message.topic[i]!;
    topic += byte < 0x20 || byte > 0x7e ? '?' : String.fromCharCode(byte);
  }
  if (shown < message.topic.length) topic += '...';
  return 'message to "' + topic + '" (' + message.size + ' bytes) set aside: the broker closed 3 connections at it';
}
