/** Product ids whose objects differ from those of others. Names as Xiaomi's model numbers. */
export const enum Product {
  /** Remotes with more than four keys. */
  YLYK01YL = 0x0153,
  YLYB01YL = 0x03bf,
  YLYK01YL_VENFAN = 0x04e6,
  YLYK01YL_FANCL = 0x068e,
  /** Dimmer. */
  YLKG07YL = 0x03b6,
  /** Cube that is turned. */
  XMMF01JQD = 0x04e1,
  /** Motion and light sensors. */
  MJYD02YL = 0x07f6,
  MCCGQ02HL = 0x098b,
  RTCGQ02LM = 0x0a8d,
  /** Switches of one, two and three keys. */
  K9B_1BTN = 0x1568,
  K9B_2BTN = 0x1569,
  K9B_3BTN = 0x0dfd,
  K9BB_1BTN = 0x1c10,
  XMWXKG01YL = 0x1949,
  XMWS01XS = 0x5968,
  /** Switches of four keys. */
  KS1 = 0x3a61,
  KS1BP = 0x3e17,
  PTX_F1 = 0x64c5,
  /** Safe. */
  LOOCK_SAFE_V1 = 0x09b0,
  /** Occupancy sensors. */
  XMOSB01XS = 0x4683,
  ES5BB = 0x6a0f,
}

/** Products whose specification is followed here, in ascending order. */
const SPECIFIED = new Uint16Array([
  0x11c2, 0x1203, 0x16e4, 0x1889, 0x18e3, 0x1949, 0x1c10, 0x20db, 0x2387, 0x2542, 0x2832, 0x2aeb, 0x30d9, 0x3531,
  0x38bb, 0x3a61, 0x3bd5, 0x3e17, 0x3f0f, 0x3f4c, 0x45c9, 0x4683, 0x48cf, 0x4b05, 0x4c04, 0x4c47, 0x4c60, 0x4dcb,
  0x4f59, 0x50fb, 0x520b, 0x55b5, 0x5808, 0x5968, 0x59fa, 0x59fb, 0x59fc, 0x5bea, 0x5db1, 0x6188, 0x6375, 0x64c5,
  0x6a0f, 0x78d1, 0x78db,
]);

/**
 * True when the objects from 4000 on are known for a product. They number the services and properties of its own
 * specification (home.miot-spec.com), so in another product the same number is something else.
 */
export function hasKnownSpecification(product: number): boolean {
  for (let i = 0; i < SPECIFIED.length && SPECIFIED[i]! <= product; i++) if (SPECIFIED[i] === product) return true;
  return false;
}
