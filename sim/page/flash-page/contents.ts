/** The file `tagwire-flash-page.json` beside the page: what it writes to a chip. */
export interface FlashPageContents {
  /** Of the firmware. */
  version: string;
  builds: {
    /** As ESP Web Tools calls it: `ESP32-C3`. */
    chip: string;
    /** When it was compiled; empty when that is not known. */
    built: string;
    /** The firmware takes Wi-Fi and settings over the serial line. */
    improv: boolean;
    parts: {
      /** Seen from the page. */
      path: string;
      /** Bytes from the start of the flash. */
      offset: number;
      bytes: number;
      /** In hexadecimal. */
      sha256: string;
    }[];
  }[];
}
