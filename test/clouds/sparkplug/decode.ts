import sparkplug from 'sparkplug-payload';

const { decodePayload, encodePayload } = sparkplug.get('spBv1.0')!;

/** A metric as Eclipse Tahu's package reads it, with 64-bit numbers as numbers. */
export interface Metric {
  name?: string;
  alias?: number;
  timestamp?: number;
  type: string;
  value: unknown;
  isHistorical?: boolean;
}

export interface Payload {
  timestamp?: number;
  seq?: number;
  metrics: Metric[];
}

/** Reads a payload with Eclipse Tahu's package. Throws an Error when it is none. */
export function decode(bytes: Uint8Array): Payload {
  return JSON.parse(
    JSON.stringify(decodePayload(bytes), (_key, value: unknown) => {
      const long = value as { low?: number; high?: number; unsigned?: boolean } | null;
      if (long === null || typeof long !== 'object' || long.low === undefined) return value;
      return (long.unsigned ? long.high! >>> 0 : long.high!) * 2 ** 32 + (long.low >>> 0);
    }),
  ) as Payload;
}

/** A command to write metrics, as a host application sends it. */
export function command(...metrics: { name?: string; alias?: number; type: string; value: unknown }[]): Uint8Array {
  return encodePayload({ timestamp: Date.now(), metrics: metrics as never });
}

/** What a host application says of itself. */
export function state(online: boolean, timestamp: number): string {
  return JSON.stringify({ online, timestamp });
}
