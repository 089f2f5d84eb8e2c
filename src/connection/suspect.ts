/** Connections in a row that may end with the same message first and unacknowledged. */
const ENDS = 3;

/** A QoS 1 message that was given up because the broker ends the connection whenever it gets it. */
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
  /** It is to be sent again at once. */
  innocent,
  /** It is to be given up. */
  guilty,
}

/**
 * Finds the message at which a broker ends the connection. Only ends by the broker count: a link that fails says
 * nothing about a message. After three in a row with the same message first and unacknowledged it is set aside for a
 * trial: the next connection goes on without it. When another message is acknowledged there, the suspect is guilty;
 * when the broker ends that connection too, it is not, and takes its place again. From then on the broker is known to
 * end connections whatever comes, until it acknowledges a message; that it does so in a trial then blames nobody.
 */
export class Suspect {
  /** Packet identifier; 0 for none. */
  packetId = 0;
  /** True from the third end on: the next connection is the trial. */
  aside = false;
  private ends = 0;
  private endsAnything = false;

  /** An end by the broker, of a connection with the message `first` unacknowledged (0: none); or another end. */
  ended(first: number, byBroker: boolean): void {
    if (!byBroker) {
      // A trial that the link ended has shown nothing.
      if (!this.aside) this.clear();
      return;
    }
    // The trial ended as well: whatever is first now has not caused the ends before.
    if (this.aside) this.endsAnything = true;
    if (this.aside || first !== this.packetId) this.clear();
    if (first === 0) return;
    this.packetId = first;
    this.ends++;
    this.aside = this.ends >= ENDS;
  }

  /** A message was acknowledged: what becomes of the suspect that is set aside. */
  acknowledged(packetId: number): Verdict {
    if (packetId === this.packetId) this.clear();
    if (!this.aside) this.endsAnything = false;
    return this.verdict;
  }

  /** What a connection shows that goes well without the suspect. */
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

/** Takes an encoded QoS 1 PUBLISH apart; of a streamed one, what the arena has of it. */
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
