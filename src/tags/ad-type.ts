/** AD types that are read here (Bluetooth Assigned Numbers, 2.3). */
export const enum AdType {
  /** 16-bit service UUIDs, not all of them, and all of them. */
  someServices16 = 0x02,
  allServices16 = 0x03,
  shortName = 0x08,
  completeName = 0x09,
  /** Service data, by the size of its UUID. */
  serviceData16 = 0x16,
  serviceData32 = 0x20,
  serviceData128 = 0x21,
  manufacturerData = 0xff,
}
