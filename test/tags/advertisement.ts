/** One AD structure: length, type, value. */
export function adStructure(type: number, value: ArrayLike<number>): number[] {
  return [value.length + 1, type, ...Array.from(value)];
}

/** Manufacturer specific data of a company. */
export function manufacturerData(company: number, value: ArrayLike<number>): number[] {
  return adStructure(0xff, [company & 0xff, company >> 8, ...Array.from(value)]);
}

/** Service data of a 16-bit UUID. */
export function serviceData(uuid: number, value: ArrayLike<number>): number[] {
  return adStructure(0x16, [uuid & 0xff, uuid >> 8, ...Array.from(value)]);
}

/** The bytes of a number, low byte first. */
export function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
}

/** The bytes of a number, high byte first. */
export function bigEndian(value: number, size: number): number[] {
  return littleEndian(value, size).reverse();
}
