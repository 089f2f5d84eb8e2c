/** What a listener is told of a message. */
export interface ClientPacket {
  topic: string;
  payload: Uint8Array;
  qos: number;
  retain: boolean;
  dup: boolean;
}

/** Events of `MqttClient` and what their listeners are given. */
export interface ClientEvents {
  /** The broker accepted the connection. */
  connect: (packet: { sessionPresent: boolean }) => void;
  /** A connection was lost, an attempt failed, or the client disconnected. */
  close: () => void;
  /** An attempt failed, or the connection was lost: an Error of one line. */
  error: (error: Error) => void;
  message: (topic: string, payload: Uint8Array, packet: ClientPacket) => void;
  /** An attempt to connect begins that is not the first one. */
  reconnect: () => void;
  /** The connection was lost. */
  offline: () => void;
}

export type ClientEvent = keyof ClientEvents;

interface Entry {
  event: ClientEvent;
  listener: (...values: never[]) => void;
  once: boolean;
}

/** The listeners of a client, called in the order in which they were added. */
export class ClientListeners {
  private entries: Entry[] = [];

  /** `onThrow` is told what a listener throws. */
  constructor(private readonly onThrow: (event: ClientEvent, error: unknown) => void) {}

  add<E extends ClientEvent>(event: E, listener: ClientEvents[E], once: boolean): void {
    this.entries.push({ event, listener, once });
  }

  /** Removes the listener that was added last; legal when there is none. */
  remove<E extends ClientEvent>(event: E, listener: ClientEvents[E]): void {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i]!;
      if (entry.event !== event || entry.listener !== listener) continue;
      this.entries = this.entries.filter((other) => other !== entry);
      return;
    }
  }

  has(event: ClientEvent): boolean {
    return this.entries.some((entry) => entry.event === event);
  }

  emit<E extends ClientEvent>(event: E, ...values: Parameters<ClientEvents[E]>): void {
    // Listeners may add and remove meanwhile: those that were there at the beginning are called.
    for (const entry of this.entries) {
      if (entry.event !== event) continue;
      if (entry.once) this.entries = this.entries.filter((other) => other !== entry);
      try {
        entry.listener(...(values as unknown as never[]));
      } catch (error) {
        this.onThrow(event, error);
      }
    }
  }
}
