/// <reference path="../../node_modules/@moddable/typings/embedded_io/serial.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/embedded_io/socket/udp.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/file.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/embedded_io/socket/tcp.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/embedded_io/_common.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/xs.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/time.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/timer.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/preference.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/wifi.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/net.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/instrumentation.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/gap.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/sm.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/gatt.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/btutils.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/connection.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/ble/bleclient.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/mc/config.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/modules.d.ts" />
/// <reference path="../../node_modules/@moddable/typings/Resource.d.ts" />

/**
 * What the boards use of the Moddable SDK 8 and `@moddable/typings` 5.6.0 lacks. On a board's build the SDK's own
 * typings count instead; this file is for the type check without the SDK.
 */
declare module 'embedded:storage/flash' {
  const partitions: {
    /** Opens a partition of the flash by its name. Throws when there is none. */
    open(options: { path: string; mode?: 'r' | 'r+' }): {
      close(): void;
      eraseBlock(start: number, end?: number): void;
      read(buffer: ArrayBuffer | ArrayBufferView, byteOffset: number): number;
      write(buffer: ArrayBuffer | ArrayBufferView, byteOffset: number): void;
      status(): { size: number; blockLength: number; blocks: number };
    };
  };
  export default partitions;
}

declare module 'embedded:storage/files' {
  /** The folder that `files` in the configuration names. */
  const files: {
    /** Throws when there is no such file (`r+`) or it cannot be made (`w+`). */
    openFile(options: { path: string; mode?: 'r' | 'r+' | 'w' | 'w+' }): {
      close(): void;
      read(buffer: ArrayBuffer | ArrayBufferView, position: number): number;
      write(buffer: ArrayBuffer | ArrayBufferView, position: number): void;
      status(): { size: number };
      flush(): void;
    };
  };
  export default files;
}

/** Names the C function behind a method; the SDK's compiler knows it. */
declare function native(name: string): (this: unknown, ...values: unknown[]) => unknown;

/** modules/io/system of the SDK. */
declare const System: { restart(): void };
