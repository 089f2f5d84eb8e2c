// Modules of the Moddable SDK that have no typings there either. A manifest maps one of them to this file, and with it
// the compiler knows all.

/**
 * The TLS socket, examples/io/tcp/tlssocket/tlssocket.js. The SDK has typings for it under another name
 * (`embedded:io/socket/tls`), which a manifest cannot give to this one. See boards/ecma419/tls-connection.ts.
 */
declare module 'embedded:io/socket/tcp/tls' {
  export default class TLSSocket {
    constructor(options: object);
    close(): void;
    read(into: ArrayBufferView | number): unknown;
    write(bytes: ArrayBufferView): number;
  }
}

/** build/devices/esp32/modules/resetReason. */
declare module 'resetReason' {
  export default function resetReason(): { reason: number; string: string };
}
