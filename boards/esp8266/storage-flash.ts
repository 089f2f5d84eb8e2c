import type { SdkFlash } from '../moddable/flash-records.js';

/** The SDK's module `flash`. Every method throws when the medium fails, and outside of the partition. */
export interface SdkFlashModule {
  new (partition: string): {
    readonly byteLength: number;
    readonly blockSize: number;
    erase(sector: number): void;
    write(offset: number, byteLength: number, buffer: Uint8Array): void;
  };
}

/**
 * The partition `storage`: what the SDK's linker script eagle.flash.4m.ld leaves for files, behind the application and
 * the preferences. This firmware has no files. A chip with 1 MB of flash has no such place, so it has 0 blocks.
 *
 * The medium of a log, behind a `PartitionFlash`, for an application with room for one in its 32 KB: main.ts has none.
 * Its manifest includes modules/files/flash/manifest.json of the SDK.
 */
export class StorageFlash implements SdkFlash {
  private readonly flash: InstanceType<SdkFlashModule>;

  constructor(flash: SdkFlashModule) {
    this.flash = new flash('storage');
  }

  /**
   * The C function beside this file: `read` of the SDK makes a buffer each time. Only a body of exactly this form is
   * bound to a function by the SDK's compiler.
   */
  read(buffer: Uint8Array, byteOffset: number): unknown {
    return native('xs_tagwire_storage_read').call(this, buffer, byteOffset);
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    this.flash.write(byteOffset, buffer.length, buffer);
  }

  eraseBlock(block: number): void {
    this.flash.erase(block);
  }

  status(): { blockLength: number; blocks: number } {
    const { blockSize, byteLength } = this.flash;
    return { blockLength: blockSize, blocks: Math.floor(byteLength / blockSize) };
  }
}
