/** A Bluetooth address as it is written: `DC:2C:6E:0F:C0:3D`. */
export function formatAddress(address: Uint8Array): string {
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}
