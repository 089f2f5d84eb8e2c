/** The SDK's examples/io/tcp/mqttclient/mqttclient.js, in the part that the comparison uses. */
declare module 'mqttclient' {
  export interface ClientMessage {
    operation: number;
    id?: number;
  }

  export default class MQTTClient {
    static readonly PUBACK: number;
    constructor(options: object);
    write(data: Uint8Array, options: object): number;
    read(into: Uint8Array): unknown;
  }
}
